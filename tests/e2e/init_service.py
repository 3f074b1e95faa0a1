# SPDX-License-Identifier: MIT
"""`culvert init` where the package has made the service's folders: what it writes is what the service can use."""

import shutil
import stat
import subprocess
import unittest
from pathlib import Path

import certs
import culvert
import own_folder
import tap
from broker import PASSWORD
from units import DEPLOY

# What may stand in the pipeline's file before, and whether it counts as nothing.
BEFORE = {"": True, "# one\r\n\r\n": True, "\n\n": True, "# one\n \t# two\n": True, "# last": True, "[node.a]\n": False, "# one\n  [node.a]": False,
          "\t x = 1\n": False}


@unittest.skipUnless(own_folder.is_possible(), "no mount namespace can be made here (unshare)")
class InitService(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.etc = self.folder / "etc" / "culvert"
        (self.etc / "credentials").mkdir(parents=True, mode=0o700)
        self.file = self.etc / "culvert.toml"
        self.secret = self.etc / "credentials" / "mqtt"
        shutil.copy(DEPLOY / "culvert.toml", self.file)
        self.file.chmod(0o644)
        authority = certs.Authority()
        authority.write_root(self.etc / "ca.crt")
        (self.etc.parent / "password").write_text(PASSWORD + "\n")

    def init(self, *more: str | Path, ca: str | Path = "/etc/culvert/ca.crt", user: bool = True) -> subprocess.CompletedProcess[str]:
        login = ("--user", "edge", "--password-file", "/etc/password") if user else ()
        return own_folder.run(self.folder, "/etc", culvert.executable(), "init", "--yes", "--broker", "mqtts://broker.example", "--ca", ca,
                           "--name", "edge-01", "--sensor", "load", *login, *more)

    def files(self) -> dict[str, str]:
        return {str(path.relative_to(self.etc)): path.read_text() for path in self.etc.rglob("*") if path.is_file()}

    def test_credential(self) -> None:
        """init: the password becomes a credential that only root can read, the pipeline names it, and the service can read that"""
        done = self.init()
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual("wrote /etc/culvert/credentials/mqtt: the password, for its owner alone\n"
                         "wrote /etc/culvert/culvert.toml: 1 sensor to mqtts://broker.example, as edge-01/NODE\n"
                         "next: systemctl restart culvert\n      culvert status\n", done.stdout)
        self.assertEqual({"culvert.toml", "ca.crt", "credentials/mqtt"}, self.files().keys())
        self.assertEqual((0o600, 0o644), tuple(stat.S_IMODE(path.stat().st_mode) for path in (self.secret, self.file)))
        self.assertEqual(PASSWORD + "\n", self.secret.read_text())
        text = self.file.read_text()
        self.assertIn('password = { credential = "culvert_mqtt" }', text)
        self.assertNotIn(PASSWORD, text)
        given = self.folder / "given"
        given.mkdir()
        shutil.copy(self.secret, given / "culvert_mqtt")
        checked = own_folder.run(self.folder, "/etc", "env", f"CREDENTIALS_DIRECTORY={given}", culvert.executable(), "check")
        self.assertEqual((0, ""), (checked.returncode, checked.stderr))

    def test_hidden(self) -> None:
        """init: a certificate where the service cannot look is refused before anything is written"""
        before = self.files()
        elsewhere = self.folder / "ca.crt"
        shutil.copy(self.etc / "ca.crt", elsewhere)
        link = self.etc.parent / "link.crt"
        link.symlink_to(elsewhere)
        for name, path in (("tmp", elsewhere), ("a link", "/etc/link.crt"), ("root", "/root/ca.crt"), ("home", "/home/me/ca.crt")):
            with self.subTest(name):
                done = self.init(ca=path)
                self.assertEqual((78, ""), (done.returncode, done.stdout))
                self.assertRegex(done.stderr, rf"^culvert: the service does not see '{path}', nor anything else in '/\w+': "
                                 r"copy it to /etc/culvert\nculvert: nothing was written\n$")
                self.assertEqual(before, self.files())

    def test_unreadable(self) -> None:
        """init: a certificate or a key that the service's user cannot read is refused, and how that is mended is said"""
        (self.etc.parent / "passwd").write_text("root:x:0:0::/:\nculvert:x:4711:4711::/:\n")
        key = self.etc / "key.pem"
        certs.Authority().server("edge").write(self.etc / "edge")
        (self.etc / "edge.key").rename(key)
        key.chmod(0o600)
        pair = ("--cert", "/etc/culvert/edge.crt", "--key", "/etc/culvert/key.pem")
        before = self.files()
        done = self.init(*pair)
        self.assertEqual((78, "culvert: the service cannot read '/etc/culvert/key.pem': give it the group 'culvert' and mode 0640\n"
                          "culvert: nothing was written\n"), (done.returncode, done.stderr))
        self.assertEqual(before, self.files())

    def test_others(self) -> None:
        """init: what is in culvert.d finds the credentials that are there, and the new one"""
        (self.etc / "credentials" / "other").write_text("something\n")
        (self.etc / "culvert.d").mkdir()
        more = self.etc / "culvert.d" / "more.toml"
        login = "plugin = 'mqtt'\nurl = 'mqtt://localhost'\nusername = 'a'\npassword = { credential = 'culvert_%s' }\n"
        more.write_text("[node.other]\n" + login % "other" + "[node.same]\n" + login % "mqtt")
        done = self.init()
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual({"culvert.toml", "ca.crt", "credentials/mqtt", "credentials/other", "culvert.d/more.toml"}, self.files().keys())
        # Without a user there is nothing new, and the old one is found.
        self.assertEqual(0, self.init("--force", user=False).returncode)
        more.write_text("[node.other]\n" + login % "none")
        done = self.init("--force")
        self.assertEqual(78, done.returncode)
        self.assertIn("credential 'culvert_none'", done.stderr)

    def test_spelling(self) -> None:
        """init: the usual file is that by whatever name it goes"""
        for name in ("/etc//culvert/culvert.toml", "/etc/culvert/../culvert/./culvert.toml"):
            with self.subTest(name):
                done = self.init(name, "--force")
                self.assertEqual((0, ""), (done.returncode, done.stderr))
        loop = self.etc / "loop.crt"
        loop.symlink_to("loop.crt")
        done = self.init("--force", ca="/etc/culvert/loop.crt")
        self.assertEqual(78, done.returncode)
        self.assertRegex(done.stderr, "option 'tls.ca' names '/etc/culvert/loop.crt'.*Too many levels of symbolic links")

    def test_idle(self) -> None:
        """init: a file with comments only gives way; any other, or a credential, needs --force"""
        for text, is_idle in BEFORE.items():
            with self.subTest(text):
                self.secret.unlink(missing_ok=True)
                self.file.write_text(text)
                done = self.init()
                self.assertEqual(0 if is_idle else 1, done.returncode, done.stderr)
                if not is_idle:
                    self.assertEqual("culvert: '/etc/culvert/culvert.toml' is there already: name another file, or use --force\n", done.stderr)
                    self.assertEqual(text, self.file.read_text())
                    self.assertEqual(0, self.init("--force").returncode)
        self.file.write_text("# nothing\n")
        done = self.init()
        self.assertEqual((1, "# nothing\n"), (done.returncode, self.file.read_text()))
        self.assertIn("'/etc/culvert/credentials/mqtt' is there already", done.stderr)
        self.assertEqual(0, self.init(user=False).returncode)


tap.main()
