# SPDX-License-Identifier: MIT
"""The results as one table for people, and as JSON with every round's figures for programs."""

import datetime
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Iterable

from broker import find_mosquitto
from harness.built import Built
from harness.contest import FIGURES, Result
from machine import machine


def number(value: float) -> str:
    """Three digits that count, or all of a large one."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(values: list[float]) -> str:
    """The median, and the least and the most."""
    if not values:
        return ""
    return f"{median(values):.2f} ({values[0]:.2f} to {values[-1]:.2f})"


def ratio_figures(result: Result) -> list[str]:
    """Those whose ratio is shown: the one that the case is about, and the processor time."""
    return list(dict.fromkeys([result.case.figure, "cpu_us"]))


def rows(result: Result) -> list[list[str]]:
    """The head, and a line for each contender."""
    names = result.names()
    figures = [name for name in FIGURES if any(result.values(who, name) for who in names)]
    with_ratio = ratio_figures(result)
    head = ["  who"]
    for name in figures:
        head += [FIGURES[name][0], "ratio"] if name in with_ratio else [FIGURES[name][0]]
    found = [head]
    for who in names:
        row = [f"  {who}"]
        for name in figures:
            value = result.median(who, name)
            row.append("-" if value is None else number(value))
            if name in with_ratio:
                row.append("1" if who == result.case.reference else ratio(result.ratios(who, name)))
        found.append(row)
    return found


def table(results: Iterable[Result]) -> str:
    """Medians of the rounds; a ratio is to the case's reference in the same round."""
    blocks = []
    for result in results:
        found = rows(result)
        widths = [max(len(row[column]) for row in found) for column in range(len(found[0]))]
        lines = [f"{result.case.name}: {result.case.summary}"]
        for row in found if len(found) > 1 else []:
            cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
            lines.append("  ".join(cells).rstrip())
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def head(built: Built, rounds: int, seconds: float) -> str:
    """What was measured, where and how."""
    where = machine(Path(tempfile.gettempdir()))
    return (f"{rounds} rounds of {seconds:g} s, medians; ratio (least to most) to the one that has 1, round by round\n"
            f"processors: {where['processors']}; memory: {where['memory']}; {where['kernel']}; optimization={built.optimization}")


def not_run(results: Iterable[Result]) -> list[str]:
    return [f"{result.case.name}: {what}" for result in results for what in result.not_run]


def version(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        return (done.stdout or done.stderr).splitlines()[0]
    except (OSError, IndexError):
        return "not there"


def as_json(results: list[Result], command: list[str], built: Built, seconds: float) -> dict:
    """Every figure of every round, with what was measured where."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "version": 1,
        "date": now.isoformat(timespec="seconds"),
        "command": command,
        "window_s": seconds,
        "machine": machine(Path(tempfile.gettempdir())) | {"mosquitto": version([find_mosquitto() or "mosquitto", "-h"]),
                                            "node": version(["node", "--version"])},
        "optimization": built.optimization,
        "cases": [{
            "name": result.case.name,
            "summary": result.case.summary,
            "reference": result.case.reference,
            "figure": result.case.figure,
            "rounds": result.rounds,
            "medians": {who: {name: result.median(who, name) for name in FIGURES if result.values(who, name)}
                        for who in result.names()},
            "ratios": {who: {name: result.ratios(who, name) for name in ratio_figures(result) if result.ratios(who, name)}
                       for who in result.names()},
            "not_run": result.not_run,
        } for result in results],
    }
