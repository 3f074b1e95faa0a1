# SPDX-License-Identifier: MIT
"""What a unit of systemd sets, without systemd: reads a unit, and does to a process what systemd would do.

    sandbox.py --units UNIT SAMPLE ... --set NAME ... --show PATH[=AS] ... --write PATH ... -- COMMAND...

runs COMMAND under those settings, with these paths where it looks for them although their folder is covered. It is a twin, not the thing: what it cannot do is in NOT_DONE. As root.
"""

import argparse
import ctypes
import errno
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Callable

from seccomp import ALLOW, CLONE_NAMESPACES, Filter, calls_of, equal, has_bits, refused, sets

NEW_NS, NEW_IPC, NEW_UTS, NEW_USER = 0x00020000, 0x08000000, 0x04000000, 0x10000000
BIND, RECURSIVE, PRIVATE, NOSUID, NOEXEC, NODEV = 4096, 16384, 1 << 18, 2, 8, 4
DETACH = 2
MOUNT_SETATTR, READ_ONLY, AT_RECURSIVE = 442, 1, 0x8000
CAPBSET_DROP, NO_NEW_PRIVS = 24, 38
CAPABILITIES = {"CAP_CHOWN": 0, "CAP_FOWNER": 3, "CAP_KILL": 5, "CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_SETPCAP": 8}
NOBODY = 65534
LISTS = {"DeviceAllow", "ExecReload", "SystemCallFilter"}
LIBC = ctypes.CDLL(None, use_errno=True)

# They say how a service is started, watched and ended, or need the manager itself.
NOT_SANDBOX = {"Type", "ExecStart", "ExecReload", "WatchdogSec", "TimeoutStopSec", "Restart", "RestartSec",
               "RestartPreventExitStatus", "OOMPolicy"}
# Kept by the manager, by cgroups or by the session: no process does that to itself. Folders and credentials are made by
# the test.
NOT_DONE = {"Group", "StateDirectory", "StateDirectoryMode", "RuntimeDirectory", "RuntimeDirectoryMode", "LoadCredential",
            "DeviceAllow", "DevicePolicy", "Delegate", "RemoveIPC", "SupplementaryGroups", "KeyringMode", "SystemCallErrorNumber", "AmbientCapabilities", "PrivateMounts"}


def settings(*units: Path) -> dict[str, list[str]]:
    """Of [Service], of a unit and what is laid over it: each setting with its values. Lists grow, all else is replaced."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in (line for unit in units for line in unit.read_text().splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found[name] = [*found.get(name, []), value] if name in LISTS else [value]
    return found


def check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    check(LIBC.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode()), f"mount '{target}'")


def unshare(flags: int) -> None:
    check(LIBC.unshare(flags), "unshare")


def leave_chroot() -> None:
    """For a root that is no mount: makes it one, and the first, since nobody makes a namespace of users in a chroot."""
    held = os.open("/", os.O_PATH)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    check(LIBC.setns(namespace, NEW_NS), "setns")
    mount("none", "/", "", RECURSIVE | PRIVATE)
    os.fchdir(held)
    root = os.getcwd()
    mount(root, root, "", BIND | RECURSIVE)
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "."], check=True)  # Of every process in the namespace.
    check(LIBC.umount2(b".", DETACH), "umount the root of before")
    os.chdir("/")


def own_mounts() -> None:
    """Mounts are this process' own from now on."""
    unshare(NEW_NS)
    if LIBC.mount(b"none", b"/", b"", RECURSIVE | PRIVATE, None) != 0:
        leave_chroot()


def set_read_only(path: str, is_so: bool = True) -> None:
    attributes = (ctypes.c_uint64 * 4)(READ_ONLY if is_so else 0, 0 if is_so else READ_ONLY, 0, 0)
    check(LIBC.syscall(MOUNT_SETATTR, -100, path.encode(), AT_RECURSIVE, attributes, ctypes.sizeof(attributes)),
          f"mount_setattr '{path}'")


