# SPDX-License-Identifier: MIT
"""A runtime that is process 1, as in a container."""

import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

import culvert
import tap
from pipelines import counter, head, node, route
from process import Process, children
from until import until

LONG = 60
# Without a /proc of its own, for which a root that is no mount would not do. Only a sanitizer looks its numbers up there:
# that for leaks, which finds none of its threads.
UNSHARE = ["unshare", "--pid", "--fork", "--kill-child"]
ENV = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def why_not() -> str:
    """Why no process can be the first of its namespace here; empty when one can."""
    if shutil.which("unshare") is None:
        return "unshare (util-linux) is not installed"
    tried = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, timeout=LONG)
    return tried.stderr.strip() if tried.returncode != 0 else ""


WHY_NOT = why_not()


def fields(pid: int) -> list[str]:
    """Of /proc/PID/stat, from its state on; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


@unittest.skipIf(WHY_NOT, WHY_NOT)
class FirstProcess(tap.Case):
    def start(self, *parts: str) -> tuple[Process, int]:
        """With the number that the first process of the namespace has out here."""
        run = self.use(culvert.run_text(self.folder, head() + "".join(parts), before=[*culvert.HEARS_HUP, *UNSHARE], env=ENV))
        run.err.wait_for("^info runtime: running ", timeout=LONG)
        first, = children(run.pid)
        return run, first

    def ends(self, run: Process, first: int, number: int) -> None:
        os.kill(first, number)
        self.assertEqual(0, run.wait(LONG), run.err.texts())
        self.assertRegex(run.err.texts()[-1], "^(info|warn) runtime: stopped: ")

    def test_orphans(self) -> None:
        """first process: orphans of a plugin are not left as zombies, and the ends of its own children are still known"""
        run, first = self.start(counter(), node("s", "crasher", "how = 'fork'\nisolate = true"), node("o", "console"),
                                route("counter", "s", "required = false"), route("counter", "o"))
        # Each life leaves a child behind, which is killed with the group.
        run.err.wait_for("^error s: its process ended with 4$", timeout=LONG, times=3)
        until(lambda: len(children(first)) == 1, LONG, lambda: f"{[fields(child)[:2] for child in children(first)]}", run)
        self.ends(run, first, signal.SIGTERM)

    def test_signals(self) -> None:
        """first process: what is sent to it reaches the runtime, a reload as well as the end"""
        run, first = self.start(counter(), node("o", "console"), route("counter", "o"))
        run.out.wait_for(".", timeout=LONG)
        os.kill(first, signal.SIGHUP)
        run.err.wait_for("^info reload: done: nothing differs$", timeout=LONG)
        self.ends(run, first, signal.SIGINT)

    def test_status(self) -> None:
        """first process: it ends as the runtime does, by a status or by a signal, and nothing of it is left"""
        file = self.folder / "wrong.toml"
        file.write_text("[node.a]\n")
        self.assertEqual(78, self.use(culvert.run(self.folder, file, before=UNSHARE, env=ENV)).wait(LONG))
        run, first = self.start(counter(), node("o", "console", "isolate = true"), route("counter", "o"))
        runtime, = children(first)
        all_of_it = [first, runtime, *children(runtime)]
        self.assertEqual(3, len(all_of_it))
        os.kill(runtime, signal.SIGKILL)
        self.assertEqual(128 + signal.SIGKILL, run.wait(LONG))
        until(lambda: not any(fields(pid) for pid in all_of_it), LONG, lambda: "some are left")


tap.main()
