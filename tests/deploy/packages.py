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

PAGE = culvert.SOURCE / "deploy" / "README.md"
BLOCK = re.compile(r"^```(sh|toml)\n(.*?)^```$", re.M | re.S)
PREVIOUS = "0.0.9"
MESSAGES = 1_000_000  # more than there is room for
MORE = 100
# What is not the packages': the user stays, for its number must not become another's.
KEPT = {"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-"}

# Before all that is done in the box.
HELPERS = """
exec </dev/null
set -eE
trap 'echo "FAILED at line $LINENO: $BASH_COMMAND"; journalctl --no-pager --lines 60' ERR
step() { echo "== $*"; }
until_true() { # command...: within a minute
  local deadline=$((SECONDS + 60))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || { echo "not within a minute: $*"; return 1; }
    sleep 0.1
  done
}
fails() { # command...: it does, and what it says is shown
  if "$@"; then echo "did not fail: $*"; return 1; fi
}
is_up() { culvert status --format json | grep -q '"state": "up"'; }
placed() { culvert status --format json | sed -n 's/.*"placed": \\([0-9]*\\).*/\\1/p'; }
is_full() { # nothing is placed any more
  local before
  before=$(placed)
  [ "$before" -gt 1000 ] && sleep 2 && [ "$before" = "$(placed)" ]
}
subscribe() { mosquitto_sub -h broker.example -p 8883 --cafile ca.crt -u edge -P 'correct horse' -q 1 -W 120 "$@"; }
publish() { mosquitto_pub -h broker.example -p 8883 --cafile ca.crt -u edge -P 'correct horse' -q 1 "$@"; }
children() { # whose the processes of isolated nodes are
  local comm
  for comm in $(grep -lx culvert-node /proc/[0-9]*/comm); do
    id -nu "$(sed -n 's/^Uid:\\s*\\([0-9]*\\).*/\\1/p' "${comm%comm}status")"
  done
}
logged() { journalctl --unit culvert --no-pager --boot | grep -q "$@"; }
"""

BROKER = """max_queued_messages 0
allow_anonymous false
password_file /etc/mosquitto/passwords
listener 8883 127.0.0.1
certfile /etc/mosquitto/broker/server.crt
keyfile /etc/mosquitto/broker/server.key
"""

# A journal that is full to its limit, made by the version before, with the broker away.
FULL = f"""
[runtime]
name = "edge-01"

[node.load]
plugin   = "sensor"
kind     = "counter"
interval = "1ms"
count    = {MESSAGES}

[node.cloud]
plugin    = "mqtt"
url       = "mqtts://broker.example"
username  = "edge"
password  = {{ credential = "culvert_mqtt" }}
tls.ca    = "ca.crt"
client_id = "edge-01"
backoff   = {{ min = "10ms", max = "200ms" }}

[[route]]
from     = "load"
to       = "cloud"
topic    = "plant/count"
encode   = "{{value}}"
durable  = true
max_size = "1MiB"
max_messages = 64
"""


# With the version of before, until its journal is full; and then with the new one.
BEFORE = f"""
step idle
fails systemctl is-active culvert
systemctl start culvert
fails systemctl is-active culvert
systemctl show culvert --property=Result | grep -x Result=success
logged 'nothing to do: no file in /etc/culvert names a node'

step a first pipeline of init, once, as root
printf 'correct horse\\n' >password.txt
culvert init first.toml --yes --broker mqtts://broker.example --ca ca.crt --user edge --password-file password.txt --name once
systemctl start mosquitto
until_true subscribe -c -i first -t once/load -E
culvert run first.toml --once --timeout 30s
subscribe -c -i first -t once/load -C 1 | tee /dev/stderr | grep '"value"'

step fill a journal, with the version before
cp password.txt /etc/culvert/credentials/mqtt
cp full.toml /etc/culvert/culvert.toml
subscribe -c -i counted -t plant/count -E
systemctl stop mosquitto
systemctl start culvert
until_true is_full
culvert journal list
step full: $(placed)

step upgrade
apt-get install --yes -o Dpkg::Options::=--force-confold ./culvert_*.deb ./culvert-mqtt_*.deb
test "$(dpkg-query --show --showformat '${{Version}}' culvert)" != {PREVIOUS}
cmp full.toml /etc/culvert/culvert.toml
systemctl is-active culvert
systemctl start mosquitto
subscribe -c -i counted -t plant/count -C $(($(grep -o '== full: .*' said | cut -d: -f2) + {MORE})) >received
systemctl stop culvert
culvert journal drop "load -> cloud" --all

step as root beside the service
fails culvert run first.toml --once 2>refused
grep "state folder '/var/lib/culvert' belongs to user 'culvert'" refused
cp /usr/share/doc/culvert/examples/culvert.toml /etc/culvert/culvert.toml
rm /etc/culvert/credentials/mqtt
"""

