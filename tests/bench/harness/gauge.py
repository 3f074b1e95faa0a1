# SPDX-License-Identifier: MIT
"""Reads what a receiver writes into its gauge: tests/bench/peers/gauge.hpp has the layout."""

import struct
from pathlib import Path
from typing import NamedTuple

BUCKETS = 1152
LAYOUT = struct.Struct(f"=3Q{BUCKETS}Q")


class Seen(NamedTuple):
    count: int  # messages so far
    first_ns: int  # when the first came, on the monotonic clock; 0 when none did
    last_ns: int
    late: tuple[int, ...]  # how many messages were so late, by bucket


class Gauge:
    """The file need not be there yet: nothing was seen then."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Seen:
        data = self.path.read_bytes() if self.path.exists() else b""
        if len(data) != LAYOUT.size:
            return Seen(0, 0, 0, (0,) * BUCKETS)
        count, first_ns, last_ns, *late = LAYOUT.unpack(data)
        return Seen(count, first_ns, last_ns, tuple(late))


def middle_ns(bucket: int) -> float:
    """The latency that stands for a bucket: its middle."""
    if bucket < 64:
        return bucket + 0.5
    shift = bucket // 32 - 1
    return (bucket - 32 * shift + 0.5) * (1 << shift)


def quantiles_us(before: Seen, after: Seen, shares: tuple[float, ...]) -> list[float | None]:
    """Latencies between two readings. None where there are too few messages to tell: fewer than one lies beyond."""
    late = [b - a for a, b in zip(before.late, after.late)]
    total = sum(late)
    found: list[float | None] = []
    for share in shares:
        if total * (1 - share) < 1:
            found.append(None)
            continue
        left = total * share
        for bucket, count in enumerate(late):
            left -= count
            if left < 0:
                found.append(middle_ns(bucket) / 1000)
                break
    return found
