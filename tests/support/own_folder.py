# SPDX-License-Identifier: MIT
"""Commands for which a folder of the system is one of the test's, in a mount namespace of their own."""

import subprocess
from pathlib import Path

import culvert
import hosts


def is_possible() -> bool:
    return hosts.way() is not None


def run(folder: Path, of_system: str, *command: str | Path, umask: str = "022") -> subprocess.CompletedProcess[str]:
    """`of_system`, such as '/etc', is the folder of that name in `folder`; it is made where it is missing."""
    own = folder / of_system.strip("/")
    own.mkdir(parents=True, exist_ok=True)
    inside = f'mount --bind "$0" {of_system} && umask {umask} && exec "$@"'
    return subprocess.run([*(hosts.way() or []), "sh", "-c", inside, str(own), *map(str, command)], capture_output=True, text=True,
                          timeout=60, env=culvert.environment(folder), stdin=subprocess.DEVNULL)
