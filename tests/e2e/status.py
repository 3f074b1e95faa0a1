# SPDX-License-Identifier: MIT
"""`culvert status` against running pipelines: exact counters, and a socket that nobody can hurt the pipeline with."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import control
import culvert
import tap
from broker import Broker
from control import named, status, status_command, wait_status
from process import Process

BUILD = Path(os.environ["CULVERT_BUILD"])
PLUGINS = f"plugin_path = ['{BUILD / 'tests' / 'fixtures'}', '{BUILD / 'plugins'}']\n"
MESSAGES = 500


def head(name: str = "edge") -> str:
    return f"[runtime]\nname = '{name}'\n{PLUGINS}"


def node(name: str, plugin: str, options: str = "") -> str:
    return f"[node.{name}]\nplugin = '{plugin}'\n{options}\n"


def route(source: str, to: str, options: str = "") -> str:
    return f"[[route]]\nfrom = '{source}'\nto = '{to}'\n{options}\n"


def counter(count: int = 0, interval: str = "1ms") -> str:
    limit = f"count = {count}\n" if count else ""
    return node("counter", "sensor", f"kind = 'counter'\ninterval = '{interval}'\n{limit}")


class Counters(tap.Case):
    def test_exact(self) -> None:
        """status: after a known number of messages every counter is exact, to a broker and a console"""
        broker = self.use(Broker(self.folder / "broker"))
        cloud = node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:{broker.port}'\n")
        run = self.use(culvert.run_text(
            self.folder, head() + counter(MESSAGES) + cloud + node("screen", "console")
            + node("bad", "sensor", "kind = 'counter'\ninterval = '1ms'\ncount = 30\nformat = 'bad'")
            + node("reject", "reject") + route("counter", "cloud", "topic = 'a/b'\nqos = 1") + route("counter", "screen")
            + route("bad", "reject") + route("bad", "reject", "filter = 'none'")))
        expected = {"counter -> cloud": MESSAGES, "counter -> screen": MESSAGES, "bad -> reject": 30}
        done = wait_status(self.folder, "edge", lambda seen: all(
            each["counters"]["delivered"] + each["counters"]["rejected"] == expected.get(each["name"], 0)
            for each in seen["routes"]))
        source, sink = named(done["nodes"], "counter"), named(done["nodes"], "screen")
        self.assertEqual((MESSAGES, 0), (source["counters"]["emitted"], source["counters"]["unrouted"]))
        self.assertEqual((MESSAGES, 0), (sink["counters"]["received"], sink["counters"]["rejected"]))
        rejecting = named(done["nodes"], "reject")["counters"]
        self.assertEqual((30, 30), (rejecting["received"], rejecting["rejected"]))
        self.assertEqual({"placed": MESSAGES, "delivered": MESSAGES, "rejected": 0, "dropped": 0, "dropped_oldest": 0,
                          "dropped_newest": 0, "dropped_downstream": 0, "stale_frames": 0, "damaged_frames": 0,
                          "stray_ranges": 0}, named(done["routes"], "counter -> cloud")["counters"])
        rejected = named(done["routes"], "bad -> reject")
        self.assertEqual((0, 30), (rejected["counters"]["delivered"], rejected["counters"]["rejected"]))
        self.assertEqual({"messages": 0, "max_messages": 1024, "bytes": 0, "max_bytes": 1 << 20, "in_flight": 0},
                         rejected["queue"])
        self.assertEqual(0, named(done["routes"], "bad -> reject #2")["counters"]["placed"])
        self.assertEqual("up", named(done["nodes"], "cloud")["link"]["state"])
        self.assertEqual(["running"] * 5, [each["state"] for each in done["nodes"]])
        self.assertEqual(run.pid, done["runtime"]["pid"])
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual(MESSAGES, len(broker.publishes("a/b")))
        self.assertEqual(MESSAGES, run.out.count())

    def test_dropped(self) -> None:
        """status: what a full route drops is counted by reason, and every message has one place in the sums"""
        run = self.use(culvert.run_text(
            self.folder, head() + node("t", "tokens", "count = 5000") + node("s", "slow", "delay = '1h'")
            + node("r", "slow", "delay = '1h'") + route("t", "s", "required = false\nmax_messages = 10")
            + route("t", "r", "required = false\nmax_messages = 10\nwhen_full = 'drop_oldest'")))
        run.err.wait_for("acked all: 5000 delivered", timeout=30)
        seen = status(self.folder, "edge")
        newest, oldest = seen["routes"]
        self.assertEqual(("drop_newest", "drop_oldest"), (newest["when_full"], oldest["when_full"]))
        self.assertEqual((10, 4990), (newest["queue"]["messages"], newest["counters"]["dropped_newest"]))
        self.assertEqual(0, newest["counters"]["dropped_oldest"])
        for each in seen["routes"]:
            counts, queue = each["counters"], each["queue"]
            self.assertEqual(counts["placed"], queue["messages"] + counts["delivered"] + counts["rejected"]
                             + counts["dropped_oldest"] + counts["dropped_downstream"])
            self.assertEqual(5000, counts["placed"] + counts["dropped_newest"])
        self.assertEqual(4990, oldest["counters"]["dropped"])
        self.assertGreater(oldest["counters"]["dropped_oldest"], 0)
        table = status_command(self.folder, str(self.folder / "test.toml"))
        self.assertEqual(0, table.returncode, table.stderr)
        self.assertIn("dropped_newest 4990", table.stdout)
        self.assertLessEqual(max(map(len, table.stdout.splitlines())), 80)
        run.signal(signal.SIGKILL)

    def test_reasons(self) -> None:
        """status: a failed node says why, a link that is down too, and a secret is nowhere"""
        secret = "correct-horse-battery"
        cloud = node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:1'\nusername = 'edge'\npassword = '{secret}'\n")
        run = self.use(culvert.run_text(
            self.folder, head() + node("t", "tokens", "count = 10") + node("bad", "thrower", "after = 3") + cloud
            + route("t", "bad") + route("t", "cloud")))
        run.err.wait_for("^error bad: ")
        seen = wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "bad")["state"] == "failed"
                           and (named(seen["nodes"], "cloud")["link"] or {}).get("state") == "down")
        self.assertIn("thrown after 3 messages", named(seen["nodes"], "bad")["reason"])
        self.assertEqual(0, named(seen["nodes"], "bad")["uptime_s"])
        self.assertIn("refused", named(seen["nodes"], "cloud")["link"]["detail"])
        table = status_command(self.folder, "--name", "edge").stdout
        self.assertIn("thrown after 3 messages", table)
        self.assertNotIn(secret, json.dumps(seen) + table)


class Names(tap.Case):
    def start(self, name: str, *, count: int = 0) -> Process:
        text = head(name) + f"state_dir = '{self.folder / name}'\n" + counter(count) + node("screen", "console")
        run = self.use(culvert.run_text(self.folder, text + route("counter", "screen"), name=f"{name}.toml"))
        run.err.wait_for("info runtime: running")
        return run

    def test_two(self) -> None:
        """status: two runtimes are told apart by their names, and by their files"""
        runs = {name: self.start(name) for name in ("one", "two")}
        for name, run in runs.items():
            self.assertEqual(run.pid, status(self.folder, name)["runtime"]["pid"])
            by_file = status_command(self.folder, "-c", str(self.folder / f"{name}.toml"))
            self.assertIn(f"runtime '{name}', process {run.pid}", by_file.stdout)

    def test_none(self) -> None:
        """status: without a runtime it ends with 69 and one line; a command line that is wrong ends with 64"""
        run = self.start("one")
        missing = status_command(self.folder, "--name", "edge")
        self.assertEqual((69, "", "culvert: no runtime 'edge' is running here, but 'one' is: name it with --name\n"),
                         (missing.returncode, missing.stdout, missing.stderr))
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertFalse(control.path(self.folder, "one").exists())
        self.assertEqual("culvert: no runtime 'one' is running here\n",
                         status_command(self.folder, "--name", "one").stderr)
        for wrong in (["--name", "a/b"], ["--format", "yaml"], ["a.toml", "--name", "one"], ["a.toml", "b.toml"]):
            self.assertEqual(64, status_command(self.folder, *wrong).returncode, wrong)
        self.assertEqual(78, status_command(self.folder, str(self.folder / "none.toml")).returncode)

    def test_stale(self) -> None:
        """status: the socket of a runtime that was killed is nobody's, and the next runtime replaces it"""
        self.start("edge").kill()
        self.assertTrue(control.path(self.folder, "edge").is_socket())
        self.assertEqual(69, status_command(self.folder, "--name", "edge").returncode)
        again = self.start("edge")
        self.assertEqual(again.pid, status(self.folder, "edge")["runtime"]["pid"])

    def test_same_name(self) -> None:
        """status: a second runtime of the same name carries messages, says why it cannot be asked, and takes nothing"""
        first = self.start("edge")
        text = head("edge") + f"state_dir = '{self.folder / 'other'}'\n" + counter(20) + node("screen", "console")
        second = self.use(culvert.run_text(self.folder, text + route("counter", "screen"), "--once", name="second.toml"))
        self.assertEqual(0, second.wait(30), second.err.texts())
        self.assertEqual(20, second.out.count())
        self.assertEqual(["warn control: another runtime is named 'edge', give this one another [runtime] name; "
                          "'culvert status' cannot ask this runtime"], [line.text for line in second.err.matching("control")])
        self.assertEqual(first.pid, status(self.folder, "edge")["runtime"]["pid"])

    def test_folder_of_others(self) -> None:
        """status: a runtime folder that others can write is not used, which is said, and messages go on"""
        (self.folder / "runtime").mkdir(mode=0o700)
        (self.folder / "runtime").chmod(0o1777)
        run = self.start("edge", count=5)
        run.err.wait_for("warn control: runtime folder '.*' can be written by others")
        run.out.wait_for("^4$")
        self.assertEqual([], list((self.folder / "runtime").iterdir()))


