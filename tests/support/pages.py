# SPDX-License-Identifier: MIT
"""The blocks of code in the pages for users."""

import re
from pathlib import Path

import culvert

README = culvert.SOURCE / "README.md"
REFERENCE = culvert.SOURCE / "core" / "config" / "REFERENCE.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page.read_text()) if kind == language]
