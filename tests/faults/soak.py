# SPDX-License-Identifier: MIT
"""A long time at full rate: neither memory nor descriptors grow. CULVERT_SOAK_MINUTES says how long, 30 by default."""

import os
import re
import statistics
import time
from pathlib import Path

import culvert
import tap
from broker import Broker
from control import descriptors, named, status, wait_status
from pipelines import head, node, route

MINUTES = float(os.environ.get("CULVERT_SOAK_MINUTES", "30"))
SAMPLE_S = 2
# Heaps and caches find their size in the beginning. It does not count.
WARM_UP_S = min(120.0, MINUTES * 60 / 4)
# What memory may have grown by in all: heaps grow by 132 KiB at a time, and two of them do so by chance.
NOISE_KIB = 264


def resident_kib(pid: int) -> int:
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def slope(samples: list[tuple[float, float]]) -> float:
    """By Theil and Sen: the median of the slopes between any two, which single outliers do not move."""
    return statistics.median((later[1] - one[1]) / (later[0] - one[0])
                             for at, one in enumerate(samples) for later in samples[at + 1:])


class Soak(tap.Case):
    def test_slope(self) -> None:
        """soak: half an hour at full rate over a durable route, neither memory nor descriptors grow"""
        broker = self.use(Broker(self.folder / "broker", log_types=("information", "notice")))
        text = (head("box") + node("source", "tokens", "count = 1000000000\npad = 100") +
                node("cloud", "mqtt", f'url = "mqtt://127.0.0.1:{broker.port}"\nclient_id = "box"') +
                route("source", "cloud", "topic = 'soak'\ndurable = true"))
        run = self.use(culvert.run_text(self.folder, text))
        wait_status(self.folder, "box", lambda now: self.delivered(now) > 0, 60)
        self.sample(run, WARM_UP_S)
        before = self.delivered(status(self.folder, "box"))
        memory, opened = self.sample(run, MINUTES * 60 - WARM_UP_S)
        delivered = self.delivered(status(self.folder, "box")) - before
        hours = (memory[-1][0] - memory[0][0]) / 3600
        grown, fresh = slope(memory) * 3600, slope(opened) * 3600
        print(f"# {hours * 60:.1f} minutes, {delivered / hours / 3600:.0f} messages/s, {len(memory)} samples: "
              f"{memory[0][1]} to {memory[-1][1]} KiB resident, {grown:+.0f} KiB and {fresh:+.1f} descriptors per hour", flush=True)
        self.assertGreater(delivered, 0)
        self.assertEqual(0, fresh)
        if not culvert.is_sanitized():  # Sanitizers keep what was freed.
            self.assertLessEqual(grown * hours, NOISE_KIB)
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual([], run.err.matching("^error"))

    def delivered(self, now: dict) -> int:
        return named(now["routes"], "source -> cloud")["counters"]["delivered"]

    def sample(self, run, seconds: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Resident memory in KiB and descriptors, each with its time."""
        memory, opened = [], []
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            self.assertIsNone(run.popen.poll(), run.err.texts()[-5:])
            memory.append((now, resident_kib(run.pid)))
            opened.append((now, descriptors(run.pid)))
            time.sleep(min(SAMPLE_S, MINUTES))
        return memory, opened


tap.main()
