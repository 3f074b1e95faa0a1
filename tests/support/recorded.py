# SPDX-License-Identifier: MIT
"""The recording broker as a test starts and kills it, and what it wrote down."""

import sys
from pathlib import Path

from ports import free_port
from process import Process
from until import until


class Record:
    """What the recording broker wrote down, one list of (topic, number, duplicate) for each of its lives."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lives(self) -> list[list[tuple[str, int, bool]]]:
        lives: list[list[tuple[str, int, bool]]] = []
        for line in self.path.read_text().splitlines():
            kind, *rest = line.split("\t")
            if kind == "B":
                lives.append([])
            elif kind == "P":
                duplicate, topic, payload = rest[:3]
                lives[-1].append((topic, int(payload), duplicate == "1"))
        return lives

    def count(self) -> int:
        return self.path.read_bytes().count(b"\nP\t") if self.path.exists() else 0

    def wait(self, count: int, writer: Process, within: float = 60) -> None:
        """Until so many messages are on record; `writer` must live."""
        until(lambda: self.count() >= count, within, lambda: f"{self.count()} of {count} messages on record", writer)

    def topics(self) -> dict[str, list[int]]:
        """The numbers of each topic, in the order of the record."""
        topics: dict[str, list[int]] = {}
        for topic, number, _ in (message for life in self.lives() for message in life):
            topics.setdefault(topic, []).append(number)
        return topics

    def open_ids(self) -> int:
        """How many exchanges of QoS 2 are not over."""
        open_ids: set[str] = set()
        for kind, *rest in (line.split("\t") for line in self.path.read_text().splitlines()):
            if kind == "P" and rest[4] == "2":
                open_ids.add(rest[3])
            elif kind == "R":
                open_ids.discard(rest[0])
        return len(open_ids)


class RecordingBroker:
    """The program, started and killed again and again on one port and one file."""

    def __init__(self, folder: Path) -> None:
        self.record = Record(folder / "record")
        self.port = free_port()
        self.process: Process | None = None

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.end()

    def start(self, *options: str) -> None:
        program = Path(__file__).parent / "recording_broker.py"
        self.process = Process([sys.executable, str(program), str(self.port), str(self.record.path), *options],
                               name="recording broker")

    def kill_at(self, count: int) -> None:
        """Kills it once so many messages are on record, wherever it is then."""
        self.record.wait(count, self.process)
        self.process.kill()

    def wait_for_end(self, within: float = 60) -> None:
        """Until it has killed itself, between a record and its acknowledgement."""
        assert self.process.popen.wait(within) == -9, self.process.err.texts()

    def assert_alive(self) -> None:
        assert self.process.popen.poll() is None, self.process.err.texts()
