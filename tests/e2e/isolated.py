# SPDX-License-Identifier: MIT
"""Nodes in processes of their own: they carry what others carry, and their end is theirs alone."""

import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import culvert
import tap
from control import named, status, wait_restarts, wait_status
from pipelines import head, node, route
from process import Process, children, is_there

LONG = 60

# Tries to take each descriptor of a process, to list them, and to read its memory.
STRANGER = """
import ctypes, os, sys
pid, libc = int(sys.argv[1]), ctypes.CDLL(None, use_errno=True)
def tried(attempt):
    try:
        return "taken" if attempt() else "refused"
    except OSError:
        return "refused"
def take():
    handle = libc.syscall(434, pid, 0)
    assert handle >= 0, "pidfd_open"
    return any(libc.syscall(438, handle, number, 0) >= 0 for number in range(64))
print(tried(take), tried(lambda: os.listdir(f"/proc/{pid}/fd")), tried(lambda: open(f"/proc/{pid}/mem", "rb")))
"""


class Isolated(tap.Case):
    def start(self, *parts: str, arguments: tuple[str, ...] = (), env: dict[str, str] | None = None) -> Process:
        return self.use(culvert.run_text(self.folder, head() + "".join(parts), *arguments, env=env))

    def unruly(self, name: str, options: str = "lives = 0") -> str:
        return node(name, "unruly", f"path = '{self.folder / name}.txt'\n{options}")

    def lines(self, name: str) -> list[str]:
        file = self.folder / f"{name}.txt"
        return file.read_text().splitlines() if file.exists() else []

    def wait(self, condition, run: Process) -> None:
        deadline = time.monotonic() + LONG
        while not condition():
            self.assertLess(time.monotonic(), deadline, run.err.texts())
            time.sleep(0.01)

    def test_same(self) -> None:
        """isolated: source, transform and sink, each in its process, carry what they carry in one, acknowledged end to end"""
        outputs = []
        for isolate in ("false", "true"):
            line = f"isolate = {isolate}"
            run = self.start(node("t", "tokens", f"count = 3000\n{line}"), node("x", "relay_transform", line),
                             node("s", "lines_c", f"path = '{self.folder}/{isolate}.txt'\n{line}"),
                             route("t", "x"), route("x", "s"), arguments=("--once", "--idle", "100ms"))
            self.assertEqual(0, run.wait(LONG), run.err.texts())
            self.assertEqual(1, len(run.err.matching("^info t: acked all: 3000 delivered, 0 not$")), run.err.texts())
            self.assertEqual("info runtime: stopped: 9000 messages delivered", run.err.texts()[-1])
            outputs.append(self.lines(isolate))
        self.assertEqual(6000, len(outputs[0]))
        self.assertEqual(outputs[0], outputs[1])

    def test_hidden(self) -> None:
        """isolated: a child has no secret in its arguments or environment, no file of the runtime's, and no socket with an address"""
        run = self.start(node("c", "sensor", "kind = 'counter'\ninterval = '50ms'"), node("s", "console", "isolate = true"),
                         route("c", "s"), env={"MY_PASSWORD": "a secret"})
        run.out.wait_for(".", times=3, timeout=LONG)
        child, = children(run.pid)
        self.assertEqual(b"culvert-node\0", Path(f"/proc/{child}/cmdline").read_bytes())
        self.assertNotIn(b"MY_PASSWORD", Path(f"/proc/{child}/environ").read_bytes())
        files = [os.readlink(file) for file in Path(f"/proc/{child}/fd").iterdir()]
        self.assertEqual([], [file for file in files if str(self.folder) in file], "files of the runtime")
        self.assertGreaterEqual(sum(file.startswith("socket:") for file in files), 3, files)
        self.assertEqual([], self.addresses(child))
        self.assertEqual([str(self.folder / "runtime" / "edge.sock")], self.addresses(run.pid))
        self.assertEqual(0, run.stop(), run.err.texts())

    @staticmethod
    def addresses(pid: int) -> list[str]:
        """Of the sockets that a process has, those with a name that somebody else could connect to."""
        sockets = {os.readlink(file)[8:-1] for file in Path(f"/proc/{pid}/fd").iterdir()
                   if os.readlink(file).startswith("socket:")}
        rows = [row.split() for row in Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]]
        listed = [row for row in rows if row[6] in sockets]
        if not listed:
            raise AssertionError("the kernel lists none of its sockets")
        return sorted({row[7] for row in listed if len(row) > 7})

    @unittest.skipIf(culvert.is_sanitized(), "a sanitizer's leak check looks in from outside")
    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_stranger(self) -> None:
        """isolated: another process, of the same user or another, can take no socket of the runtime or a child, nor read what is theirs"""
        mine = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        other = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
        for path in (self.folder, *(self.folder / name for name in ("home", "state", "runtime"))):
            path.mkdir(exist_ok=True)
            os.chown(path, 65534, 65534)
        file = self.folder / "test.toml"
        file.write_text(head() + node("c", "sensor", "kind = 'counter'\ninterval = '50ms'") + node("s", "console", "isolate = true")
                        + route("c", "s"))
        os.chown(file, 65534, 65534)
        file.chmod(0o600)
        run = self.use(culvert.run(self.folder, file, before=mine))
        run.out.wait_for(".", times=3, timeout=LONG)
        child, = children(run.pid)
        script = self.folder / "stranger.py"
        script.write_text(STRANGER)
        script.chmod(0o644)
        self.folder.chmod(0o711)
        for who in (mine, other):
            for pid in (run.pid, child):
                seen = subprocess.run([*who, sys.executable, script, str(pid)], capture_output=True, text=True, timeout=LONG)
                self.assertEqual("refused refused refused\n", seen.stdout, seen.stderr)
        # What refuses is not the test's own doing: the same process may look into one that does not hide.
        shown = self.use(Process([*mine, "cat"], stdin=subprocess.PIPE))
        self.wait(lambda: Path(f"/proc/{shown.pid}/comm").read_text() == "cat\n", run)
        seen = subprocess.run([*mine, sys.executable, script, str(shown.pid)], capture_output=True, text=True, timeout=LONG)
        self.assertEqual("taken taken taken\n", seen.stdout, seen.stderr)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_killed(self) -> None:
        """isolated: a sink that is killed three times under load is started again, nothing is lost, and another route goes on"""
        run = self.start(node("t", "tokens", "count = 200000"), self.unruly("s", "lives = 0\nisolate = true"), self.unruly("o"),
                         route("t", "s"), route("t", "o"))
        for kills in range(1, 4):
            before = len(self.lines("s"))
            self.wait(lambda: len(self.lines("s")) > before, run)
            for child in children(run.pid):
                os.kill(child, signal.SIGKILL)
            wait_restarts(self.folder, "edge", "s", kills, LONG)
        run.err.wait_for("acked all: 200000 delivered, 0 not", timeout=2 * LONG)
        numbers = [str(number) for number in range(200000)]
        self.assertEqual(numbers, sorted(set(self.lines("s")), key=int))
        self.assertEqual(numbers, self.lines("o"))
        seen = named(status(self.folder, "edge")["nodes"], "s")
        self.assertEqual(("running", 3, "its process ended by SIGKILL"),
                         (seen["state"], seen["restarts"], seen["last_failure"]["reason"]))
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual(3, run.err.times("^error s: its process ended by SIGKILL$"), run.err.texts())
        self.assertEqual(3, run.err.times(r"^warn s: failed, next try in [0-9.]+ s$"), run.err.texts())

    def test_crash(self) -> None:
        """isolated: a plugin that crashes is named with its signal, quarantined after five, and the runtime and others go on"""
        run = self.start(node("t", "tokens", "count = 100"), node("s", "crasher", "where = 'process'\nisolate = true"),
                         self.unruly("o"), route("t", "s"), route("t", "o"))
        run.err.wait_for("^error s: it has failed 5 times in 10 minutes, and is not tried again: ", timeout=LONG)
        seen = wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["quarantined"])
        self.assertEqual("failed", named(seen["nodes"], "s")["state"])
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> o")["counters"]["delivered"] == 100)
        self.assertEqual(0, run.stop(), run.err.texts())
        if not culvert.is_sanitized():
            self.assertEqual(5, run.err.times("^error s: its process ended by SIGSEGV$"), run.err.texts())

    def spoil(self, how: str, reason: str) -> None:
        """What becomes of one that does this at its first message, while another sink must not notice."""
        crasher = f"where = 'process'\nhow = '{how}'\nisolate = true\nhang_timeout = '2s'"
        run = self.start(node("t", "tokens", "count = 20000"), node("s", "crasher", crasher), self.unruly("o"),
                         route("t", "s", "required = false"), route("t", "o"))
        run.err.wait_for(f"^error s: {reason}$", timeout=LONG)
        wait_restarts(self.folder, "edge", "s", 2, LONG)
        self.wait(lambda: len(self.lines("o")) == 20000, run)
        self.assertEqual([str(number) for number in range(20000)], self.lines("o"))
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_exit(self) -> None:
        """isolated: one that calls exit is started again, and nobody else notices"""
        self.spoil("exit", "its process ended with 3")

    def test_closed(self) -> None:
        """isolated: one that closes all descriptors of its process is ended and started again, and nobody else notices"""
        self.spoil("close", "its process .*")

    def test_garbage(self) -> None:
        """isolated: one that writes garbage to every channel is ended and started again, and nobody else notices"""
        self.spoil("garbage", "its process .*")

    def test_frozen(self) -> None:
        """isolated: one whose process stands still is killed two seconds after hang_timeout and started again, and nobody else notices"""
        self.spoil("freeze", "its process said nothing for 4 s and was killed")

    def test_hang(self) -> None:
        """isolated: a call that does not return ends its process, and the message is given to the next one"""
        run = self.start(node("t", "tokens", "count = 10"),
                         self.unruly("s", "in = 'process'\nhow = 'hang'\nafter = 3\nhang = '1h'\nlives = 1\nisolate = true\n"
                                          "hang_timeout = '1s'"), route("t", "s"))
        run.err.wait_for("^error s: the plugin has not returned from 'process' for 1 s, its process was killed$", timeout=LONG)
        self.wait(lambda: len(self.lines("s")) >= 6, run)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_parent(self) -> None:
        """isolated: when the runtime is killed its children die with it, and the next start works"""
        parts = (node("c", "sensor", "kind = 'counter'\ninterval = '50ms'"), node("s", "console", "isolate = true"), route("c", "s"))
        run = self.start(*parts)
        run.out.wait_for(".", timeout=LONG)
        child, = children(run.pid)
        run.kill()
        self.wait(lambda: not is_there(child), run)
        again = self.start(*parts)
        again.out.wait_for(".", timeout=LONG)
        self.assertEqual(0, again.stop(), again.err.texts())

    def test_refused(self) -> None:
        """isolated: a plugin that refuses its options in a child ends the start, with its line"""
        run = self.start(node("c", "sensor", "kind = 'counter'"), self.unruly("s", "in = 'create'\nisolate = true"), route("c", "s"))
        self.assertEqual(1, run.wait(LONG), run.err.texts())
        run.err.wait_for("^error s: broken in create of life '1'$")

    def test_environment(self) -> None:
        """isolated: CULVERT_ISOLATE=all isolates every node whatever the file says, any other value is an error"""
        parts = (node("c", "sensor", "kind = 'counter'\ninterval = '50ms'\nisolate = false"), node("s", "console"), route("c", "s"))
        run = self.start(*parts, env={"CULVERT_ISOLATE": "all"})
        run.out.wait_for(".", times=3, timeout=LONG)
        self.assertEqual(2, len(children(run.pid)))
        self.assertEqual(0, run.stop(), run.err.texts())
        run = self.start(*parts, env={"CULVERT_ISOLATE": "yes"})
        self.assertEqual(78, run.wait(LONG), run.err.texts())
        run.err.wait_for("environment: CULVERT_ISOLATE must be 'all' or not set, got 'yes'$")


tap.main()
