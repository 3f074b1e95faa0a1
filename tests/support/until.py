# SPDX-License-Identifier: MIT
"""Waiting for what another process does and nobody tells of: a file that grows, a counter, a descriptor that goes."""

import time
from typing import Callable

from process import Process


def until(holds: Callable[[], bool], within_s: float, otherwise: Callable[[], str], of: Process | None = None) -> None:
    """Looks again and again until it holds. Fails with what `otherwise` says after that time, and with the last words of
    `of` as soon as that process has ended."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert of is None or of.popen.poll() is None, f"it ended: {of.err.texts()[-5:]}"
        assert time.monotonic() < deadline, f"not so within {within_s} s: {otherwise()}"
        time.sleep(0.01)
