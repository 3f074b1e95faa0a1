# SPDX-License-Identifier: MIT
"""What became of numbered messages: which are on record, what came twice after which event, what was out of order."""

from array import array
from dataclasses import dataclass

from process import Process
from recorded import Record
from until import until


@dataclass
class Part:
    """What was recorded since an event, or since several at once."""

    events: int = 0
    new: int = 0
    again: int = 0


class Ledger:
    """Reads a record as it grows: of a source that emits 1, 2, 3 and so on, over a route with the topic "t/{seq}". Of what
    the route sends again after an event nothing may come behind what is new, so that it belongs to that event. What a
    source emits again, because it was not told of it, has another number on the route, and is counted for itself."""

    def __init__(self, record: Record) -> None:
        self._path = record.path
        self._read = 0
        self._numbers = bytearray(1)  # whether it came
        self._routes = array("L", [0])  # which number each of the route's stood for
        self._highest_of_route = 0
        self.parts = [Part()]
        self.highest = 0
        self.reordered = 0  # came for the first time behind what was emitted later
        self.emitted_again = 0

    @property
    def new(self) -> int:
        return sum(part.new for part in self.parts)

    @property
    def again(self) -> int:
        return sum(part.again for part in self.parts)

    def most_again(self) -> int:
        """For one event."""
        return max((-(-part.again // part.events) for part in self.parts if part.events), default=0)

    def has(self, number: int) -> bool:
        return number < len(self._numbers) and self._numbers[number] != 0

    def missing(self, last: int) -> list[int]:
        """Which of the numbers up to `last` are not on record."""
        self.update()
        return [number for number in range(1, last + 1) if not self.has(number)]

    def event(self, more: bool = False) -> None:
        """Something happens now; or more of it, before anything new can come."""
        self.update()
        if not more:
            self.parts.append(Part())
        self.parts[-1].events += 1

    def update(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            fresh = file.read()
        # A line that is being written waits for its end.
        fresh = fresh[:fresh.rfind(b"\n") + 1]
        self._read += len(fresh)
        for line in fresh.splitlines():
            if line.startswith(b"P"):
                _, _, topic, number, *_ = line.split(b"\t")
                self._add(int(topic[2:]), int(number))

    def wait(self, new: int, writer: Process, within: float = 120) -> None:
        """Until so many are on record; `writer` must live."""
        def holds() -> bool:
            self.update()
            return self.new >= new

        until(holds, within, lambda: f"{self.new} of {new} on record; {writer.err.texts()[-5:]}", writer)

    def _add(self, seq: int, number: int) -> None:
        if seq >= len(self._routes):
            self._routes.frombytes(bytes(self._routes.itemsize * (2 * seq - len(self._routes))))
        if self._routes[seq]:
            assert self._routes[seq] == number, f"{seq} stands for {self._routes[seq]} and for {number}"
            self.parts[-1].again += 1
            return
        self._routes[seq] = number
        self.reordered += seq < self._highest_of_route
        self._highest_of_route = max(self._highest_of_route, seq)
        if self.has(number):
            self.emitted_again += 1
            return
        if number >= len(self._numbers):
            self._numbers.extend(bytes(2 * number - len(self._numbers)))
        self._numbers[number] = 1
        self.parts[-1].new += 1
        self.highest = max(self.highest, number)
