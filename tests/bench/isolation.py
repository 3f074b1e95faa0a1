# SPDX-License-Identifier: MIT
"""What a process of its own costs: the same pipeline, a source with tokens and a console whose output nobody reads, with
all in one process, with the console isolated, and with both. For people: it prints, and judges nothing.

    isolation.py           needs the environment of `meson test --benchmark`
"""

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import culvert
from pipelines import head, node, route
from process import children

COUNT = 1_000_000
RUNS = 5
WAYS = {"one process": (), "console isolated": ("console",), "both isolated": ("tokens", "console")}


def pipeline(source: str, options: str, isolated: tuple[str, ...]) -> str:
    def line(plugin: str) -> str:
        return f"isolate = {str(plugin in isolated).lower()}\n"
    return head() + node("t", source, line(source) + options) + node("s", "console", line("console")) + route("t", "s")


def carry(folder: Path, isolated: tuple[str, ...]) -> tuple[float, float]:
    """Messages a second from the start's end on, and microseconds of CPU for each, children's and all."""
    run = culvert.run_text(folder, pipeline("tokens", f"count = {COUNT}\n", isolated), "--once", "--idle", "1ms",
                           stdout=subprocess.DEVNULL)
    begin = run.err.wait_for("running 2 nodes", timeout=30).at
    end = run.err.wait_for("acked all: ", timeout=120).at
    _, status, used = os.wait4(run.pid, 0)
    run.popen.returncode = os.waitstatus_to_exitcode(status)
    assert run.popen.returncode == 0, run.err.texts()
    return COUNT / (end - begin), (used.ru_utime + used.ru_stime) / COUNT * 1e6


def private_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))


def memory(folder: Path) -> int:
    """Private memory of a console's process that gets a reading each millisecond, in KiB."""
    text = pipeline("sensor", "kind = 'counter'\ninterval = '1ms'\n", ("console",))
    with culvert.run_text(folder, text, stdout=subprocess.DEVNULL) as run:
        run.err.wait_for("running 2 nodes", timeout=30)
        time.sleep(10)
        child, = children(run.pid)
        found = private_kib(child)
        run.stop(30)
    return found


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def main() -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as made:
        for _ in range(RUNS):
            for name, isolated in WAYS.items():
                found[name].append(carry(Path(made), isolated))
        kib = memory(Path(made))
    base = [rate for rate, _ in found["one process"]]
    for name, runs in found.items():
        ratios = [rate / beside for (rate, _), beside in zip(runs, base)]
        print(f"{name}: {spread([rate for rate, _ in runs])} messages/s, {spread(ratios)} of one process; "
              f"{spread([cpu for _, cpu in runs])} us of CPU for each message")
    print(f"a console's process: {kib} KiB of private memory")


if __name__ == "__main__":
    main()
