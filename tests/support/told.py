# SPDX-License-Identifier: MIT
"""How far the fixture `numbered` had written down that its messages were taken over."""

from pathlib import Path


class Told:
    """A line is one write of at most 20 digits, and the last one counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self) -> int:
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - 64))
            lines = file.read().split(b"\n")
        return int(lines[-2]) if len(lines) > 1 else 0

    def forget(self, number: int) -> None:
        """What was told past that number never was. While the source does not run."""
        self._path.write_text(f"{number}\n" if number else "")
