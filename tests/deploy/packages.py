# SPDX-License-Identifier: MIT
"""The Debian packages, from their build to their purge, in a Debian of their own; deploy/README.md, command by command."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import certs
import culvert
import tap
from box import Box, why_not
from steps import BROKER, FULL, MORE, PREVIOUS, script

PAGE = culvert.SOURCE / "deploy" / "README.md"
BLOCK = re.compile(r"^```(sh|toml)\n(.*?)^```$", re.M | re.S)
# What is not the packages': the user stays, for its number must not become another's.
KEPT = {"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-"}


def page() -> list[tuple[str, str]]:
    """The commands and files of the page, in order."""
    return BLOCK.findall(PAGE.read_text())


def older(package: Path, folder: Path) -> None:
    """The same package with a version of before."""
    tree = folder / package.stem
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    text = control.read_text()
    version = re.search(r"^Version: (.*)$", text, re.M)[1]
    control.write_text(text.replace(version, PREVIOUS))
    shipped = tree / "etc" / "culvert" / "culvert.toml"
    if shipped.exists():
        shipped.write_text("# As it was.\n" + shipped.read_text())
    name = package.name.replace(version, PREVIOUS)
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", str(tree), str(folder / name)], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)


@unittest.skipIf(why_not(), f"packages: {why_not()}")
class Packages(unittest.TestCase):
    folder: Path
    packages: Path
    bare: Box

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="culvert-deploy-", dir=os.environ["CULVERT_BUILD"]))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        # Packages that are there already, for who works at these tests.
        given = os.environ.get("CULVERT_PACKAGES")
        cls.packages = Path(given) if given else cls.folder / "packages"
        if not given:
            done = subprocess.run([str(culvert.SOURCE / "deploy" / "package"), "--no-install", "--output", str(cls.packages)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert done.returncode == 0, done.stdout[-5000:]
        cls.bare = Box.bootstrap(cls.folder / "bare")

    def box(self, name: str) -> Box:
        """A bare one, with the packages in /root, and those of the version before in /root/before."""
        box = self.bare.copy(self.folder / name)
        self.addCleanup(shutil.rmtree, box.root, ignore_errors=True)
        box.path("/root/before").mkdir()
        box.write("/etc/apt/apt.conf.d/99quiet", 'quiet "1";\nDpkg::Use-Pty "0";\n')
        for package in self.packages.glob("culvert*.deb"):
            shutil.copy(package, box.path("/root"))
            older(package, box.path("/root/before"))
        return box

    def test_lintian(self) -> None:
        """packages: lintian has nothing to say of them"""
        done = subprocess.run(["lintian", "--allow-root", "--no-cfg", "--fail-on=warning,error",
                               *map(str, sorted(self.packages.glob("*.deb")))], capture_output=True, text=True)
        self.assertEqual((0, ""), (done.returncode, done.stdout), done.stderr)

    def test_links(self) -> None:
        """packages: only the connector links wolfSSL and Paho, and what else is needed is found by what is linked"""
        def needs(name: str) -> str:
            (package,) = self.packages.glob(f"{name}_*.deb")
            return subprocess.run(["dpkg-deb", "--field", str(package), "Depends"], check=True, capture_output=True,
                                  text=True).stdout
        self.assertRegex(needs("culvert-mqtt"), "libpaho-mqtt.*libwolfssl|libwolfssl.*libpaho-mqtt")
        self.assertNotRegex(needs("culvert"), "wolfssl|paho")
        for library in ("libnng", "libsqlite3", "libtomlplusplus", "libseccomp"):
            self.assertIn(library, needs("culvert"))

    def test_install_and_purge(self) -> None:
        """packages: installed from bare they are idle, the shipped file passes the check, and a purge leaves nothing"""
        box = self.box("purge")
        before = box.files()
        box.run("apt-get --quiet update")
        # What they depend on is not theirs to leave.
        box.run("apt-get --yes --no-install-recommends install ./culvert*.deb && apt-get --yes purge 'culvert*'")
        before |= {name for name in box.files() if "culvert" not in name}
        box.run("apt-get --yes install ./culvert_*.deb ./culvert-mqtt_*.deb ./culvert-dev_*.deb")
        self.assertEqual("/etc/culvert: ok, 0 nodes, 0 routes\n", box.run("culvert check && culvert inspect mqtt >/dev/null"))
        self.assertEqual("enabled\n", box.run("systemctl is-enabled culvert.service"))
        self.assertEqual("drwx------ root root\n", box.run("stat --format '%A %U %G' /etc/culvert/credentials"))
        self.assertIn("-I/usr/include", box.run("apt-get --yes install pkg-config >&2; pkg-config --cflags-only-I "
                                                "--keep-system-cflags culvert-plugin"))
        box.run("install -d -o culvert -m 700 /var/lib/culvert && touch /var/lib/culvert/lock "
                "/etc/culvert/credentials/mqtt /etc/culvert/culvert.d/mine.toml")
        box.run("apt-get --yes purge 'culvert*' pkg-config")
        left = {name for name in box.files() - before - KEPT if "culvert" in name}
        self.assertEqual(set(), left)

    def test_box(self) -> None:
        """packages: in a box that boots, sensor, mqtt and console run by the page; an upgrade with a full journal loses nothing"""
        box = self.box("box")
        commands = page()
        self.assertEqual("sh", commands[0][0])
        box.run("apt-get --quiet update")
        box.run("cd before; " + commands[0][1])
        authority = certs.Authority()
        authority.write_root(box.path("/root/ca.crt"))
        shutil.copy(box.path("/root/ca.crt"), box.path("/etc/culvert/ca.crt"))
        box.path("/etc/mosquitto/broker").mkdir()
        authority.server("broker.example").write(box.path("/etc/mosquitto/broker/server"))
        box.write("/etc/mosquitto/conf.d/test.conf", BROKER)
        box.run("mosquitto_passwd -b -c /etc/mosquitto/passwords edge 'correct horse'; chown -R mosquitto /etc/mosquitto")
        box.write("/root/full.toml", FULL)
        box.write("/etc/hosts", "127.0.0.1 localhost broker.example\n")
        said = box.boot(script(commands), timeout=900)
        print(textwrap.indent(said, "# "), flush=True)
        self.assertRegex(said, r"(?m)^== done$")
        # All that was in the journal, and in order; behind it what the new version emitted.
        full = int(re.search(r"(?m)^== full: (\d+)$", said)[1])
        numbers = [int(line) for line in box.path("/root/received").read_text().split()]
        self.assertTrue([*range(full), *range(MORE)] == numbers, f"{full} and {MORE} expected, got {len(numbers)}")


if __name__ == "__main__":
    tap.main()