class Strangers(tap.Case):
    """What comes in over the socket, while messages go from a counter to a console."""

    def setUp(self) -> None:
        super().setUp()
        text = head() + counter() + node("screen", "console") + route("counter", "screen")
        self.run_ = self.use(culvert.run_text(self.folder, text))
        self.run_.out.wait_for("^0$")
        self.socket = control.path(self.folder, "edge")

    def assert_works(self) -> None:
        self.assertIsNone(self.run_.popen.poll(), self.run_.err.texts())
        self.assertEqual(self.run_.pid, status(self.folder, "edge")["runtime"]["pid"])

    def test_modes(self) -> None:
        """status: the folder has mode 0700, the socket 0600"""
        self.assertEqual(0o700, self.socket.parent.stat().st_mode & 0o7777)
        self.assertEqual(0o600, self.socket.stat().st_mode & 0o7777)

    def test_garbage(self) -> None:
        """status: bytes that are no request end their own connection, or are answered with an error in words"""
        with control.Raw(self.socket) as raw:
            raw.send(b"GET / HTTP/1.1\r\n\r\n")
            self.assertEqual(b"", raw.take(8) and raw.take(1))
        with control.Raw(self.socket) as raw:  # A peer of another kind: pub.
            raw.greet(0x20)
            self.assertEqual(b"", raw.take(1))
        dice = random.Random(7)
        for body in (b"", b"{", b"[" * 60_000, b"\xff" * 100, dice.randbytes(5000)):
            with control.Raw(self.socket) as raw:
                raw.greet()
                answer = json.loads(raw.ask(body))
                self.assertEqual((False, "the request is no JSON object"), (answer["ok"], answer["error"]))
        with control.Raw(self.socket) as raw:
            raw.greet()
            answer = json.loads(raw.ask(b'{"version": 1, "command": "reboot"}'))
            self.assertEqual("there is no command 'reboot', there are 'status'", answer["error"])
        with control.Raw(self.socket) as raw:  # Too short for the number of a request.
            raw.greet()
            raw.send_frame(b"x")
            self.assertEqual(b"", raw.take(1))
        self.assert_works()

    def test_huge(self) -> None:
        """status: a request above 64 KiB is cut off before it is read, and nothing is allocated for it"""
        before = self.memory()
        for size in ((64 << 10) + 1, 1 << 30, 1 << 62):
            with control.Raw(self.socket) as raw:
                raw.greet()
                raw.send_frame(b"x" * 100, size)
                self.assertEqual(b"", raw.take(1), size)
        self.assertLess(self.memory() - before, 32 << 10)
        self.assert_works()

    def memory(self) -> int:
        """Resident, in KiB."""
        text = Path(f"/proc/{self.run_.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])

    def test_hundred(self) -> None:
        """status: a hundred clients at once are all answered, and leave no descriptor behind"""
        before = control.descriptors(self.run_.pid)
        clients = [self.use(control.Raw(self.socket)) for _ in range(100)]
        for client in clients:
            client.greet()
        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda client: json.loads(client.ask(control.REQUEST)), clients))
        self.assertEqual([True] * 100, [answer["ok"] for answer in answers])
        for client in clients:
            client.socket.close()
        deadline = time.monotonic() + 20
        while control.descriptors(self.run_.pid) > before and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertLess(time.monotonic(), deadline)
        self.assert_works()

    def test_gone(self) -> None:
        """status: clients that connect and are gone at once keep nobody from being answered for long"""
        for _ in range(500):
            try:
                with control.Raw(self.socket):
                    pass
            except OSError:
                pass  # Too many wait, or the socket is being made anew.
        seen = wait_status(self.folder, "edge", lambda seen: True, timeout=60)
        self.assertEqual(self.run_.pid, seen["runtime"]["pid"])

    def test_crowd(self) -> None:
        """status: past 128 connections the next is cut off, and has a place once one has gone"""
        crowd = [self.use(control.Raw(self.socket)) for _ in range(128)]
        for client in crowd:
            client.greet()
            self.assertTrue(client.ask(control.REQUEST))
        with control.Raw(self.socket) as late:
            late.greet()
            self.assertEqual(b"", late.ask(control.REQUEST))
        cut = status_command(self.folder, "--name", "edge")
        self.assertEqual((69, "culvert: runtime 'edge' cut the connection\n"), (cut.returncode, cut.stderr))
        for client in crowd:
            client.socket.close()
        wait_status(self.folder, "edge", lambda seen: True)

    def test_deaf(self) -> None:
        """status: a client that asks and never reads does not keep others from being answered"""
        with control.Raw(self.socket, timeout=0.5) as deaf:
            deaf.greet()
            for _ in range(2000):
                deaf.send_frame(b"\x80\0\0\1" + control.REQUEST)
            self.assert_works()

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_other_user(self) -> None:
        """status: another user is kept out by the folder, and cut off and said where the folder lets them in"""
        self.folder.chmod(0o755)
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        kept_out = status_command(self.folder, "--name", "edge", before=nobody)
        self.assertEqual((69, "culvert: runtime 'edge' is another user's, ask as root or as that user\n"),
                         (kept_out.returncode, kept_out.stderr))
        self.socket.parent.chmod(0o755)
        self.socket.chmod(0o777)
        cut = status_command(self.folder, "--name", "edge", before=nobody)
        self.assertEqual((69, "", "culvert: runtime 'edge' cut the connection\n"),
                         (cut.returncode, cut.stdout, cut.stderr))
        self.run_.err.wait_for(r"^warn control: refused user 65534 \(1 connection\), only root and the runtime's own user")
        self.assert_works()

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_own_user(self) -> None:
        """status: a runtime of a user without root is asked by that user and by root"""
        for path in (self.folder, self.folder / "home", self.folder / "state"):
            os.chown(path, 65534, 65534)
        folder = self.folder / "home" / "run"
        folder.mkdir(mode=0o700)
        os.chown(folder, 65534, 65534)
        (self.folder / "own.toml").write_text(head("own") + f"state_dir = '{self.folder / 'home' / 'state'}'\n" + counter()
                                              + node("screen", "console") + route("counter", "screen"))
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        env = {"RUNTIME_DIRECTORY": str(folder)}
        run = self.use(culvert.run(self.folder, self.folder / "own.toml", env=env, before=nobody))
        run.err.wait_for("info runtime: running")
        for before in (tuple(nobody), ()):
            seen = status_command(self.folder, "--name", "own", env=env, before=before)
            self.assertIn(f"runtime 'own', process {run.pid}", seen.stdout, seen.stderr)


class Load(tap.Case):
    def test_same_delivery(self) -> None:
        """status: asked without end while a pipeline is under full load, it changes nothing of what is delivered"""
        count = 200_000
        text = (head() + node("t", "tokens", f"count = {count}") + node("x", "relay_transform") + node("s", "swallow")
                + route("t", "x") + route("x", "s"))
        run = self.use(culvert.run_text(self.folder, text, "--once", "--idle", "100ms"))
        run.err.wait_for("info runtime: running")
        asked, last = 0, {}
        while run.popen.poll() is None:
            answer = status_command(self.folder, "--name", "edge", "--format", "json")
            if answer.returncode == 0:
                asked, last = asked + 1, json.loads(answer.stdout)
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertGreater(asked, 3)
        self.assertLessEqual(named(last["routes"], "t -> x")["counters"]["delivered"], count)
        self.assertEqual([f"info t: acked all: {count} delivered, 0 not"], [line.text for line in run.err.matching("acked")])
        self.assertEqual([f"info runtime: stopped: {3 * count} messages delivered"],
                         [line.text for line in run.err.matching("stopped")])


tap.main()
