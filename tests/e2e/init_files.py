# SPDX-License-Identifier: MIT
"""The files of `culvert init`: what it reads, what it replaces and with which rights, and the usual place."""

import os
import stat
import subprocess

import culvert
import first_pipeline
import own_folder
import tap
from broker import PASSWORD, USER
from first_pipeline import write_tree

MOST = 65535  # bytes of a password


class Files(first_pipeline.Case):
    def test_there(self) -> None:
        """init: what is there already stays as it is without --force, the password's file too; with it both are new"""
        self.file.write_text("old")
        asked = [self.file, "--yes", "--broker", "mqtts://localhost", "--user", USER, "--password-file", self.given]
        done = self.init(*asked)
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertEqual(f"culvert: '{self.file}' is there already: name another file, or use --force\n", done.stderr)
        self.file.unlink()
        self.secret.write_text("old")
        done = self.init(*asked)
        self.assertEqual(f"culvert: '{self.secret}' is there already: name another file, or use --force\n", done.stderr)
        self.assertEqual(([self.secret], "old"), (list(self.file.parent.iterdir()), self.secret.read_text()))
        self.assertEqual(0, self.init(*asked, "--force").returncode)
        self.assertEqual(PASSWORD + "\n", self.secret.read_text())
        self.assertEqual(0o600, stat.S_IMODE(self.secret.stat().st_mode))
        # What was good is not lost to what is not.
        good = self.file.read_text()
        self.given.write_text("other\n")
        self.assertEqual(78, self.init(*asked, "--force", "--ca", "nothing.crt").returncode)
        self.assertEqual((good, PASSWORD + "\n"), (self.file.read_text(), self.secret.read_text()))
        self.assertEqual({self.file, self.secret}, set(self.file.parent.iterdir()))
        # Nor is the password without its pipeline.
        self.file.unlink(), self.file.mkdir()
        done = self.init(*asked, "--force")
        self.assertEqual((1, f"culvert: write '{self.file}': Is a directory\n"), (done.returncode, done.stderr))
        self.assertEqual(PASSWORD + "\n", self.secret.read_text())

    def test_no_file(self) -> None:
        """init: a password or a sensor that is a pipe, a device or a folder is refused or left out at once, and holds nobody up"""
        os.mkfifo(self.folder / "pipe")
        broker = ("--yes", "--broker", "mqtt://localhost", "--user", USER)
        for name, said in {self.folder / "pipe": "is not a regular file", "/dev/zero": "is not a regular file",
                           self.folder: "is a folder, not a file"}.items():
            self.assert_nothing_written(self.init(self.file, *broker, "--password-file", name), 1, f"the password file '{name}' {said}\n")
        with open("/dev/zero", "rb") as endless:
            self.assert_nothing_written(self.init(self.file, *broker, "--password-file", "-", stdin=endless), 1,
                                        "the password on standard input is larger than 64 KiB\n")
        zones = self.folder / "sys" / "class" / "thermal"
        write_tree(zones, {"thermal_zone0/type": "good", "thermal_zone0/temp": "1000", "thermal_zone2/type": "folder"})
        for at, path in enumerate((self.folder / "pipe", "/dev/zero")):
            (zones / f"thermal_zone{at + 5}").mkdir()
            (zones / f"thermal_zone{at + 5}" / "temp").symlink_to(path)
        (zones / "thermal_zone2" / "temp").mkdir()
        self.assertEqual(0, self.init(self.file, *broker, "--sys", self.folder / "sys").returncode)
        self.assertEqual({"load", "memory", "good", "cloud"}, self.written_nodes())

    def test_password(self) -> None:
        """init: a password is what the pipeline will read of that file: without one end of line, and no longer than a broker takes"""
        broker = ("--yes", "--broker", "mqtt://localhost", "--user", USER, "--force", "--password-file")
        for given, password in {b"secret": b"secret", b"secret\n": b"secret", b"secret\r\n": b"secret", b"secret\n\n": b"secret\n",
                                b" secret \r\n": b" secret ", b"x" * MOST: b"x" * MOST, b"x" * MOST + b"\r\n": b"x" * MOST}.items():
            self.given.write_bytes(given)
            for file, stdin in ((self.given, subprocess.DEVNULL), ("-", self.given.open())):
                done = self.init(self.file, *broker, file, stdin=stdin)
                self.assertEqual((0, ""), (done.returncode, done.stderr))
                self.assertEqual(password + b"\n", self.secret.read_bytes())
        self.file.unlink(), self.secret.unlink()
        # As long as a file may be, and longer than MQTT can say.
        self.given.write_bytes(b"x" * (MOST + 1) + b"\r\n")
        self.assert_nothing_written(self.init(self.file, *broker, self.given), 78, "'password' must be at most 65535 bytes long, got 65536 bytes\n")
        for given, said in {b"": "is empty", b"\n": "is empty", b"\r\n": "is empty", b"x" * (MOST + 2): "is larger than 64 KiB",
                            b"x" * (MOST + 2) + b"\r\n": "is larger than 64 KiB"}.items():
            self.given.write_bytes(given)
            self.assert_nothing_written(self.init(self.file, *broker, self.given), 1, f"the password file '{self.given}' {said}\n")
            with self.given.open() as stdin:
                self.assert_nothing_written(self.init(self.file, *broker, "-", stdin=stdin), 1, f"the password on standard input {said}\n")

    def test_rights(self) -> None:
        """init: with --force a new file has the owner, the group and the rights of the one that it replaces, and no wider ones"""
        asked = [self.file, "--yes", "--force", "--broker", "mqtt://localhost", "--user", USER, "--password-file", self.given]
        own = (os.getuid(), next((group for group in os.getgroups() if group != os.getgid()), os.getgid()))
        for mode, secret_mode, left in ((0o640, 0o640, 0o640), (0o400, 0o400, 0o400), (0o644, 0o644, 0o600)):
            owners = [own, (4321, 4322)] if os.geteuid() == 0 else [own]
            for owner in owners:
                for file, rights in ((self.file, mode), (self.secret, secret_mode)):
                    file.unlink(missing_ok=True), file.write_text("old"), file.chmod(rights), os.chown(file, *owner)
                done = self.init(*asked)
                self.assertEqual((0, ""), (done.returncode, done.stderr))
                self.assertIn(f"wrote {self.secret}: the password, for its owner {'alone' if left & 0o77 == 0 else 'and group'}\n", done.stdout)
                for file, rights in ((self.file, mode), (self.secret, left)):
                    there = file.stat()
                    self.assertNotEqual("old", file.read_text())
                    self.assertEqual((*owner, oct(rights)), (there.st_uid, there.st_gid, oct(stat.S_IMODE(there.st_mode))))

    def test_rights_of_another(self) -> None:
        """init: a file whose owner can't be kept stays as it is, and so does what is beside it"""
        if os.geteuid() != 0:
            self.skipTest("only root makes a file of another user")
        for folder in (self.folder, self.file.parent):
            folder.chmod(0o777)
        for file in (self.file, self.secret):
            file.write_text("old"), file.chmod(0o644)
        done = self.init(self.file, "--yes", "--force", "--broker", "mqtt://localhost", "--user", USER, "--password-file", self.given,
                         user=4321, group=4322, extra_groups=[])
        self.assertEqual((1, f"culvert: give what replaces '{self.secret}' the same owner and group: Operation not permitted\n"),
                         (done.returncode, done.stderr))
        self.assertEqual(({self.file, self.secret}, "old", "old"),
                         (set(self.file.parent.iterdir()), self.file.read_text(), self.secret.read_text()))
        # A user's own may be of any group that he is in.
        for file in (self.file, self.secret):
            file.chmod(0o640), os.chown(file, 4321, 4323)
        done = self.init(self.file, "--yes", "--force", "--broker", "mqtt://localhost", "--user", USER, "--password-file", self.given,
                         user=4321, group=4322, extra_groups=[4323])
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        for file in (self.file, self.secret):
            self.assertEqual((4321, 4323, 0o640), (file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)))

    def usual(self, *arguments: str, umask: str = "077") -> subprocess.CompletedProcess[str]:
        """`culvert init` without a file, where /etc is a folder of the test's."""
        if not own_folder.is_possible():
            self.skipTest("no mount namespace can be made here (unshare)")
        return own_folder.run(self.folder, "/etc", culvert.executable(), *arguments, umask=umask)

    def test_usual(self) -> None:
        """init: without a file it is checked as it will run, with culvert.d beside it, and makes its folder, 0755, only when it is good"""
        broker = ("init", "--yes", "--sensor", "load", "--broker", "mqtt://localhost")
        etc = self.folder / "etc"
        done = self.usual(*broker[:-1], "mqtts://localhost", "--ca", "none.crt")
        self.assertEqual((78, []), (done.returncode, list(etc.iterdir())), done.stderr)
        self.assertRegex(done.stderr, r"^/etc/culvert/culvert\.toml:\d+:\d+: .*none\.crt")
        done = self.usual(*broker)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertTrue(done.stdout.endswith("next: culvert doctor\n      culvert run\n"), done.stdout)
        folder = etc / "culvert"
        self.assertEqual(([folder], [folder / "culvert.toml"]), (list(etc.iterdir()), list(folder.iterdir())))
        self.assertEqual((0o755, 0o640), tuple(stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "culvert.toml")))
        good = (folder / "culvert.toml").read_text()
        (folder / "culvert.d").mkdir()
        (folder / "culvert.d" / "more.toml").write_text("[node.more]\nplugin = 'console'\n[[route]]\nfrom = 'load'\nto = 'more'\n")
        self.assertEqual(0, self.usual(*broker, "--force").returncode)
        done = self.usual("init", "--yes", "--sensor", "memory", "--broker", "mqtt://localhost", "--force")
        self.assertEqual((78, good), (done.returncode, (folder / "culvert.toml").read_text()))
        self.assertRegex(done.stderr, r"^/etc/culvert/culvert\.d/more\.toml:4:8: .*'load'")


tap.main()
