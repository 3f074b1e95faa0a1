# SPDX-License-Identifier: MIT
"""What processes have used, those that they started included: read in /proc (proc(5)) while they run."""

import re
from pathlib import Path
from typing import Iterable, Iterator

from process import children


def family(pids: Iterable[int]) -> list[int]:
    """These, and all that descends from them and lives."""
    found: list[int] = []
    for pid in pids:
        found += [pid, *family(children(pid))]
    return found


def _threads(pids: Iterable[int], file: str) -> Iterator[str]:
    for pid in family(pids):
        for path in Path(f"/proc/{pid}/task").glob(f"*/{file}"):
            try:
                yield path.read_text()
            except (FileNotFoundError, ProcessLookupError):
                pass  # A thread that has ended meanwhile.


def cpu_s(pids: Iterable[int]) -> float:
    """Processor time of the threads that live, in user and in system mode, to the nanosecond."""
    return sum(int(text.split()[0]) for text in _threads(pids, "schedstat")) / 1e9


def sleeps(pids: Iterable[int]) -> int:
    """How often their threads have gone to sleep, which is how often they were woken."""
    return sum(int(match[1]) for text in _threads(pids, "status")
               if (match := re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)))


def memory_kib(pids: Iterable[int]) -> dict[str, float]:
    """Resident, and what nobody else shares."""
    found = {"rss_kib": 0.0, "private_kib": 0.0}
    for pid in family(pids):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "Rss":
                found["rss_kib"] += int(rest.split()[0])
            elif name in ("Private_Clean", "Private_Dirty"):
                found["private_kib"] += int(rest.split()[0])
    return found


def disk_bytes(pids: Iterable[int]) -> int:
    """What they have caused to be written to disk."""
    total = 0
    for pid in family(pids):
        lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        total += int(lines["write_bytes"]) - int(lines["cancelled_write_bytes"])
    return total
