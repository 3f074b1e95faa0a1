# SPDX-License-Identifier: MIT
"""What comes in over the control socket of a running pipeline: nobody can hurt it with that, and few may ask."""

import json
import os
import random
import shutil
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import control
import culvert
import tap
from control import status, status_command, wait_status
from pipelines import counter, head, node, route
from until import until


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
        """control socket: the folder has mode 0700, the socket 0600"""
        self.assertEqual(0o700, self.socket.parent.stat().st_mode & 0o7777)
        self.assertEqual(0o600, self.socket.stat().st_mode & 0o7777)

    def test_garbage(self) -> None:
        """control socket: bytes that are no request end their own connection, or are answered with an error in words"""
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
            self.assertEqual("there is no command 'reboot', there are 'journal_dead', 'journal_drop', 'journal_edges', "
                             "'journal_list', 'journal_messages', 'reload', 'reload_state', 'status'", answer["error"])
        with control.Raw(self.socket) as raw:  # Too short for the number of a request.
            raw.greet()
            raw.send_frame(b"x")
            self.assertEqual(b"", raw.take(1))
        self.assert_works()

    def test_huge(self) -> None:
        """control socket: a request above 64 KiB is cut off before it is read, and nothing is allocated for it"""
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
        """control socket: a hundred clients at once are all answered, and leave no descriptor behind"""
        before = control.descriptors(self.run_.pid)
        clients = [self.use(control.Raw(self.socket)) for _ in range(100)]
        for client in clients:
            client.greet()
        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda client: json.loads(client.ask(control.REQUEST)), clients))
        self.assertEqual([True] * 100, [answer["ok"] for answer in answers])
        for client in clients:
            client.socket.close()
        until(lambda: control.descriptors(self.run_.pid) <= before, 20, lambda: "descriptors are left", self.run_)
        self.assert_works()

    def test_gone(self) -> None:
        """control socket: clients that connect and are gone at once keep nobody from being answered for long"""
        for _ in range(500):
            try:
                with control.Raw(self.socket):
                    pass
            except OSError:
                pass  # Too many wait, or the socket is being made anew.
        seen = wait_status(self.folder, "edge", lambda seen: True, timeout=60)
        self.assertEqual(self.run_.pid, seen["runtime"]["pid"])

    def test_crowd(self) -> None:
        """control socket: past 128 connections the next is cut off, and has a place once one has gone"""
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
        """control socket: a client that asks and never reads does not keep others from being answered"""
        with control.Raw(self.socket, timeout=0.5) as deaf:
            deaf.greet()
            for _ in range(2000):
                deaf.send_frame(b"\x80\0\0\1" + control.REQUEST)
            self.assert_works()

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_other_user(self) -> None:
        """control socket: another user is kept out by the folder, and cut off and said where the folder lets them in"""
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
        self.run_.err.wait_for(r"^warn control: refused user 65534, only root and the runtime's own user")
        self.assert_works()

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_own_user(self) -> None:
        """control socket: a runtime of a user without root is asked by that user and by root"""
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


tap.main()
