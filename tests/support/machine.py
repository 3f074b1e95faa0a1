# SPDX-License-Identifier: MIT
"""What a figure was measured on, and the report of a run, for who asks for one."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

import culvert


def machine(folder: Path) -> dict[str, str]:
    """The box, and the disk that `folder` is on."""
    memory = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    found = subprocess.run(["findmnt", "--noheadings", "--output", "FSTYPE", "--target", str(folder)],
                           capture_output=True, text=True)
    return {"processors": f"{len(os.sched_getaffinity(0))}, {model[1] if model else platform.machine()}",
            "memory": f"{int(memory[1]) / (1 << 20):.1f} GiB" if memory else "unknown",
            "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
            "file system": found.stdout.strip() or "unknown",
            "build": "sanitized" if culvert.is_sanitized() else "as shipped"}


def write_report(folder: Path, found: dict[str, int]) -> None:
    """To the file that CULVERT_REPORT names, for a run that is about a report and no other."""
    path = os.environ.get("CULVERT_REPORT")
    if not path:
        return
    command = "CULVERT_REPORT=tests/faults/REPORT.md meson test -C B durable-million"
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = ["# The report of one run", "",
             "Made by `tests/faults/durable.py`, not by hand: [README.md](README.md) says how.", "",
             f"- date: {now:%Y-%m-%d %H:%M} UTC", f"- command: `{command}`",
             *(f"- {name}: {value}" for name, value in machine(folder).items()), "",
             "| what | how many |", "|---|---|", *(f"| {name} | {value:,} |" for name, value in found.items()), ""]
    Path(path).write_text("\n".join(lines))
