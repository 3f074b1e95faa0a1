# SPDX-License-Identifier: MIT
"""Lines of a running program with the time of each, and waits on them: tests wait on what was said, not on a clock."""

import re
import threading
import time
from typing import BinaryIO, NamedTuple


class Line(NamedTuple):
    at: float  # time.monotonic() when it was read
    text: str
    event: str = ""  # of a line of the log, its event's id
    times: int = 1   # how many it stands for


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
            line = self._line(time.monotonic(), raw.decode("utf-8", "backslashreplace").rstrip("\n"))
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        pipe.close()

    def _line(self, at: float, text: str) -> Line:
        return Line(at, text)

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

    def times(self, pattern: str) -> int:
        """How many lines those that match stand for."""
        return sum(line.times for line in self.matching(pattern))

    def wait_for(self, pattern: str, timeout: float = 10, start: int = 0, times: int = 1) -> Line:
        """The line from number `start` on with which `pattern` was found so many times; AssertionError when none comes."""
        deadline = time.monotonic() + timeout
        seen, found = start, 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    seen += 1
                    if re.search(pattern, line.text):
                        found += line.times
                        if found >= times:
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


class LogLines(Lines):
    """Of a log: the text of a line is without its event's id, and without how many it stands for."""

    _PARTS = re.compile(r"(.*?)(?: \((\d+) more in \d+ s(?:, the last \d+ s ago)?\))?(?: \[([a-z]+\.[a-z-]+)\])?", re.S)

    def _line(self, at: float, text: str) -> Line:
        parts = self._PARTS.fullmatch(text)
        return Line(at, parts[1], parts[3] or "", int(parts[2] or 1))
