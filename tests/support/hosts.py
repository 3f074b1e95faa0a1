# SPDX-License-Identifier: MIT
"""Names for one program alone: it gets an /etc/hosts of the test's making, in a mount namespace of its own."""

import functools
import shutil
import subprocess
from pathlib import Path

SCRIPT = 'mount --bind "$0" /etc/hosts && exec "$@"'


# A user makes himself root of one; in a chroot nobody may do that, but root needs not, whose "/" is no mount there.
WAYS = [["unshare", "--user", "--map-root-user", "--mount"], ["unshare", "--mount", "--propagation", "unchanged"]]


def prefix(folder: Path, names: dict[str, list[str]]) -> list[str]:
    """What goes before a command that is to know these names. `folder` must outlive the program."""
    file = folder / "hosts"
    lines = ["127.0.0.1 localhost", *(f"{one} {name}" for name, addresses in names.items() for one in addresses)]
    file.write_text("\n".join(lines) + "\n")
    return [*(way() or WAYS[0]), "sh", "-c", SCRIPT, str(file)]


@functools.cache
def way() -> list[str] | None:
    """How a namespace is made on this box; None where it allows none."""
    if shutil.which("unshare") is None:
        return None
    works = (one for one in WAYS if subprocess.run([*one, "true"], capture_output=True, timeout=20).returncode == 0)
    return next(works, None)


def is_possible(folder: Path) -> bool:
    """Whether names can be made on this box."""
    test = prefix(folder, {"two.test": ["127.0.0.1", "::1"]})
    return way() is not None and subprocess.run([*test, "getent", "ahosts", "two.test"], capture_output=True,
                                                timeout=20).returncode == 0
