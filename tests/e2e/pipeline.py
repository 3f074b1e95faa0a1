# SPDX-License-Identifier: MIT
"""Pipelines of plugins that behave badly or keep count, through the real command."""

import os
import shutil
import signal
import stat
import time
import unittest
from pathlib import Path

import culvert
import tap
from process import Process

BUILD = Path(os.environ["CULVERT_BUILD"])
HEAD = f"[runtime]\nplugin_path = ['{BUILD / 'tests' / 'fixtures'}', '{BUILD / 'plugins'}']\n"


def node(name: str, plugin: str, options: str = "") -> str:
    return f"[node.{name}]\nplugin = '{plugin}'\n{options}\n"


def route(source: str, to: str, options: str = "") -> str:
    return f"[[route]]\nfrom = '{source}'\nto = '{to}'\n{options}\n"


class Pipeline(tap.Case):
    def start(self, *parts: str, arguments: tuple[str, ...] = ("--once", "--idle", "100ms")) -> Process:
        return self.use(culvert.run_text(self.folder, HEAD + "".join(parts), *arguments))

    def lines(self, name: str) -> list[str]:
        file = self.folder / f"{name}.txt"
        return file.read_text().splitlines() if file.exists() else []

    def said(self, run: Process, pattern: str) -> list[str]:
        return [line.text for line in run.err.matching(pattern)]

    def file(self, name: str) -> str:
        return node(name, "lines_c", f"path = '{name}.txt'")

    def wait_lines(self, name: str, count: int, run: Process) -> None:
        deadline = time.monotonic() + 20
        while len(self.lines(name)) < count and time.monotonic() < deadline:
            self.assertIsNone(run.popen.poll(), run.err.texts())
            time.sleep(0.01)
        self.assertEqual(count, len(self.lines(name)))

    def test_chain(self) -> None:
        """pipeline: source, transform, sink that completes late and in reverse: every token is acknowledged once"""
        run = self.start(node("t", "tokens", "count = 3000"), node("x", "relay_transform"), node("s", "swallow"),
                         route("t", "x"), route("x", "s"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(["info t: acked all: 3000 delivered, 0 not"], self.said(run, "acked"))
        self.assertEqual(["info runtime: stopped: 9000 messages delivered"], self.said(run, "stopped"))

    def test_order(self) -> None:
        """pipeline: each of two routes behind a transform has every message, in order"""
        run = self.start(node("t", "tokens", "count = 3000"), node("x", "relay_transform"), self.file("a"),
                         self.file("b"), route("t", "x"), route("x", "a", "filter = '+/+/a'"),
                         route("x", "b", "filter = '+/+/b'"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        for name in "ab":
            self.assertEqual([str(number) for number in range(3000)], self.lines(name))

    def test_rejected(self) -> None:
        """pipeline: what a sink rejects is counted, said once, and holds up nothing"""
        run = self.start(node("s", "sensor", "kind = 'counter'\ninterval = '1ms'\ncount = 30\nformat = 'bad'"),
                         node("r", "reject"), self.file("a"), route("s", "r"), route("s", "a"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(30, len(self.lines("a")))
        self.assertEqual(["info runtime: stopped: 30 messages delivered, 30 rejected"], self.said(run, "stopped"))
        self.assertEqual(1, len(self.said(run, "warn r: rejected")))

    def test_no_topic(self) -> None:
        """pipeline: a message of which a route's 'topic' makes no topic is rejected, counted and said"""
        run = self.start(node("s", "sensor", "kind = 'counter'\ninterval = '1ms'\ncount = 3\nformat = 'a+b'"),
                         self.file("a"), route("s", "a", "topic = 'plant/{value}'"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(["info runtime: stopped: 0 messages delivered, 3 rejected"], self.said(run, "stopped"))
        self.assertRegex(self.said(run, "^warn runtime")[0],
                         "node 's': rejected . messages?, 'topic' of route 's -> a' made a topic that holds the wildcard")

    def test_thrower(self) -> None:
        """pipeline: a sink that throws fails alone, the others go on, and what it left is counted"""
        run = self.start(node("t", "tokens", "count = 100"), node("bad", "thrower", "after = 3\non_failure = 'ignore'"),
                         self.file("a"), route("t", "bad"), route("t", "a"), arguments=())
        run.err.wait_for("^error bad: .*thrown after 3 messages")
        self.wait_lines("a", 100, run)
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertIn("97 not delivered", run.err.texts()[-1])

    def test_slow_not_required(self) -> None:
        """pipeline: with required = false on a route that takes for ever the two others never wait"""
        run = self.start(node("t", "tokens", "count = 5000"), self.file("a"), self.file("b"),
                         node("s", "slow", "delay = '1h'"), route("t", "a"), route("t", "b"),
                         route("t", "s", "required = false\nmax_messages = 10"), arguments=())
        run.err.wait_for("acked all: 5000 delivered, 0 not", timeout=20)
        for name in "ab":
            self.assertEqual([str(number) for number in range(5000)], self.lines(name))
        run.signal(signal.SIGKILL)

    def test_slow_required(self) -> None:
        """pipeline: by default they wait once the slow route's queue is full; a second SIGTERM ends it at once"""
        run = self.start(node("t", "tokens", "count = 5000"), self.file("a"), self.file("b"),
                         node("s", "slow", "delay = '1h'"), route("t", "a"), route("t", "b"),
                         route("t", "s", "max_messages = 10"), arguments=())
        for name in "ab":
            self.wait_lines(name, 10, run)
        self.end_twice(run)
        for name in "ab":
            self.assertEqual([str(number) for number in range(10)], self.lines(name))

    def end_twice(self, run: Process) -> None:
        """SIGTERM until it helps: one that comes within half a second of the first is the same wish."""
        run.signal(signal.SIGTERM)
        run.err.wait_for("info runtime: stopping")
        begun = time.monotonic()
        while run.popen.poll() is None and time.monotonic() < begun + 4:
            run.signal(signal.SIGTERM)
            time.sleep(0.05)
        self.assertGreater(time.monotonic() - begun, 0.4)
        self.assertEqual(128 + signal.SIGTERM, run.wait(4), run.err.texts())

    def test_slow_settles(self) -> None:
        """pipeline: one slow sink of three: nothing is lost, and the source hears of each message once"""
        run = self.start(node("t", "tokens", "count = 200"), self.file("a"), self.file("b"),
                         node("s", "slow", "delay = '2ms'"), route("t", "a"), route("t", "b"),
                         route("t", "s", "max_messages = 16"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(["info t: acked all: 200 delivered, 0 not"], self.said(run, "acked"))
        self.assertEqual(["info runtime: stopped: 600 messages delivered"], self.said(run, "stopped"))

    def test_stuck(self) -> None:
        """pipeline: a plugin that never returns can't keep a second SIGTERM from ending the process"""
        run = self.start(node("t", "tokens"), node("s", "stuck"), route("t", "s"), arguments=())
        run.err.wait_for("info s: stuck")
        self.end_twice(run)

    def test_cycle(self) -> None:
        """pipeline: a cycle with a filter and a dropping route comes to its end"""
        run = self.start(node("t", "tokens", "count = 50"), node("x", "relay_transform"), self.file("a"),
                         route("t", "x"), route("x", "x", "filter = '+/+/a'\nrequired = false"), route("x", "a"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(sorted(str(number) for number in range(50) for _ in range(4)), sorted(self.lines("a")))

    def test_not_settled(self) -> None:
        """pipeline: with --once and --timeout what is not settled in time ends it with 69"""
        run = self.start(node("t", "tokens"), node("s", "slow", "delay = '1h'"), route("t", "s"),
                         arguments=("--once", "--timeout", "300ms"))
        self.assertEqual(69, run.wait(20), run.err.texts())
        self.assertIn("10 not delivered", run.err.texts()[-1])

    def test_once_failed(self) -> None:
        """pipeline: with --once a node that fails ends it with 1, in create as well"""
        for options in ("", "in_create = true"):
            run = self.start(node("t", "tokens"), node("bad", "thrower", options), self.file("a"), route("t", "bad"),
                             route("t", "a"))
            self.assertEqual(1, run.wait(20), run.err.texts())

    def test_hangup_ignored(self) -> None:
        """pipeline: under nohup a SIGHUP is ignored"""
        script = "trap '' HUP; exec \"$0\" run \"$1\""
        (self.folder / "p.toml").write_text(HEAD + node("t", "tokens") + self.file("a") + route("t", "a"))
        run = self.use(Process(["sh", "-c", script, culvert.executable(), str(self.folder / "p.toml")],
                               env=culvert.environment(self.folder), name="culvert"))
        run.err.wait_for("acked all")
        run.signal(signal.SIGHUP)
        with self.assertRaises(AssertionError):
            run.wait(0.5)
        self.assertEqual(0, run.stop(), run.err.texts())


class StateFolder(tap.Case):
    TEXT = HEAD + node("t", "tokens") + node("s", "swallow") + route("t", "s")

    def test_modes(self) -> None:
        """state folder: it is made with mode 0700 and its lock with 0600"""
        run = self.use(culvert.run_text(self.folder, self.TEXT, "--once", "--idle", "0s",
                                        env={"STATE_DIRECTORY": str(self.folder / "new" / "state")}))
        self.assertEqual(0, run.wait(20), run.err.texts())
        made = self.folder / "new" / "state"
        self.assertEqual(0o700, stat.S_IMODE(made.stat().st_mode))
        self.assertEqual(0o600, stat.S_IMODE((made / "lock").stat().st_mode))

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_other_user(self) -> None:
        """state folder: a user without root runs a pipeline in a folder of their own, and is told of one that is not"""
        (self.folder / "p.toml").write_text(self.TEXT)
        base = culvert.environment(self.folder)
        del base["STATE_DIRECTORY"]
        for path in (self.folder, self.folder / "home", self.folder / "runtime"):
            os.chown(path, 65534, 65534)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", culvert.executable(), "run",
                   str(self.folder / "p.toml"), "--once", "--idle", "0s"]
        own = self.use(Process(command, env=base | {"XDG_STATE_HOME": str(self.folder / "home" / "state")}))
        self.assertEqual(0, own.wait(20), own.err.texts())
        (self.folder / "home" / "state" / "culvert" / "lock").stat()
        roots = self.folder / "roots"
        roots.mkdir(mode=0o700)
        other = self.use(Process(command, env=base | {"STATE_DIRECTORY": str(roots)}))
        self.assertEqual(1, other.wait(20), other.err.texts())
        self.assertIn("cannot be written: Permission denied", other.err.texts()[-1])


tap.main()
