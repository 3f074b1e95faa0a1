# SPDX-License-Identifier: MIT
"""Sources in processes of their own are killed again and again: what the runtime had taken in is delivered, and what it
had not told them of comes from them once more."""

import os
import re
import shutil
import signal
import subprocess
import threading
import unittest
from pathlib import Path

import culvert
import tap
from broker import Broker, find_mosquitto
from control import wait_restarts
from pipelines import head, node, route
from process import Process, children
from told import Told
from until import until

LONG = 120
# Two at a time: each waits longer than the one before it, and the fifth would be the last.
KILLS = 2
# They emit without end, so that each is killed in the middle of it.
ENDLESS = 1_000_000_000


class Publisher:
    """Publishes 0, 1 and so on at QoS 1 until it is to end."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self.count = 0
        self._ends = threading.Event()
        self._process = subprocess.Popen(broker.client_command("mosquitto_pub", "-q", "1", "-t", topic, "-l"),
                                         stdin=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        assert self._process.stdin is not None
        with self._process.stdin as pipe:
            while not self._ends.wait(0.01):
                pipe.write(b"".join(b"%d\n" % number for number in range(self.count, self.count + 5)))
                pipe.flush()
                self.count += 5

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        """All of them are the broker's afterwards."""
        self._ends.set()
        self._thread.join(LONG)
        try:
            status = self._process.wait(LONG)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        assert status == 0, f"mosquitto_pub ended with {status}"


def sink(folder: Path, name: str) -> str:
    return node(f"{name}_sink", "unruly", f"path = '{folder / name}.txt'\nlives = 0")


@unittest.skipUnless(find_mosquitto(), "mosquitto is not installed")
class Killed(tap.Case):
    # What each is, and where it leads. The counter has no tokens: what is taken in of it is on disk.
    NAMES = ("memory", "disk", "counter", "broker")

    def setUp(self) -> None:
        super().setUp()
        self.broker = self.use(Broker(self.folder / "mosquitto", extra="max_queued_messages 0",
                                      log_types=("error", "warning", "information", "subscribe")))

    def pipeline(self, folder: Path) -> str:
        numbered = {name: f"path = '{folder / name}.told'\ncount = {ENDLESS}\nisolate = true" for name in ("memory", "disk")}
        mqtt = (f"url = 'mqtt://127.0.0.1:{self.broker.port}'\nclient_id = '{folder.name}'\nsubscribe = ['{folder.name}']\n"
                "backoff = { min = '10ms', max = '100ms' }\nisolate = true")
        return (head() + node("memory", "numbered", numbered["memory"]) + node("disk", "numbered", numbered["disk"])
                + node("counter", "sensor", "kind = 'counter'\ninterval = '1ms'\nisolate = true") + node("broker", "mqtt", mqtt)
                + "".join(sink(folder, name) for name in self.NAMES)
                + route("memory", "memory_sink") + route("disk", "disk_sink", "durable = true")
                + route("counter", "counter_sink", "durable = true\nencode = '{value}'") + route("broker", "broker_sink"))

    def sizes(self, folder: Path) -> list[int]:
        files = [folder / f"{name}.txt" for name in self.NAMES]
        return [file.stat().st_size if file.exists() else 0 for file in files]

    def wait_load(self, folder: Path, run: Process) -> None:
        """Until all are there, and something has come anew from each."""
        until(lambda: len(children(run.pid)) == len(self.NAMES), LONG, lambda: run.err.texts()[-10:], run)
        before = self.sizes(folder)
        until(lambda: all(now > then for now, then in zip(self.sizes(folder), before)), LONG,
              lambda: f"{before} grew to {self.sizes(folder)}; {run.err.texts()[-10:]}", run)

    def numbers(self, folder: Path, name: str) -> list[int]:
        return [int(line) for line in (folder / f"{name}.txt").read_text().splitlines()]

    def end(self, folder: Path, run: Process) -> None:
        """With nothing left in a journal: what a busy box had no time for is delivered by the next runtimes."""
        for _ in range(10):
            self.assertEqual(0, run.stop(LONG), run.err.texts())
            if "kept in journals" not in run.err.texts()[-1]:
                return
            run = self.use(culvert.run_text(folder, self.pipeline(folder)))
            run.err.wait_for("^info runtime: running", timeout=LONG)
        self.fail(f"never empty: {run.err.texts()}")

    def round(self, number: int) -> dict[str, int]:
        """Answers how many messages came of each."""
        folder = self.folder / f"round{number}"
        folder.mkdir()
        with culvert.run_text(folder, self.pipeline(folder)) as run:
            # What is published before that is nobody's.
            self.broker.log.wait_for(f"^{folder.name} 1 {folder.name}$", timeout=LONG)
            with Publisher(self.broker, folder.name) as publisher:
                for kills in range(1, KILLS + 1):
                    self.wait_load(folder, run)
                    for child in children(run.pid):
                        os.kill(child, signal.SIGKILL)
                    for name in self.NAMES:
                        wait_restarts(folder, "edge", name, kills, LONG)
                self.wait_load(folder, run)
            published = set(range(publisher.count))
            until(lambda: published <= set(self.numbers(folder, "broker")), LONG,
                  lambda: f"missing: {sorted(published - set(self.numbers(folder, 'broker')))[:10]}; {run.err.texts()[-5:]}", run)
            self.end(folder, run)
        self.check(folder)
        came = {name: len(set(self.numbers(folder, name))) for name in self.NAMES}
        shutil.rmtree(folder)
        return came

    def check(self, folder: Path) -> None:
        for name in ("memory", "disk"):
            found = set(self.numbers(folder, name))
            # Each life goes on behind what it was told of: a hole is a message that it was told was taken.
            self.assertEqual(set(range(1, max(found) + 1)), found, name)
            self.assertLessEqual(Told(folder / f"{name}.told").last(), max(found), name)
        # It begins anew in each life. What came of a life has no hole, nothing twice, and nothing out of order.
        lives = re.findall(r"(?:^|(?<=\n))0\n(?:[1-9][0-9]*\n)*", (folder / "counter.txt").read_text())
        self.assertEqual((folder / "counter.txt").read_text(), "".join(lives))
        self.assertGreater(len(lives), 1)
        for life in lives:
            self.assertEqual([str(number) for number in range(life.count("\n"))], life.splitlines())

    def repeat(self, rounds: int) -> None:
        came = [self.round(number) for number in range(rounds)]
        print(f"# {rounds * KILLS} kills of each; messages:", {name: sum(one[name] for one in came) for name in self.NAMES})


class Short(Killed):
    def test_short(self) -> None:
        """isolated: sources killed four times lose nothing that was taken in, from disk, from memory with tokens, and from a broker"""
        self.repeat(2)


class Whole(Killed):
    def test_whole(self) -> None:
        """isolated: sources killed two hundred times lose nothing that was taken in, from disk, from memory with tokens, and from a broker"""
        self.repeat(100)


tap.main()
