# SPDX-License-Identifier: MIT
"""A bare Debian 12 of the test's own, to install packages in and to boot. As root; it needs Debian's packages."""

import os
import shutil
import subprocess
from pathlib import Path

SUITE = "bookworm"
# What every box has that runs services, and the broker.
INCLUDED = "ca-certificates,dbus,mosquitto,mosquitto-clients,systemd,systemd-sysv"
# Its own filter knows none of these, which any box has and isolated nodes are confined with.
CALLS = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
PROBE = """[Unit]
Description=What the test does in the box
After=multi-user.target

[Service]
Type=oneshot
WorkingDirectory=/root
ExecStart=/bin/bash /root/probe
StandardOutput=append:/root/said
StandardError=append:/root/said
ExecStopPost=/bin/systemctl --no-block poweroff
"""


def why_not() -> str | None:
    """Why there can be none here."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in ("debootstrap", "systemd-nspawn", "lintian", "dpkg-buildpackage") if not find(name)]
    return f"not installed: {', '.join(missing)}" if missing else None


def find(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def mirror() -> str:
    """Where this machine gets Debian's packages."""
    said = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE) $(CODENAME) $(COMPONENT)"], check=True,
                          capture_output=True, text=True).stdout
    for line in said.splitlines():
        site, codename, component = (line.split() + ["", ""])[:3]
        if (codename, component) == (SUITE, "main"):
            return site.rstrip("/")
    raise AssertionError(f"this machine has no source of packages of {SUITE}: {said}")


class Box:
    """`root` is its tree of files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def bootstrap(cls, root: Path) -> "Box":
        done = subprocess.run([find("debootstrap"), "--variant=minbase", f"--include={INCLUDED}", SUITE, str(root), mirror()],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        for file in Path("/etc/apt/apt.conf.d").iterdir():
            if not (root / "etc/apt/apt.conf.d" / file.name).exists():
                shutil.copy(file, root / "etc/apt/apt.conf.d")
        box = cls(root)
        box.run("systemctl disable --quiet mosquitto.service")
        return box

    def copy(self, root: Path) -> "Box":
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.root), str(root)], check=True)
        return Box(root)

    def path(self, inside: str) -> Path:
        return self.root / inside.lstrip("/")

    def write(self, inside: str, text: str, mode: int = 0o644) -> None:
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        self.path(inside).write_text(text)
        self.path(inside).chmod(mode)

    def nspawn(self, *more: str) -> list[str]:
        return [find("systemd-nspawn"), "--quiet", "--register=no", "--keep-unit", f"--directory={self.root}", *more]

    def run(self, script: str, network: bool = True) -> str:
        """In the box, without booting it; what it said on stdout. Fails when that does."""
        more = ["--resolv-conf=copy-host"] if network else ["--private-network"]
        # PATH is the box's own; apt asks nothing.
        done = subprocess.run(self.nspawn(*more, "--pipe", "--setenv=DEBIAN_FRONTEND=noninteractive", "--chdir=/root",
                                          "/bin/bash", "-ec", script),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def boot(self, script: str, timeout: float) -> str:
        """Boots it, with no network but its own loopback, runs the script once it is up, and halts; what that said."""
        self.write("/root/probe", script)
        self.write("/etc/systemd/system/probe.service", PROBE)
        wants = self.path("/etc/systemd/system/default.target.wants/probe.service")
        wants.parent.mkdir(parents=True, exist_ok=True)
        wants.unlink(missing_ok=True)
        wants.symlink_to("/etc/systemd/system/probe.service")
        done = subprocess.run(self.nspawn("--boot", "--private-network", f"--system-call-filter={CALLS}"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout)
        said = self.path("/root/said")
        assert said.exists(), f"it did not boot:\n{done.stdout}"
        return said.read_text()

    def files(self) -> set[str]:
        """All there are, but for what is not part of a package: caches, logs, and lists of what is installed."""
        skipped = ("/proc", "/sys", "/dev", "/run", "/tmp", "/root", "/var/cache", "/var/log", "/var/lib/apt", "/var/lib/dpkg")
        found = set()
        for folder, folders, names in os.walk(self.root):
            here = "/" + os.path.relpath(folder, self.root)
            if here.startswith(skipped):
                folders.clear()
                continue
            found |= {os.path.join(here, name) for name in (*folders, *names)}
        return found
