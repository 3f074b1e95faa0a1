# SPDX-License-Identifier: MIT
"""A wall clock for one program that a test sets while it runs."""

import mmap
import os
import struct
import time
from pathlib import Path

UNKNOWN, SYNCHRONISED = 1, 2  # what the kernel says of it; 0: what it does say


class SteppedClock:
    """The real time at first. Every program that was started with `env` has it at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_bytes(bytes(16))
        with file.open("r+b") as opened:
            self._mapped = mmap.mmap(opened.fileno(), 16)

    def env(self) -> dict[str, str]:
        module = Path(os.environ["CULVERT_BUILD"]) / "tests" / "e2e" / "stepped_clock.so"
        # The sanitizers' library is not the first one then, which they would refuse.
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {"LD_PRELOAD": str(module), "CULVERT_TEST_CLOCK": str(self.file), "ASAN_OPTIONS": options}

    def step(self, seconds: int) -> None:
        """Off by that much from the real time."""
        self._mapped[:8] = struct.pack("=q", seconds)

    def lose(self, at: int) -> None:
        """Shows that time, in seconds since 1970, and the kernel knows nothing of it."""
        self._mapped[8:] = struct.pack("=q", UNKNOWN)
        self.step(at - int(time.time()))

    def synchronise(self) -> None:
        """Shows the real time, and the kernel says that NTP has set it."""
        self.step(0)
        self._mapped[8:] = struct.pack("=q", SYNCHRONISED)
