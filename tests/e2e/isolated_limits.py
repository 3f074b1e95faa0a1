# SPDX-License-Identifier: MIT
"""What a node in a process of its own may use and do: its limits, its user, and what its facts need."""

import os
import re
import shutil
import signal
import socket
import unittest
from pathlib import Path

import culvert
import tap
from broker import PASSWORD, USER, find_mosquitto
from control import named, status
from pipelines import head, node, route
from process import Process, children, is_there
from secured import Secured
from until import until

LONG = 60
# A sanitizer's shadow of memory is resident too.
SMALL, MEMORY = ("64MiB", "64 MiB") if not culvert.is_sanitized() else ("1GiB", "1024 MiB")
NOBODY = 65534
NEEDS_ROOT = unittest.skipUnless(os.geteuid() == 0, "needs root")


def landlock_version() -> int:
    """As the kernel says it: 0 is none."""
    import ctypes
    return max(0, ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))


NEEDS_LANDLOCK = unittest.skipUnless(landlock_version() >= 6, "needs Landlock of Linux 6.12")


def process_status(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, value in (line.split(":", 1) for line in lines)}


class Limits(tap.Case):
    def start(self, *parts: str, **how: object) -> Process:
        return self.use(culvert.run_text(self.folder, head() + "".join(parts), **how))

    def lines(self, name: str) -> list[str]:
        file = self.folder / f"{name}.txt"
        return file.read_text().splitlines() if file.exists() else []

    def end(self, how: str, limits: str, reason: str, **more: object) -> None:
        """One that does this is ended with that reason, and kept out; a neighbour gets all messages, in order."""
        run = self.start(node("t", "tokens", "count = 20000"),
                         node("s", "crasher", f"where = 'process'\nhow = '{how}'\nisolate = {limits}"),
                         node("o", "unruly", f"path = '{self.folder}/o.txt'\nlives = 0\nisolate = true"),
                         route("t", "s", "required = false"), route("t", "o"), **more)
        run.err.wait_for(f"^error s: {reason}$", timeout=LONG)
        run.err.wait_for("^warn s: failed, next try in", timeout=LONG)
        until(lambda: len(self.lines("o")) == 20000, LONG, lambda: str(run.err.texts()), run)
        self.assertEqual([str(number) for number in range(20000)], self.lines("o"))
        seen = status(self.folder, "edge")
        self.assertRegex(named(seen["nodes"], "s")["last_failure"]["reason"], f"^{reason}$")
        self.assertEqual(0, named(seen["nodes"], "o")["restarts"])
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_memory(self) -> None:
        """limits: one that leaks is ended at its memory, named with both figures, and its neighbour notices nothing"""
        self.end("leak", f"{{ memory = '{SMALL}' }}",
                 rf"used [0-9.]+ MiB of memory, its limit is {MEMORY}: its process was killed")

    def test_gorge(self) -> None:
        """limits: one that takes memory faster than it is looked at gets no more than a multiple, and its limit is named all the same"""
        # Under a sanitizer the kernel limits nothing, so that this keeps one that is not ended from the memory of all.
        options = os.environ.get("ASAN_OPTIONS", "") + ":hard_rss_limit_mb=8192"
        self.end("gorge", f"{{ memory = '{SMALL}' }}",
                 rf"used [0-9.]+ MiB of memory, its limit is {MEMORY}: its process was killed", env={"ASAN_OPTIONS": options})

    def test_cpu(self) -> None:
        """limits: one that burns processor time is ended at its limit, named with both figures, and its neighbour notices nothing"""
        self.end("spin", "{ cpu = '1s' }",
                 r"used [0-9.]+ s of processor time within a minute, its limit is 1 s: its process was killed")

    def explore(self, plugin: str, options: str, limits: str = "true", **how: object) -> dict[str, str]:
        """What came of each try of that plugin."""
        run = self.start(node("c", "sensor", "kind = 'counter'"), node("x", plugin, f"{options}\nisolate = {limits}"),
                         route("c", "x"), **how)
        run.err.wait_for("^info x: explored$", timeout=LONG)
        found = {}
        for line in run.err.matching("^info x: .*: "):
            what, came = re.fullmatch("info x: (.*): (.*)", line.text).groups()
            found[what] = came
        self.assertEqual(0, run.stop(), run.err.texts())
        return found

    @NEEDS_LANDLOCK
    def test_files(self) -> None:
        """limits: a plugin opens the file that an option names and no other, by root too, and has no network and no processes"""
        (self.folder / "in").mkdir()
        for name in ("in/named", "in/other"):
            (self.folder / name).write_text("text\n")
        with socket.create_server(("127.0.0.1", 0)) as server:
            other, fresh, shadow = self.folder / "in" / "other", self.folder / "in" / "new", "/etc/shadow"
            found = self.explore("explorer", f"""named = ['{self.folder}/in/named']
read = ['{other}', '{shadow}', '/proc/{os.getpid()}/environ', '/etc/culvert']
write = ['{self.folder}/in/named', '{fresh}', '{self.folder}/state/lock']
connect = {server.getsockname()[1]}
signal = {os.getpid()}""")
        self.assertEqual({f"read {self.folder}/in/named": "done", f"read {other}": "EACCES", f"read {shadow}": "EACCES",
                          f"read /proc/{os.getpid()}/environ": "EACCES", "read /etc/culvert": found["read /etc/culvert"],
                          f"write {self.folder}/in/named": "EACCES", f"write {fresh}": "EACCES",
                          f"write {self.folder}/state/lock": "EACCES", "connect": "EACCES", "signal": "EPERM",
                          "setuid": "EPERM", "fork": "done" if culvert.is_sanitized() else "EPERM",
                          "files": found["files"]}, found)
        self.assertIn(found["read /etc/culvert"], ("EACCES", "ENOENT"))
        self.assertFalse(fresh.exists())

    @NEEDS_LANDLOCK
    def test_network(self) -> None:
        """limits: a plugin with the network connects, and still opens no file of the box's own"""
        with socket.create_server(("127.0.0.1", 0)) as server:
            found = self.explore("explorer_net", f"read = ['/etc/shadow', '/etc/hosts']\nconnect = {server.getsockname()[1]}")
        self.assertEqual(("done", "EACCES", "done"),
                         (found["connect"], found["read /etc/shadow"], found["read /etc/hosts"]))

    def test_silent(self) -> None:
        """limits: a plugin that does not say what it needs opens what its user may, and becomes nobody else all the same"""
        with socket.create_server(("127.0.0.1", 0)) as server:
            found = self.explore("explorer_any", f"read = ['/etc/passwd']\nconnect = {server.getsockname()[1]}")
        self.assertEqual(("done", "done", "done", "EPERM"),
                         (found["read /etc/passwd"], found["connect"], found["fork"], found["setuid"]))

    def test_open_files(self) -> None:
        """limits: no more files are open at once than are allowed"""
        found = self.explore("explorer_any", "", "{ files = 32 }")
        self.assertEqual("EMFILE behind 31", found["files"])

    def test_seen(self) -> None:
        """limits: each thread of a child is confined, as the kernel shows it"""
        run = self.start(node("c", "sensor", "kind = 'counter'\ninterval = '50ms'"), node("s", "console", "isolate = true"),
                         route("c", "s"))
        run.out.wait_for(".", times=3, timeout=LONG)
        child, = children(run.pid)
        threads = list(Path(f"/proc/{child}/task").iterdir())
        self.assertGreater(len(threads), 1)
        for thread in threads:
            seen = process_status(int(thread.name))
            self.assertEqual((["1"], ["2"]), (seen["NoNewPrivs"], seen["Seccomp"]), thread)
        self.assertEqual(landlock_version() < 6, bool(run.err.matching("this kernel lacks")), run.err.texts())
        self.assertEqual(0, run.stop(), run.err.texts())

    @NEEDS_ROOT
    def test_user(self) -> None:
        """limits: a child has all ids of its user and no others, root's files are not its, and it dies with its runtime"""
        run = self.start(node("c", "sensor", "kind = 'counter'\ninterval = '50ms'"),
                         node("x", "explorer_any", "read = ['/etc/shadow']\nisolate = { user = 'nobody' }"),
                         node("s", "console", "isolate = { user = 'nobody' }"), route("c", "x"), route("c", "s"))
        run.err.wait_for("^info x: read /etc/shadow: EACCES$", timeout=LONG)
        run.out.wait_for(".", times=3, timeout=LONG)
        pids = children(run.pid)
        self.assertEqual(2, len(pids))
        for child in pids:
            seen = process_status(child)
            self.assertEqual([str(NOBODY)] * 4, seen["Uid"])
            self.assertEqual(1, len(set(seen["Gid"])))
            self.assertNotIn("0", seen["Gid"] + seen["Groups"])
            self.assertEqual(["0000000000000000"], seen["CapEff"])
        os.kill(run.pid, signal.SIGKILL)
        run.popen.wait()
        until(lambda: not any(is_there(child) for child in pids), LONG, lambda: str(run.err.texts()))

    @NEEDS_ROOT
    def test_user_refused(self) -> None:
        """limits: check refuses a user that the box does not have, and any when root has not started the runtime"""
        parts = head() + node("c", "sensor", "kind = 'counter'") + node("s", "console", "isolate = { user = '%s' }") + route("c", "s")
        file = self.folder / "edge.toml"
        file.write_text(parts % "nobody-of-that-name")
        found = culvert.check(self.folder, file)
        self.assertEqual(78, found.returncode)
        self.assertIn("node 's': 'isolate': 'user' names 'nobody-of-that-name', who is no user of this box", found.stderr)
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            self.skipTest("setpriv (util-linux) is not installed")
        self.folder.chmod(0o755)
        file.write_text(parts % "nobody")
        for name in ("home", "state", "runtime"):
            (self.folder / name).mkdir(exist_ok=True)
            os.chown(self.folder / name, NOBODY, NOBODY)
        before = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        run = self.use(culvert.run(self.folder, file, before=before))
        self.assertEqual(78, run.wait(LONG), run.err.texts())
        run.err.wait_for(f"node 's': 'isolate': 'user' needs a runtime that root has started, this is user {NOBODY}$")

    def through_broker(self, cloud: str, screen: str) -> None:
        """A reading goes to a real broker over TLS and comes back to the console."""
        if find_mosquitto() is None:
            self.skipTest("mosquitto is not installed")
        broker = self.use(Secured(self.folder / "broker"))
        for path in (self.folder, self.folder / "broker"):
            path.chmod(0o711)
        Path(broker.ca).chmod(0o644)
        run = self.start(node("c", "sensor", "kind = 'counter'\ninterval = '20ms'"),
                         node("cloud", "mqtt", f"""url = 'mqtts://localhost:{broker.port}'
username = '{USER}'
password = '{PASSWORD}'
tls.ca = '{broker.ca}'
subscribe = ['back/#']
isolate = {cloud}"""),
                         node("s", "console", f"isolate = {screen}"),
                         route("c", "cloud", "topic = 'back/{node}'"), route("cloud", "s"))
        run.out.wait_for(".", times=100, timeout=LONG)
        for child in children(run.pid):
            self.assertEqual((["1"], ["2"]), tuple(process_status(child)[name] for name in ("NoNewPrivs", "Seccomp")))
        seen = status(self.folder, "edge")
        for name in ("cloud", "s"):
            self.assertEqual(("running", 0), (named(seen["nodes"], name)["state"], named(seen["nodes"], name)["restarts"]))
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual([], run.err.matching("^(error|warn) (cloud|s): "), run.err.texts())

    def test_small(self) -> None:
        """limits: mqtt over TLS and the console run at 64 MiB with 64 files, confined to what they need"""
        limits = f"{{ memory = '{SMALL}', files = 64, cpu = '30s' }}"
        self.through_broker(limits, limits)

    @NEEDS_ROOT
    def test_small_user(self) -> None:
        """limits: mqtt over TLS runs as another user, with a state folder of its own"""
        self.through_broker("{ user = 'nobody' }", "true")
        own = self.folder / "state" / "nodes" / "cloud"
        self.assertEqual((NOBODY, 0o700), (own.stat().st_uid, own.stat().st_mode & 0o7777))
        self.assertEqual([NOBODY], sorted({file.stat().st_uid for file in own.iterdir()}))


tap.main()
