# SPDX-License-Identifier: MIT
"""`culvert run` without a pipeline: a service that is installed and has nothing to do yet has not failed."""

import shutil
import subprocess
import unittest

import culvert
import own_folder
import tap
from manager import Manager
from units import DEPLOY

IDLE = "info runtime: nothing to do: no file in /etc/culvert names a node; 'culvert init' writes a first pipeline [runtime.idle]\n"
NODE = "[node.a]\nplugin = 'console'\n"


@unittest.skipUnless(own_folder.is_possible(), "no mount namespace can be made here (unshare)")
class Idle(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.etc = self.folder / "etc" / "culvert"
        (self.etc / "culvert.d").mkdir(parents=True)
        self.file = self.etc / "culvert.toml"

    def run_usual(self, *files: str, **env: str) -> subprocess.CompletedProcess[str]:
        more = [f"{name}={value}" for name, value in env.items()]
        return own_folder.run(self.folder, "/etc", "env", *more, culvert.executable(), "run", "--once", *files)

    def test_idle(self) -> None:
        """idle: while no file of the usual folder names a node it says so, ends with 0, and the manager takes it for started"""
        shutil.copy(DEPLOY / "culvert.toml", self.etc)
        (self.etc / "culvert.d" / "old.bak").write_text(NODE)
        manager = self.use(Manager(self.folder))
        for text in (self.file.read_text(), "", "# one\r\n\r\n# two", "[runtime]\nname = 'edge'\n"):
            with self.subTest(text[:20]):
                self.file.write_text(text)
                done = self.run_usual(**manager.env())
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertTrue(done.stderr.endswith(IDLE), done.stderr)
                manager.wait_for(lambda message: "READY" in message)
                self.assertEqual([], list((self.folder / "state").iterdir()))

    def test_not(self) -> None:
        """idle: a node in culvert.d, a mistake, no file at all, or a file that was named is not idle"""
        self.file.write_text("# nothing\n")
        more = self.etc / "culvert.d" / "10.toml"
        more.write_text(NODE)
        self.assertNotIn("runtime.idle", self.run_usual().stderr)
        more.write_text("[node.a\n")
        self.assertEqual(78, self.run_usual().returncode)
        more.unlink()
        self.file.unlink()
        self.assertEqual(78, self.run_usual().returncode)
        self.file.write_text("# nothing\n")
        self.assertEqual(1, self.run_usual("/etc/culvert/culvert.toml").returncode)


tap.main()
