# SPDX-License-Identifier: MIT
"""A large backlog: how soon a start is ready with it, how fast it drains, and how much memory that takes."""

import os
import re
import time
from pathlib import Path

import culvert
import tap
from ports import free_port

TEXT = """
[runtime]
plugin_path = ['%(build)s/tests/fixtures', '%(build)s/plugins']

[node.source]
plugin = "tokens"
count  = %(count)d
pad    = %(pad)d

[node.sink]
%(sink)s

[[route]]
from     = "source"
to       = "sink"
%(durable)s
"""
AWAY = 'plugin = "mqtt"\nurl = "mqtt://127.0.0.1:%d"'
SWALLOW = 'plugin = "swallow"'


def text(count: int, pad: int, sink: str, durable: bool = True) -> str:
    return TEXT % {"build": os.environ["CULVERT_BUILD"], "count": count, "pad": pad, "sink": sink,
                   "durable": 'durable = true\nmax_size = "512MiB"' if durable else ""}


def memory_kib(pid: int) -> int:
    """The largest that it was, in resident memory."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])


class Backlog(tap.Case):
    def fill(self, count: int, pad: int) -> int:
        """Leaves a backlog; answers the memory that it took."""
        run = self.use(culvert.run_text(self.folder, text(count, pad, AWAY % free_port())))
        run.err.wait_for(f"acked all: {count} delivered", timeout=300)
        memory = memory_kib(run.pid)
        self.assertEqual(0, run.stop(timeout=60), run.err.texts())
        self.assertRegex(run.err.texts()[-1], f"{count} kept in journals")
        return memory

    def drain(self, count: int, pad: int, durable: bool = True) -> tuple[float, float, int]:
        """Seconds until it was ready, and until all `count` were gone; memory."""
        begin = time.monotonic()
        mine = 1 if durable else count
        run = self.use(culvert.run_text(self.folder, text(mine, pad, SWALLOW, durable), "--once", "--idle", "1ms"))
        ready = run.err.wait_for("running 2 nodes", timeout=120).at - begin
        memory = 0
        while run.popen.poll() is None:
            try:
                memory = max(memory, memory_kib(run.pid))
            except (OSError, TypeError):
                break  # it is just ending
            time.sleep(0.02)
        self.assertEqual(0, run.wait(300), run.err.texts())
        took = run.err.all()[-1].at - begin
        self.assertRegex(run.err.texts()[-1], rf"stopped: {count + 1 if durable else count} messages delivered$")
        return ready, took, memory

    def check(self, count: int, pad: int, limit_kib: int, patience: float, at_least: int = 0) -> None:
        filled = self.fill(count, pad)
        size = (self.folder / "state" / "journal" / "source.sink.db").stat().st_size
        self.assertGreater(size, at_least)
        ready, took, drained = self.drain(count, pad)
        _, live, _ = self.drain(count, pad, durable=False)
        print(f"# {count} messages, {size >> 20} MiB: ready after {ready:.2f} s, {count / (took - ready):.0f} messages/s "
              f"out, {count / live:.0f} live; {filled} KiB resident at the end of filling, {drained} at most while draining",
              flush=True)
        self.assertLess(ready, patience)
        if not culvert.is_sanitized():
            self.assertLess(max(filled, drained), limit_kib)


class Short(Backlog):
    def test_hundred_thousand(self) -> None:
        """backlog: with 100,000 messages of it a start is ready soon, memory stays small, and all of it goes out"""
        self.check(100_000, 100, 48 << 10, 10)


class Whole(Backlog):
    def test_quarter_of_a_gibibyte(self) -> None:
        """backlog: with over 256 MiB of it less than 64 MiB of memory are resident, filling and draining"""
        self.check(1_000_000, 200, 64 << 10, 60, 256 << 20)


tap.main()
