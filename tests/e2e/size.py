# SPDX-License-Identifier: MIT
"""How much it takes: memory after a minute of config/edge.toml, and the time that 1000 routes need to start."""

import os
import re
import threading
import time
from pathlib import Path

import culvert
import tap
from secured import Secured


def resident_kib(pid: int) -> int:
    match = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert match is not None
    return int(match[1])


def processor_seconds(pid: int) -> float:
    """What all threads of a process have used, in user and in system mode (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Size(tap.Case):
    def test_memory(self) -> None:
        """size: after a minute of config/edge.toml less than 16 MiB are resident, and readings and commands flow"""
        if culvert.is_sanitized():
            self.skipTest("sanitizers take memory of their own")
        broker = self.use(Secured(self.folder / "broker"))
        run = self.use(culvert.run(self.folder, culvert.CONFIG / "edge.toml", env=broker.environment()))
        start = time.monotonic()
        for name in ("load", "memory", "uptime"):
            broker.log.wait_for(rf"Received PUBLISH from .*'edge/{name}'", timeout=20)
        broker.log.wait_for("Sending SUBACK")
        for number in range(20):
            broker.publish("edge/commands/hello", f"hello {number}", ca=broker.ca, password=True)
            run.out.wait_for(f"^command: hello {number}$")
        # A minute is what is measured, so a minute it takes.
        threading.Event().wait(max(0.0, start + 60 - time.monotonic()))
        self.assertIsNone(run.popen.poll(), run.err.texts())
        kib = resident_kib(run.pid)
        print(f"# {kib} KiB resident after a minute", flush=True)
        self.assertLess(kib, 16 * 1024)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_routes(self) -> None:
        """size: 1000 routes start, and each carries a message"""
        sources, sinks = 10, 100
        text = "".join(f'[node.source{one}]\nplugin = "sensor"\nkind = "counter"\ncount = 1\nformat = "from {one}"\n'
                       for one in range(sources))
        text += "".join(f'[node.sink{one}]\nplugin = "console"\nprefix = "to {one} "\n' for one in range(sinks))
        text += "".join(f'[[route]]\nfrom = "source{one}"\nto = "sink{other}"\n'
                        for one in range(sources) for other in range(sinks))
        start = time.monotonic()
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "60s"))
        first = run.out.wait_for("^to ", timeout=60).at - start
        work = processor_seconds(run.pid)
        last = run.out.wait_for("^to ", timeout=60, times=sources * sinks).at - start
        print(f"# the first of 1000 routes delivered after {first:.2f} s, the last after {last:.2f} s", flush=True)
        self.assertEqual(0, run.wait(70), run.err.texts())
        self.assertEqual({f"to {other} from {one}" for one in range(sources) for other in range(sinks)},
                         set(run.out.texts()))
        print(f"# {work:.2f} s of processor time until then", flush=True)
        # What else the box does costs the clock, and not this.
        self.assertLess(work, 30 if culvert.is_sanitized() else 1)


tap.main()
