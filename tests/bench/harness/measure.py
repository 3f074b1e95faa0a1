# SPDX-License-Identifier: MIT
"""One window of time over processes and a gauge: what happened between its edges, per second and per message."""

import time
from typing import Callable, Sequence

from harness import processes
from harness.gauge import Gauge, Seen, quantiles_us
from process import Process
from until import until

Figures = dict[str, float]

# Before the window opens, from the first message on: what is done once is done by then.
WARM_S = 0.3
# What a start leaves to do is done by then.
SETTLE_S = 2.0


def wait_for_messages(gauge: Gauge, of: Sequence[Process], more_than: int = 0, timeout_s: float = 30) -> None:
    """Until there is more on the gauge; fails when one of the processes ends before."""
    def flows() -> bool:
        for one in of:
            assert one.popen.poll() is None, f"{one.name} ended with {one.popen.returncode}: {one.err.texts()[-3:]}"
        return gauge.read().count > more_than
    until(flows, timeout_s, lambda: f"{gauge.read().count} messages came")


def next_tick(gauge: Gauge, of: Sequence[Process]) -> None:
    """Until a counter that changes once a second has changed."""
    last_ns = gauge.read().last_ns
    deadline = time.monotonic() + 10
    while gauge.read().last_ns == last_ns:
        assert time.monotonic() < deadline, "the broker's counter stood still for 10 s"
        assert all(one.popen.poll() is None for one in of), [one.err.texts()[-3:] for one in of]
        time.sleep(0.001)


def window(gauge: Gauge, counted: Sequence[Process], seconds: float, *, ticks: bool = False, size: int = 0,
           disk: bool = False, warm_s: float = WARM_S) -> Figures:
    """`counted` are the processes whose cost it is. With `ticks` the gauge has a counter that changes once a second, and
    the edges are where it does. `size` is of one message's payload."""
    pids = [one.pid for one in counted]

    def edge() -> tuple[float, Seen, float, int]:
        if ticks:
            next_tick(gauge, counted)
        seen = gauge.read()
        at = seen.last_ns / 1e9 if ticks else time.monotonic()
        return at, seen, processes.cpu_s(pids), processes.disk_bytes(pids) if disk else 0

    wait_for_messages(gauge, counted)
    time.sleep(warm_s)
    begin_at, before, begin_cpu, begin_disk = edge()
    time.sleep(seconds - 0.5 if ticks else seconds)
    end_at, after, end_cpu, end_disk = edge()
    for one in counted:
        assert one.popen.poll() is None, f"{one.name} ended inside the window: {one.err.texts()[-3:]}"
    messages = after.count - before.count
    assert messages > 0, f"nothing came in {end_at - begin_at:.1f} s"
    figures: Figures = {"per_s": messages / (end_at - begin_at), "cpu_us": (end_cpu - begin_cpu) / messages * 1e6}
    if size >= 4096:
        figures["mb_s"] = figures["per_s"] * size / 1e6
    names = ("p50_us", "p99_us", "p999_us")
    found = quantiles_us(before, after, (0.5, 0.99, 0.999))
    figures |= {name: value for name, value in zip(names, found) if value is not None}
    if disk:
        figures["disk_bytes"] = (end_disk - begin_disk) / messages
    return figures | {"rss_kib": processes.memory_kib(pids)["rss_kib"]}


def rest(counted: Sequence[Process], seconds: float) -> Figures:
    """What processes cost that have next to nothing to do."""
    pids = [one.pid for one in counted]
    time.sleep(SETTLE_S)
    begin_at, begin_cpu, begin_sleeps = time.monotonic(), processes.cpu_s(pids), processes.sleeps(pids)
    time.sleep(seconds)
    taken = time.monotonic() - begin_at
    return {"wakeups_s": (processes.sleeps(pids) - begin_sleeps) / taken,
            "cpu_ms_s": (processes.cpu_s(pids) - begin_cpu) / taken * 1000, **processes.memory_kib(pids)}


def milliseconds_until(gauge: Gauge, start: Callable[[], Process]) -> float:
    """From before the process is started until its first message has come. It may have ended by then."""
    begin_ns = time.monotonic_ns()
    process = start()
    until(lambda: gauge.read().count > 0, 30, lambda: f"no message of {process.name} came: {process.err.texts()[-3:]}")
    return (gauge.read().first_ns - begin_ns) / 1e6
