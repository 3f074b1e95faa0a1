# SPDX-License-Identifier: MIT
"""Filters of system calls for this process and what it runs, by libseccomp."""

import ctypes
import ctypes.util
import errno
import functools
import subprocess

ALLOW = 0x7FFF0000
CLONE_NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
EQUAL, MASKED_EQUAL = 4, 7


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("how", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


@functools.cache
def library() -> ctypes.CDLL:
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
    seccomp.seccomp_load.argtypes = [ctypes.c_void_p]
    seccomp.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                               ctypes.POINTER(Comparison)]
    return seccomp


def refused(error: int = errno.EPERM) -> int:
    return 0x00050000 | error


def equal(argument: int, value: int) -> Comparison:
    return Comparison(argument, EQUAL, value, 0)


def has_bits(argument: int, bits: int) -> Comparison:
    return Comparison(argument, MASKED_EQUAL, bits, bits)


class Filter:
    """`otherwise` is what becomes of a call that no rule is about."""

    def __init__(self, otherwise: int = ALLOW) -> None:
        self._context = library().seccomp_init(otherwise)
        assert self._context

    def rule(self, action: int, call: str, *when: Comparison) -> None:
        """A call that this machine does not have needs none."""
        number = library().seccomp_syscall_resolve_name(call.encode())
        if number == -1:
            return
        result = library().seccomp_rule_add_array(self._context, action, number, len(when), (Comparison * len(when))(*when))
        # Some belong to other machines only.
        assert result == 0 or -result in (errno.EDOM, errno.EACCES), (call, -result)

    def load(self) -> None:
        result = library().seccomp_load(self._context)
        assert result == 0, -result


@functools.cache
def sets() -> dict[str, list[str]]:
    """Of systemd: each with its calls, and the names of sets in it."""
    said = subprocess.run(["systemd-analyze", "syscall-filter"], check=True, capture_output=True, text=True).stdout
    found: dict[str, list[str]] = {}
    for line in said.splitlines():
        if line.startswith("@"):
            inside = found.setdefault(line.strip(), [])
        elif line.startswith(" ") and not line.lstrip().startswith("#"):
            inside.append(line.strip())
    return found


def calls_of(name: str) -> frozenset[str]:
    """Those of a set, "@system-service"; a name that is none stands for itself."""
    if not name.startswith("@"):
        return frozenset([name])
    return frozenset().union(*(calls_of(word) for word in sets()[name]))
