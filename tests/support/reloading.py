# SPDX-License-Identifier: MIT
"""`culvert reload` of a pipeline that a test rewrites."""

import json
import subprocess
from pathlib import Path

import culvert

DONE, REFUSED, UNAVAILABLE, ROLLED_BACK, BAD_FILE = 0, 1, 69, 75, 78


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`culvert reload --name edge ...`, ended."""
    return subprocess.run([culvert.executable(), "reload", "--name", "edge", *arguments],
                          env=culvert.environment(folder), capture_output=True, text=True, timeout=120)


def write(folder: Path, text: str, name: str = "test.toml") -> Path:
    """Puts the file in place whole, as an editor does."""
    file, draft = folder / name, folder / f"{name}.new"
    draft.write_text(text)
    draft.chmod(0o600)
    draft.replace(file)
    return file


def to(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Has the pipeline become that one."""
    write(folder, text)
    return command(folder, *arguments)


def report(run: subprocess.CompletedProcess[str]) -> dict:
    """Of one with --format json."""
    return json.loads(run.stdout)


def fates(parts: list[dict]) -> dict[str, str]:
    return {part["name"]: part["fate"] for part in parts}
