# SPDX-License-Identifier: MIT
"""Commands for which /etc is a folder of the test's, in a mount namespace of their own."""

import subprocess
from pathlib import Path

import culvert
import hosts


def is_possible() -> bool:
    return hosts.way() is not None


def run(folder: Path, *command: str | Path, umask: str = "022") -> subprocess.CompletedProcess[str]:
    """`folder`/etc is theirs; it is made where it is missing."""
    etc = folder / "etc"
    etc.mkdir(exist_ok=True)
    inside = f'mount --bind "$0" /etc && umask {umask} && exec "$@"'
    return subprocess.run([*(hosts.way() or []), "sh", "-c", inside, str(etc), *map(str, command)], capture_output=True, text=True,
                          timeout=60, env=culvert.environment(folder), stdin=subprocess.DEVNULL)
