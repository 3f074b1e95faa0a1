# SPDX-License-Identifier: MIT
"""A program under test: its lines, its end, and nothing of it left behind."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Sequence

from lines import Lines, LogLines


class Process:
    """Starts at once. Use it as a context manager, so that it ends with the test."""

    def __init__(self, command: Sequence[str], env: dict[str, str] | None = None, name: str | None = None,
                 stdin: int | None = None, stdout: int = subprocess.PIPE, **popen: object) -> None:
        self.name = name or os.path.basename(command[0])
        self.popen = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL if stdin is None else stdin,
                                      stdout=stdout, stderr=subprocess.PIPE, **popen)
        if self.popen.stdout is not None:
            self.out = Lines(self.popen.stdout, f"{self.name}'s stdout")
        assert self.popen.stderr is not None
        self.err = LogLines(self.popen.stderr, f"{self.name}'s stderr")

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self.popen.pid

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def wait(self, timeout: float = 10) -> int:
        """The exit status, with every line read."""
        try:
            status = self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            last = "\n".join("    " + text for text in self.err.texts()[-60:])
            raise AssertionError(f"{self.name}: still running after {timeout} s; its last lines:\n{last}") from None
        self.err.wait_until_end()
        if hasattr(self, "out"):
            self.out.wait_until_end()
        return status

    def stop(self, timeout: float = 15) -> int:
        """SIGTERM, then the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def end(self) -> None:
        """However it stands: SIGTERM, and SIGKILL when that does not help."""
        if self.popen.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.popen.stdin is not None:
            self.popen.stdin.close()


def children(pid: int) -> list[int]:
    """Of a process, those that live."""
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted(int(child) for file in listed for child in file.read_text().split())


def is_there(pid: int) -> bool:
    """Whether it has not ended; one whose end nobody has asked for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
