# SPDX-License-Identifier: MIT
"""Nodes in processes of their own are killed again and again while a source in the runtime waits for its tokens."""

import os
import signal
import time
from collections import Counter
from pathlib import Path

import culvert
import tap
from control import wait_restarts
from pipelines import head, node, route
from process import Process, children

LONG = 120
COUNT = 20000
# Two at a time: each waits longer than the one before it, and the fifth would be the last.
KILLS = 2


class Killed(tap.Case):
    def start(self) -> tuple[Process, Path]:
        path = self.folder / "lines.txt"
        path.unlink(missing_ok=True)
        run = self.use(culvert.run_text(self.folder, head() + node("t", "tokens", f"count = {COUNT}") +
                                        node("x", "relay_transform", "isolate = true") +
                                        node("s", "unruly", f"path = '{path}'\nlives = 0\nisolate = true") +
                                        route("t", "x") + route("x", "s")))
        return run, path

    def wait(self, condition, run: Process) -> None:
        deadline = time.monotonic() + LONG
        while not condition():
            self.assertLess(time.monotonic(), deadline, run.err.texts())
            time.sleep(0.005)

    def wait_load(self, path: Path, run: Process) -> None:
        """Until both are there, and something comes through them."""
        self.wait(lambda: len(children(run.pid)) == 2 and path.exists(), run)
        before = path.stat().st_size
        self.wait(lambda: path.stat().st_size > before, run)

    def round(self) -> int:
        """Both are killed, each time after something has come through anew. Answers how many came more than once."""
        run, path = self.start()
        for kills in range(1, KILLS + 1):
            self.wait_load(path, run)
            for child in children(run.pid):
                os.kill(child, signal.SIGKILL)
            for name in ("x", "s"):
                wait_restarts(self.folder, "edge", name, kills, LONG)
        run.err.wait_for(f"acked all: {COUNT} delivered, 0 not", timeout=LONG)
        self.assertEqual(0, run.stop(), run.err.texts())
        found = Counter(path.read_text().splitlines())
        self.assertEqual({str(number) for number in range(COUNT)}, set(found))
        self.assertEqual([], [number for number, times in found.items() if times < 2], "of two children one is lost")
        return sum(times > 2 for times in found.values())

    def repeat(self, rounds: int) -> None:
        again = [self.round() for _ in range(rounds)]
        print(f"# {rounds * KILLS} kills of each; of {COUNT} messages at most {max(again)} came more than once in a run")


class Short(Killed):
    def test_short(self) -> None:
        """isolated: a transform and a sink killed four times under load lose nothing of a source with tokens"""
        self.repeat(2)


class Whole(Killed):
    def test_whole(self) -> None:
        """isolated: a transform and a sink killed two hundred times under load lose nothing of a source with tokens"""
        self.repeat(100)


tap.main()
