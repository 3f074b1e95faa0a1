# SPDX-License-Identifier: MIT
"""A case: contenders that do the same, one after another, round after round."""

import time
from dataclasses import dataclass, field
from statistics import median
from typing import Callable

from harness.built import Built
from harness.measure import Figures
from harness.stage import Stage

# How each figure is called, with its unit, and in which direction it is better; in the order of the table.
FIGURES = {
    "per_s": ("messages/s", "more"),
    "mb_s": ("MB/s", "more"),
    "ms": ("ms", "less"),
    "cpu_us": ("CPU us", "less"),
    "p50_us": ("p50 us", "less"),
    "p99_us": ("p99 us", "less"),
    "p999_us": ("p99.9 us", "less"),
    "wakeups_s": ("wake-ups/s", "less"),
    "cpu_ms_s": ("CPU ms/s", "less"),
    "disk_bytes": ("disk B", "less"),
    "lost": ("lost", "less"),
    "rss_kib": ("RSS KiB", "less"),
    "private_kib": ("private KiB", "less"),
}


@dataclass
class Contender:
    name: str
    measure: Callable[[Stage], Figures]
    missing: Callable[[], str | None] = lambda: None  # why it can't be run here


@dataclass
class Case:
    name: str
    summary: str
    contenders: list[Contender]
    reference: str  # the contender whose figures the others are divided by
    figure: str = "per_s"  # of which the ratio is shown, and the chart made
    limit_s: float = 300  # for all of its rounds; past that no round begins
    left_out: tuple[str, ...] = ()  # who: why, of those that can't take part on any machine


@dataclass
class Result:
    case: Case
    rounds: list[dict[str, Figures]] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)  # who: why

    def names(self) -> list[str]:
        return [one.name for one in self.case.contenders if any(one.name in each for each in self.rounds)]

    def values(self, name: str, figure: str) -> list[float]:
        return [each[name][figure] for each in self.rounds if figure in each.get(name, {})]

    def median(self, name: str, figure: str) -> float | None:
        values = self.values(name, figure)
        return median(values) if values else None

    def ratios(self, name: str, figure: str) -> list[float]:
        """To the reference, of the same round."""
        pairs = [(each.get(name, {}).get(figure), each.get(self.case.reference, {}).get(figure)) for each in self.rounds]
        return sorted(its / beside for its, beside in pairs if its is not None and beside)


def run_case(case: Case, built: Built, rounds: int, seconds: float, say: Callable[[str], None]) -> Result:
    """A B C, A B C and so on. Who fails is left out from then on, with the reason."""
    result = Result(case, not_run=list(case.left_out))
    able = []
    for one in case.contenders:
        if why := one.missing():
            result.not_run.append(f"{one.name}: {why}")
        else:
            able.append(one)
    begin = time.monotonic()
    for number in range(rounds):
        if time.monotonic() - begin > case.limit_s:
            result.not_run.append(f"rounds {number + 1} to {rounds}: the case has had its {case.limit_s:g} s")
            break
        result.rounds.append({})
        for one in list(able):
            say(f"{case.name}: round {number + 1} of {rounds}: {one.name}")
            try:
                with Stage(built, seconds) as stage:
                    result.rounds[-1][one.name] = one.measure(stage)
            except (AssertionError, OSError) as error:
                able.remove(one)
                result.not_run.append(f"{one.name}: failed in round {number + 1}: {' '.join(str(error).split())[:300]}")
    return result
