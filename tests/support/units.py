# SPDX-License-Identifier: MIT
"""The unit of systemd as it is built, for the culvert under test."""

import os
import re
import shutil
import unittest
from pathlib import Path

import culvert

DEPLOY = culvert.SOURCE / "deploy" / "systemd"
SAMPLES = sorted((DEPLOY / "culvert.service.d").glob("*.conf"))
NEEDS_SYSTEMD = unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze (systemd) is not installed")


def write_unit(folder: Path) -> Path:
    """Into that folder, with the command under test in the place of the one that it is installed with."""
    unit = folder / "culvert.service"
    text = (Path(os.environ["CULVERT_BUILD"]) / "deploy" / "systemd" / "culvert.service").read_text()
    unit.write_text(re.sub(r"(?m)^(Exec\w+)=\S+/culvert ", rf"\1={culvert.executable()} ", text))
    return unit
