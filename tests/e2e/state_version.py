# SPDX-License-Identifier: MIT
"""Whose a state folder is, and of what version: what an older one has goes out, a newer one is left alone, and so is
another user's."""

import os
import stat
from pathlib import Path

import culvert
import journals
import own_folder
import tap
from broker import Broker
from pipelines import head, node, route
from process import Process

NEWER = "is of version 2, this culvert knows it up to version 1: run the newer culvert that wrote it, or set another " \
        "[runtime] state_dir"


class Version(journals.Journal):
    def setUp(self) -> None:
        super().setUp()
        self.version = self.state / "version"

    def files(self) -> dict[Path, bytes]:
        return {file: file.read_bytes() for file in self.state.rglob("*") if file.is_file() and file.name != "lock"}

    def refused(self, why: str) -> None:
        """By run in one line, by journal drop too, and nothing is touched."""
        before = self.files()
        run = self.use(culvert.run_text(self.folder, journals.pipeline(1, 7)))
        self.assertEqual(78, run.wait(60), run.err.texts())
        self.assertEqual([f"error runtime: state folder '{self.state}'{why}"], run.err.texts())
        done = self.ask("drop", journals.ROUTE, "--all", self.config, status=78)
        self.assertEqual(f"culvert: state folder '{self.state}'{why}\n", done.stderr)
        self.assertEqual(before, self.files())

    def test_newer(self) -> None:
        """state version: a newer state folder is refused with one line and 78, and nothing in it is touched"""
        self.stopped()
        self.assertEqual(("1\n", 0o600), (self.version.read_text(), stat.S_IMODE(self.version.stat().st_mode)))
        self.version.write_text("2\n")
        self.refused(f" {NEWER}")

    def test_strange(self) -> None:
        """state version: a version that is no number is refused, one that a cut of power left empty is written anew"""
        self.stopped()
        for text in ("one\n", "1.0\n", "-1\n", "0\n"):
            self.version.write_text(text)
            self.refused(f": its file 'version' must hold a number from 1 on, got '{text.strip()}', set [runtime] state_dir "
                         "to a folder of culvert's")
        self.version.write_text("")
        self.stopped()
        self.assertEqual("1\n", self.version.read_text())

    def test_older(self) -> None:
        """state version: of a folder from before there were versions, with a journal, nothing is lost"""
        self.stopped(5000)
        self.version.unlink()
        broker = self.use(Broker(self.folder / "broker"))
        subscriber = self.use(Process(broker.client_command("mosquitto_sub", "-t", "t", "-q", "1")))
        broker.log.wait_for("Sending SUBACK")
        run = self.use(culvert.run_text(self.folder, journals.pipeline(broker.port, 10), "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        subscriber.out.wait_for("^9$", times=2, timeout=30)
        self.assertEqual([*range(5000), *range(10)], [int(line) for line in subscriber.out.texts()])
        self.assertEqual("1\n", self.version.read_text())

    def test_anothers(self) -> None:
        """state version: root leaves alone the usual folder when it is another user's, as that of a service; not one that is named"""
        if os.geteuid() != 0 or not own_folder.is_possible():
            self.skipTest("needs root, and a mount namespace (unshare)")
        text = head() + node("load", "sensor", "kind = 'counter'\ncount = 1\ninterval = '10ms'") + node("end", "console") + route("load", "end")
        state = self.folder / "var" / "lib" / "culvert"
        state.mkdir(parents=True)

        def run(text: str) -> tuple[int, str]:
            Path(self.config).write_text(text)
            done = own_folder.run(self.folder, "/var/lib", "env", "-u", "STATE_DIRECTORY", culvert.executable(), "run", self.config,
                                  "--once", "--timeout", "30s")
            return done.returncode, done.stderr

        os.chown(state, 12345, 12345)
        code, said = run(text)
        self.assertEqual(78, code, said)
        self.assertRegex(said, r"^error runtime: state folder '/var/lib/culvert' belongs to user '\w+', who could not use what root "
                         r"leaves in it: set \[runtime\] state_dir to another folder \[runtime\.state-unknown\]\n$")
        self.assertEqual([], list(state.iterdir()))
        code, said = run(text.replace("[runtime]\n", f"[runtime]\nstate_dir = '{self.folder}/other'\n"))
        self.assertEqual(0, code, said)
        # init gives its pipeline another one then.
        made = own_folder.run(self.folder, "/var/lib", "env", "-u", "STATE_DIRECTORY", culvert.executable(), "init", "--yes",
                              self.folder / "first.toml", "--sensor", "load", "--broker", "mqtt://localhost")
        self.assertEqual(0, made.returncode, made.stderr)
        self.assertIn(f'state_dir = "{self.folder}/first.state"\n', (self.folder / "first.toml").read_text())
        os.chown(state, 0, 0)
        code, said = run(text)
        self.assertEqual(0, code, said)
        self.assertTrue((state / "version").exists())

    def test_roots(self) -> None:
        """state version: what root makes in another user's folder, as journal drop does, belongs to that user"""
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.stopped()
        for name in ("version", "lock"):
            (self.state / name).unlink()
        for file in (self.state, *self.state.rglob("*")):
            os.chown(file, 12345, 12346)
        self.ask("drop", journals.ROUTE, "--all", self.config)
        self.assertEqual({(12345, 12346)}, {(file.stat().st_uid, file.stat().st_gid) for file in self.state.rglob("*")})
        self.assertEqual("1\n", self.version.read_text())


tap.main()