def bind_read_only(path: str) -> None:
    if os.path.isdir(path):
        mount(path, path, "", BIND | RECURSIVE)
        set_read_only(path)


def cover(path: str, options: str) -> None:
    """An empty folder over it."""
    if os.path.isdir(path):
        mount("tmpfs", path, "tmpfs", NOSUID | NODEV, options)


def private_devices(_: str) -> None:
    names = ("null", "zero", "full", "random", "urandom", "tty")
    held = {name: os.open(f"/dev/{name}", os.O_PATH) for name in names}
    cover("/dev", "mode=0755")
    for name, number in held.items():
        os.close(os.open(f"/dev/{name}", os.O_CREAT, 0o666))
        mount(f"/proc/self/fd/{number}", f"/dev/{name}", "", BIND)
    os.mkdir("/dev/shm")
    os.symlink("/proc/self/fd", "/dev/fd")


def read_only_system(value: str) -> None:
    assert value == "strict", value
    set_read_only("/")
    for path in ("/dev", "/proc", "/sys"):
        set_read_only(path, False)


def private_users(_: str) -> None:
    """Root and the user of the service, and nobody else. Who writes the maps has to be outside."""
    ready, go = os.pipe(), os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(ready[1])
        os.read(ready[0], 1)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{parent}/{name}").write_text(f"0 0 1\n{NOBODY} {NOBODY} 1\n")
        os.write(go[1], b"x")
        os._exit(0)
    os.close(go[1])
    unshare(NEW_USER)
    os.write(ready[1], b"x")
    assert os.read(go[0], 1) == b"x"
    os.waitpid(child, 0)


def become_user(value: str) -> None:
    if value != "root":
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def drop_bounding(kept: str) -> None:
    numbers = {CAPABILITIES[name] for name in kept.split()}
    for one in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1):
        if one not in numbers:
            check(LIBC.prctl(CAPBSET_DROP, one, 0, 0, 0), "drop a capability")


def refuse(*calls: str) -> Callable[[str], None]:
    def apply(_: str) -> None:
        made = Filter()
        for name in calls:
            for call in calls_of(name):
                made.rule(refused(), call)
        made.load()
    return apply


def restrict_families(value: str) -> None:
    kept = {{"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}[word] for word in value.split()}
    made = Filter()
    for family in set(range(64)) - kept:
        made.rule(refused(errno.EAFNOSUPPORT), "socket", equal(0, family))
    made.load()


def restrict_namespaces(_: str) -> None:
    made = Filter()
    for flag in CLONE_NAMESPACES:
        made.rule(refused(), "clone", has_bits(0, flag))
        made.rule(refused(), "unshare", has_bits(0, flag))
    made.rule(refused(), "setns")
    made.rule(refused(errno.ENOSYS), "clone3")
    made.load()


def no_new_code(_: str) -> None:
    made = Filter()
    made.rule(refused(), "mmap", has_bits(2, 6))
    made.rule(refused(), "mprotect", has_bits(2, 4))
    made.rule(refused(), "pkey_mprotect", has_bits(2, 4))
    made.rule(refused(), "shmat", has_bits(2, 0o100000))
    made.load()


def no_set_id(_: str) -> None:
    made = Filter()
    for bit in (0o4000, 0o2000):
        for call, argument in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1), ("mkdirat", 2), ("mknod", 1)):
            made.rule(refused(), call, has_bits(argument, bit))
    made.load()


def no_real_time(_: str) -> None:
    made = Filter()
    for policy in (1, 2, 6):
        made.rule(refused(), "sched_setscheduler", equal(1, policy))
    made.load()


