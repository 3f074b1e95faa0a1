# SPDX-License-Identifier: MIT
"""The built `culvert` under test, in an environment of its own."""

import os
import shutil
import subprocess
from pathlib import Path

from process import Process

# Before a command: it hears SIGHUP, even where the tests were started with nohup.
HEARS_HUP = ["env", "--default-signal=HUP"]
SOURCE = Path(__file__).resolve().parent.parent.parent
CONFIG = SOURCE / "config"


def executable() -> str:
    """Meson names it in CULVERT."""
    return os.environ["CULVERT"]


def is_sanitized() -> bool:
    return os.environ.get("CULVERT_SANITIZE", "none") != "none"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Nothing of the caller's but what the tools need; state and sockets below `folder`."""
    kept = {key: value for key, value in os.environ.items()
            if key in ("PATH", "LD_LIBRARY_PATH", "CULVERT_ISOLATE") or key.endswith("SAN_OPTIONS")}
    for name in ("home", "state", "runtime"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    return kept | {
        "HOME": str(folder / "home"), "STATE_DIRECTORY": str(folder / "state"),
        "RUNTIME_DIRECTORY": str(folder / "runtime"), "LANG": "C.UTF-8",
    } | more


def run(folder: Path, file: Path, *arguments: str, env: dict[str, str] | None = None, before: list[str] | None = None,
        **popen: object) -> Process:
    """`culvert run FILE ...`, started. `env` is added to the environment, `before` goes in front of the command."""
    return Process([*(before or []), executable(), "run", str(file), *arguments],
                   env=environment(folder, **(env or {})), name="culvert", **popen)


def run_text(folder: Path, text: str, *arguments: str, env: dict[str, str] | None = None, name: str = "test.toml",
             before: list[str] | None = None, **popen: object) -> Process:
    """The same for a pipeline given as text."""
    file = folder / name
    file.write_text(text)
    file.chmod(0o600)  # There may be a password in it.
    return run(folder, file, *arguments, env=env, before=before, **popen)


def check(folder: Path, *files: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`culvert check FILE...`, ended."""
    return subprocess.run([executable(), "check", *map(str, files)], env=environment(folder, **(env or {})),
                          capture_output=True, text=True, timeout=60)


def tool(name: str) -> str | None:
    """Where a program of the system is, sbin included."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
