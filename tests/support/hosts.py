# SPDX-License-Identifier: MIT
"""Names for one program alone: it gets an /etc/hosts of the test's making, in a mount namespace of its own."""

import shutil
import subprocess
from pathlib import Path

SCRIPT = 'mount --bind "$0" /etc/hosts && exec "$@"'


def prefix(folder: Path, names: dict[str, list[str]]) -> list[str]:
    """What goes before a command that is to know these names. `folder` must outlive the program."""
    file = folder / "hosts"
    lines = ["127.0.0.1 localhost", *(f"{one} {name}" for name, addresses in names.items() for one in addresses)]
    file.write_text("\n".join(lines) + "\n")
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, str(file)]


def is_possible(folder: Path) -> bool:
    """Whether this box lets its users make such a namespace."""
    if shutil.which("unshare") is None:
        return False
    test = prefix(folder, {"two.test": ["127.0.0.1", "::1"]})
    return subprocess.run([*test, "getent", "ahosts", "two.test"], capture_output=True, timeout=20).returncode == 0