# Behind a command of the page, by its number: what it must have led to.
CHECKS = {
    1: """
until_true is_up
stat --format '%A %U' /etc/culvert/credentials/mqtt | grep -x -- '-rw------- root'
fails grep -r 'correct horse' /etc/culvert/culvert.toml
subscribe -t '+/load' -C 2
""",
    3: """
until_true is_up
subscribe -t 'plant/+/load' -C 2
publish -t plant/commands/box -m 'hello box'
until_true logged 'hello box'
""",
    6: """
systemctl show culvert --property=PrivateDevices | grep -x PrivateDevices=no
until_true is_up
""",
    7: "until_true is_up\n",
    8: "until_true is_up\n",
    10: "until_true is_up\n",
}

AFTER = """
step a mistake
cp /etc/culvert/culvert.toml right.toml
sed -i 's/plugin *= "console"/plugin = "consol"/' /etc/culvert/culvert.toml
fails systemctl reload culvert
systemctl is-active culvert
is_up
fails systemctl restart culvert
systemctl show culvert --property=NRestarts --property=ExecMainStatus --property=ActiveState | sort | tr '\\n' ' ' |
  grep 'ActiveState=failed ExecMainStatus=78 NRestarts=0'
cp right.toml /etc/culvert/culvert.toml

step isolated nodes
sed -i '/plugin *= /a isolate = { memory = "64MiB" }' /etc/culvert/culvert.toml
systemctl start culvert
until_true is_up
publish -t plant/commands/box -m 'hello again'
until_true logged 'hello again'
test "$(children | wc -l)" = 3
fails logged 'lacks.*Landlock (they\|lacks.*filters of system calls'

step isolated nodes with users, and root
useradd --system culvert-cloud
sed -i '/plugin *= "mqtt"/,/isolate/s/64MiB"/64MiB", user = "culvert-cloud"/' /etc/culvert/culvert.toml
cp /usr/share/doc/culvert/examples/users.conf /etc/systemd/system/culvert.service.d/
systemctl daemon-reload
systemctl restart culvert
until_true is_up
children | grep -x culvert-cloud
rm /etc/systemd/system/culvert.service.d/users.conf
systemctl daemon-reload
cp right.toml /etc/culvert/culvert.toml
systemctl restart culvert
until_true is_up

step a crash
kill -SEGV "$(systemctl show culvert --property=MainPID --value)"
restarted() { systemctl show culvert --property=NRestarts | grep -x NRestarts=1 && is_up; }
until_true restarted

step a state folder of a newer version
echo 2 >/var/lib/culvert/version
fails systemctl restart culvert
logged "state folder '/var/lib/culvert' is of version 2"
systemctl show culvert --property=ExecMainStatus | grep -x ExecMainStatus=78
echo 1 >/var/lib/culvert/version

step a stop
systemctl start culvert
systemctl stop culvert
systemctl show culvert --property=Result | grep -x Result=success
"""


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


def script(commands: list[tuple[str, str]]) -> str:
    """What is done in the box: the test's own steps, and between them the page, from its first readings on."""
    parts = [HELPERS, BEFORE]
    for number, (kind, text) in enumerate(commands[1:], 1):
        parts.append(f"\nstep page {number}\n")
        if kind == "toml":
            name = text.splitlines()[0].removeprefix("# ")
            parts.append(f"cat >{name} <<'END'\n{text}END\n")
        elif "purge" in text:
            parts += [AFTER, "\nstep page, the end\n", text]
        else:
            parts += [text, CHECKS.get(number, "")]
    return "".join([*parts, "\nstep done\n"])


if __name__ == "__main__":
    tap.main()