def filter_calls(values: str) -> None:
    """Lines of names: the first line says what is allowed, one with '~' takes away."""
    allowed: set[str] = set()
    for line in values.split("\n"):
        calls = frozenset().union(*(calls_of(word) for word in line.lstrip("~").split()))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    made = Filter(refused())
    # systemd allows these always: without them nothing could be run.
    for call in allowed | calls_of("@default") | {"execve"}:
        made.rule(ALLOW, call)
    made.load()


# In the order in which they have to be done.
COVERS: dict[str, Callable[[str], object]] = {
    "ProtectHome": lambda _: [cover(path, "mode=0755") for path in ("/home", "/root", "/run/user")],
    "PrivateTmp": lambda _: [cover(path, "mode=1777") for path in ("/tmp", "/var/tmp")],
}
WAYS: dict[str, Callable[[str], object]] = {
    "UMask": lambda value: os.umask(int(value, 8)),
    "LimitCORE": lambda value: resource.setrlimit(resource.RLIMIT_CORE, (int(value), int(value))),
    "PrivateIPC": lambda _: unshare(NEW_IPC),
    "ProtectHostname": lambda _: unshare(NEW_UTS),
    "ProtectProc": lambda value: mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC, f"hidepid={value}"),
    "PrivateDevices": private_devices,
    "ProtectSystem": read_only_system,
    "ProtectKernelTunables": lambda _: [bind_read_only(path) for path in ("/proc/sys", "/sys")],
    "ProtectControlGroups": lambda _: bind_read_only("/sys/fs/cgroup"),
    "PrivateUsers": private_users,
    "CapabilityBoundingSet": drop_bounding,
    "User": become_user,
    "NoNewPrivileges": lambda _: check(LIBC.prctl(NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs"),
}
FILTERS: dict[str, Callable[[str], object]] = {
    "ProtectClock": refuse("@clock"),
    "ProtectKernelLogs": refuse("syslog"),
    "ProtectKernelModules": refuse("@module"),
    "LockPersonality": refuse("personality"),
    "RestrictAddressFamilies": restrict_families,
    "RestrictNamespaces": restrict_namespaces,
    "RestrictRealtime": no_real_time,
    "RestrictSUIDSGID": no_set_id,
    "MemoryDenyWriteExecute": no_new_code,
    "SystemCallArchitectures": lambda _: Filter().load(),
    "SystemCallFilter": filter_calls,
}
DONE = COVERS.keys() | WAYS.keys() | FILTERS.keys()


def run(values: dict[str, list[str]], asked: set[str], shown: list[str], writable: list[str], command: list[str]) -> None:
    wanted = {name: "\n".join(values[name]) for name in asked if values[name] != ["no"]}
    sets()  # While a program can still be asked.
    own_mounts()
    pairs = [pair.partition("=") for pair in shown]
    held = [(os.open(source, os.O_PATH), target or source) for source, _, target in pairs]
    do(COVERS, wanted)
    for number, path in held:
        os.makedirs(path, exist_ok=True)
        mount(f"/proc/self/fd/{number}", path, "", BIND | RECURSIVE)
    for path in writable:
        mount(path, path, "", BIND)
    do(WAYS, wanted, lambda name: name == "ProtectSystem" and [set_read_only(path, False) for path in writable])
    if os.geteuid() != 0:
        # As systemd does it: without, a process that has no rights may have no filter.
        check(LIBC.prctl(NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    do(FILTERS, wanted)
    os.execv(command[0], command)


def do(ways: dict[str, Callable[[str], object]], wanted: dict[str, str], then: Callable[[str], object] = id) -> None:
    for name, way in ways.items():
        if name in wanted:
            way(wanted[name])
            then(name)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--units", type=Path, nargs="+", required=True)
    for name in ("--set", "--show", "--write"):
        arguments.add_argument(name, nargs="*", default=[])
    at = sys.argv.index("--")
    asked = arguments.parse_args(sys.argv[1:at])
    run(settings(*asked.units), set(asked.set), asked.show, asked.write, sys.argv[at + 1:])


if __name__ == "__main__":
    main()
