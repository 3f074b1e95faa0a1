# SPDX-License-Identifier: MIT
"""All cases, by name; each module here makes some."""

from cases import durable, hop, idle, incoming, outgoing, start
from harness.contest import Case

CASES: dict[str, Case] = {case.name: case for module in (outgoing, hop, idle, start, incoming, durable)
                          for case in module.CASES}

# What `meson test --benchmark whole` runs.
SHORT = ("out", "rate-1000", "hop", "start", "in")
