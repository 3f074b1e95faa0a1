# SPDX-License-Identifier: MIT
"""What is told of a node in a process of its own: its lines, its last ones, its times, and how it ends with the runtime."""

import os
import signal
import subprocess
import time
import unittest

import culvert
import tap
from control import named, status, wait_status
from lines import Lines, LogLines
from pipelines import counter, head, node, route
from process import Process, children
from until import until

LONG = 60
LINES = 100_000


def ignore_children() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


class Ends(tap.Case):
    def start(self, *parts: str, **how: object) -> Process:
        return self.use(culvert.run_text(self.folder, head() + "".join(parts), **how))

    def unruly(self, name: str, options: str) -> str:
        return node(name, "unruly", f"path = '{self.folder / name}.txt'\nisolate = true\n{options}")

    def lines(self, name: str) -> list[str]:
        file = self.folder / f"{name}.txt"
        return file.read_text().splitlines() if file.exists() else []

    def said(self, err: Lines) -> None:
        """All that the plugin said is there, or is told to be lost."""
        shown = [int(line.text.split("'")[1]) for line in err.matching("^info s: line '[0-9]+'$")]
        lost = sum(int(line.text.split()[3]) for line in err.matching("^warn s: wrote [0-9]+ lines more than could be passed on$"))
        self.assertEqual(LINES, len(shown) + lost)
        self.assertEqual(sorted(set(shown)), shown)
        print(f"# of {LINES} lines {lost} were lost", flush=True)

    def test_unread(self) -> None:
        """isolated: a plugin that writes 100,000 lines nobody reads is not killed for it, and those that are lost are counted"""
        # Of its call, which writes all the lines: for a sanitizer that is much.
        hang_s = 10 if culvert.is_sanitized() else 3
        file = self.folder / "test.toml"
        file.write_text(head() + node("t", "numbered", f"path = '{self.folder}/told'\ncount = 1") + route("t", "s")
                        + node("s", "crasher", f"how = 'log'\nisolate = true\nhang_timeout = '{hang_s}s'"))
        run = subprocess.Popen([culvert.executable(), "run", str(file)], env=culvert.environment(self.folder),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> s")["counters"]["delivered"] == 1, LONG)
        child, = children(run.pid)
        # A process that says nothing is given 2 s more. This one has nobody to say anything to.
        deadline = time.monotonic() + hang_s + 5
        while time.monotonic() < deadline:
            seen = named(status(self.folder, "edge")["nodes"], "s")
            self.assertEqual(("running", 0), (seen["state"], seen["restarts"]))
        err = LogLines(run.stderr, "culvert's stderr")
        err.wait_for("^warn s: wrote [0-9]+ lines more than could be passed on$", timeout=LONG)
        wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["state"] == "running")
        self.assertEqual([child], children(run.pid))
        run.send_signal(signal.SIGTERM)
        self.assertEqual(0, run.wait(LONG), err.texts()[-5:])
        err.wait_until_end(LONG)
        self.assertEqual([], err.matching("^error "))
        self.assertEqual("info runtime: stopped: 1 message delivered", err.texts()[-1])
        self.said(err)

    @unittest.skipIf(culvert.is_sanitized(), "under a sanitizer so many lines take longer than a stop may")
    def test_many_last_lines(self) -> None:
        """isolated: one that writes 100,000 lines while it stops has stopped all the same"""
        run = self.start(counter(interval="10ms"), node("s", "crasher", "how = 'log'\nwhere = 'stop'\nisolate = true"),
                         route("counter", "s"))
        wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["counters"]["received"] > 0, LONG)
        self.assertEqual(0, run.stop(LONG), run.err.texts()[-5:])
        self.assertEqual([], run.err.matching("^error "))
        self.said(run.err)

    def test_last_lines(self) -> None:
        """isolated: what a plugin said just before it aborts is in its last failure"""
        run = self.start(node("t", "tokens", "count = 1"), node("s", "crasher", "how = 'abort'\nisolate = true"), route("t", "s"))
        run.err.wait_for("^error s: ", timeout=LONG)
        failure = named(wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["last_failure"])["nodes"],
                        "s")["last_failure"]
        self.assertEqual("info about to crash in process: abort", failure["lines"][-1])
        if not culvert.is_sanitized():
            self.assertEqual("its process ended by SIGABRT", failure["reason"])
        self.assertEqual(0, run.stop(LONG), run.err.texts())

    def test_ignored(self) -> None:
        """isolated: who starts the runtime with the ends of its children ignored hears of them all the same"""
        run = self.start(counter(interval="10ms"), self.unruly("s", "lives = 0"), route("counter", "s", "encode = 'text'"),
                         preexec_fn=ignore_children)
        until(lambda: len(self.lines("s")) > 0, LONG, lambda: "nothing came", run)
        child, = children(run.pid)
        os.kill(child, signal.SIGKILL)
        run.err.wait_for("^error s: its process ended by SIGKILL$", timeout=LONG)
        before = len(self.lines("s"))
        until(lambda: len(self.lines("s")) > before, LONG, lambda: "nothing came", run)
        self.assertEqual(0, run.stop(LONG), run.err.texts())

    def kill(self, run: Process, name: str) -> None:
        """Four times: the next try is at least 3 s away then, longer than the end of a runtime waits for anything."""
        killed: set[int] = set()

        def has_failed() -> bool:
            seen = named(status(self.folder, "edge")["nodes"], name)
            for child in children(run.pid) if seen["state"] == "running" and len(killed) < 4 else []:
                os.kill(child, signal.SIGKILL)
                killed.add(child)
            return len(killed) == 4 and seen["state"] == "failed"

        run.err.wait_for("^info runtime: running", timeout=LONG)
        until(has_failed, LONG, lambda: f"it runs after {len(killed)} kills", run)

    def test_sink_waits(self) -> None:
        """isolated: the end comes while a sink waits for its next try: it is made at once, and takes what waits for it"""
        run = self.start(counter(interval="10ms"), self.unruly("s", "lives = 0"), route("counter", "s", "encode = 'text'"))
        self.kill(run, "s")
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "counter -> s")["queue"]["messages"] > 0, LONG)
        self.assertEqual(0, run.stop(LONG), run.err.texts())
        self.assertRegex(run.err.texts()[-1], "^info runtime: stopped: [0-9]+ messages delivered$")

    def test_source_waits(self) -> None:
        """isolated: a source that waits for its next try at the end is not made again"""
        run = self.start(node("t", "tokens", "isolate = true"), node("s", "console"), route("t", "s"))
        self.kill(run, "t")
        self.assertEqual(0, run.stop(LONG), run.err.texts())
        self.assertEqual(4, run.err.times("^error t: its process ended by SIGKILL$"), run.err.texts())

    def test_uptime(self) -> None:
        """isolated: how long its process runs is told from its first life on, and anew after each"""
        run = self.start(counter(interval="10ms"), node("s", "console", "isolate = true"), route("counter", "s"))
        seen = wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["uptime_s"] > 0, LONG)
        first = named(seen["nodes"], "s")["uptime_s"]
        self.assertLessEqual(first, seen["runtime"]["uptime_s"])
        seen = wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["uptime_s"] > first + 2, LONG)
        before = named(seen["nodes"], "s")["uptime_s"]
        os.kill(children(run.pid)[0], signal.SIGKILL)
        seen = wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["restarts"] == 1
                           and named(seen["nodes"], "s")["uptime_s"] > 0, LONG)
        again = named(seen["nodes"], "s")["uptime_s"]
        self.assertLess(again, seen["runtime"]["uptime_s"] - before)
        self.assertEqual(0, run.stop(LONG), run.err.texts())


tap.main()
