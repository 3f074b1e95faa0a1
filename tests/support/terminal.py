# SPDX-License-Identifier: MIT
"""A program on a terminal of its own: what it shows, and keys for it."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from typing import Sequence


class Terminal:
    """Use it as a context manager, so that the program ends with the test."""

    def __init__(self, command: Sequence[str], env: dict[str, str], cwd: str | None = None, signals: bool = False) -> None:
        """`signals`: the terminal controls the program, so that ^C is one."""
        self._own, other = pty.openpty()
        before = ["setsid", "--ctty"] if signals else []
        self.popen = subprocess.Popen([*before, *command], stdin=other, stdout=other, stderr=other, env=env, cwd=cwd,
                                      start_new_session=not signals)
        os.close(other)
        self._shown = self.everything = ""  # What was shown and not waited for, and all that was.

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        os.close(self._own)

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._own)[3] & termios.ECHO)

    def type(self, keys: str) -> None:
        os.write(self._own, keys.encode())

    def _read(self, within_s: float) -> bool:
        if not select.select([self._own], [], [], max(0.0, within_s))[0]:
            return False
        try:
            more = os.read(self._own, 65536)
        except OSError:  # The other end is closed.
            return False
        text = more.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        self._shown += text
        self.everything += text
        return bool(more)

    def wait_for(self, pattern: str, timeout: float = 60) -> re.Match[str]:
        """Until that is shown; what comes up to its end is taken."""
        deadline = time.monotonic() + timeout
        while not (match := re.search(pattern, self._shown, re.S)):
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"nothing like '{pattern}' within {timeout} s, or before the end, in:\n{self._shown}")
        self._shown = self._shown[match.end():]
        return match

    def wait(self, timeout: float = 60) -> int:
        """The exit status, with all that was shown at the end."""
        deadline = time.monotonic() + timeout
        while self._read(deadline - time.monotonic()):
            pass
        return self.popen.wait(max(0.1, deadline - time.monotonic()))
