# SPDX-License-Identifier: MIT
"""Lines of a running program with the time of each, and waits on them: tests wait on what was said, not on a clock."""

import re
import threading
import time
from typing import BinaryIO, NamedTuple


class Line(NamedTuple):
    at: float  # time.monotonic() when it was read
    text: str


class Lines:
    """Reads a pipe to its end on a thread of its own. Every method may be called from any thread."""

    def __init__(self, pipe: BinaryIO, name: str) -> None:
        self._name = name
        self._lines: list[Line] = []
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe: BinaryIO) -> None:
        for raw in pipe:
            line = Line(time.monotonic(), raw.decode("utf-8", "backslashreplace").rstrip("\n"))
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        pipe.close()

    def all(self) -> list[Line]:
        with self._changed:
            return list(self._lines)

    def texts(self) -> list[str]:
        return [line.text for line in self.all()]

    def count(self) -> int:
        with self._changed:
            return len(self._lines)

    def matching(self, pattern: str) -> list[Line]:
        return [line for line in self.all() if re.search(pattern, line.text)]

    def wait_for(self, pattern: str, timeout: float = 10, start: int = 0, times: int = 1) -> Line:
        """The `times`-th line from number `start` on that `pattern` is found in; AssertionError when none comes."""
        deadline = time.monotonic() + timeout
        seen, found = start, 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    seen += 1
                    if re.search(pattern, line.text):
                        found += 1
                        if found == times:
                            return line
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "it ended" if self._ended else f"{timeout} s went by"
                    text = "\n".join("    " + line.text for line in self._lines[-60:])
                    raise AssertionError(
                        f"{self._name}: {why} with {found} of {times} lines like '{pattern}'; its last lines:\n{text}"
                    )
                self._changed.wait(left)

    def wait_until_end(self, timeout: float = 10) -> None:
        """Until the writer has closed the pipe and every line is here."""
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise AssertionError(f"{self._name}: still open after {timeout} s")
