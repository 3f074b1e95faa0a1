# SPDX-License-Identifier: MIT
"""A process that may have no more descriptors, or no more memory: it keeps what it has, says what it cannot do, and goes on
by itself once it may have more."""

import os
import re
import resource
from pathlib import Path

import culvert
import tap
from broker import Broker
from control import named, status, status_command, wait_status
from pipelines import head, node, route
from process import Process
from recorded import RecordingBroker
from until import until

NO_DESCRIPTOR = "([Tt]oo many open files|Out of files|no file descriptor is left)"
BACKOFF = 'backoff = { min = "10ms", max = "200ms" }'


def cloud(port: int) -> str:
    return node("cloud", "mqtt", f'url = "mqtt://127.0.0.1:{port}"\nclient_id = "box"\n{BACKOFF}')


def counter(interval: str = "20ms", text: str = "{seq}") -> str:
    return node("counter", "sensor", f'kind = "counter"\ninterval = "{interval}"\nformat = "{text}"')


LOAD = node("load", "sensor", "read = '/proc/loadavg'\npattern = '^([0-9.]+)'\ninterval = '20ms'")


class Taken:
    """A limit of a running process at what it has; more is let in with `lift`."""

    def __init__(self, pid: int, what: int, value: int) -> None:
        self._pid, self._what = pid, what
        self._before = resource.prlimit(pid, what)
        resource.prlimit(pid, what, (value, self._before[1]))

    def lift(self) -> None:
        resource.prlimit(self._pid, self._what, self._before)


def no_descriptors(run: Process) -> Taken:
    taken = {int(name) for name in os.listdir(f"/proc/{run.pid}/fd")}
    return Taken(run.pid, resource.RLIMIT_NOFILE, min(set(range(len(taken) + 1)) - taken))


class Descriptors(tap.Case):
    def test_running(self) -> None:
        """limits: without a descriptor to spare the connection stays and messages go out, a file and a question wait, and all works again later"""
        broker = self.use(Broker(self.folder / "broker"))
        reader = self.use(Process(broker.client_command("mosquitto_sub", "-q", "1", "-t", "#", "-v"), name="mosquitto_sub"))
        broker.log.wait_for("Sending SUBACK to")
        text = (head("box") + LOAD + counter() + cloud(broker.port) + route("load", "cloud", "topic = 'load'") +
                route("counter", "cloud", "topic = 'counter'\ndurable = true"))
        run = self.use(culvert.run_text(self.folder, text))
        reader.out.wait_for("^load ", 60)
        wait_status(self.folder, "box", lambda status: True)
        limit = no_descriptors(run)
        run.err.wait_for(f"warn load: read '/proc/loadavg': {NO_DESCRIPTOR}", 60)
        reader.out.wait_for("^counter ", 60, start=reader.out.count(), times=100)
        asked = status_command(self.folder, "--name", "box")
        self.assertEqual(69, asked.returncode, asked.stderr)
        limit.lift()
        reader.out.wait_for("^load ", 60, start=reader.out.count(), times=10)
        wait_status(self.folder, "box", lambda status: True)
        self.assertEqual(1, len(broker.log.matching("New client connected .* as box ")))
        self.assertEqual(0, run.stop(), run.err.texts())
        numbers = [int(line.split()[1]) for line in reader.out.texts() if line.startswith("counter ")]
        self.assertEqual(list(range(len(numbers))), numbers)

    def test_away(self) -> None:
        """limits: without a descriptor to connect with a connector says so and tries again, and sends everything once there is one"""
        broker = self.use(RecordingBroker(self.folder))
        broker.start()
        text = head("box") + counter() + cloud(broker.port) + route("counter", "cloud", "topic = 't/counter'\ndurable = true")
        run = self.use(culvert.run_text(self.folder, text))
        broker.record.wait(10, run)
        broker.process.kill()
        run.err.wait_for("error cloud: connect to .*Connection refused", 60)
        limit = no_descriptors(run)
        run.err.wait_for(f"error cloud: connect to .*{NO_DESCRIPTOR}", 60)
        broker.start()
        seen = broker.record.count()
        limit.lift()
        broker.record.wait(seen + 100, run)
        self.assertEqual(0, run.stop(), run.err.texts())
        numbers = list(dict.fromkeys(broker.record.topics()["t/counter"]))
        self.assertEqual(list(range(len(numbers))), numbers)

    def test_start(self) -> None:
        """limits: with any number of descriptors from the start it runs, or ends with a line that says so"""
        broker = self.use(Broker(self.folder / "broker"))
        text = head("box") + LOAD + cloud(broker.port) + route("load", "cloud", "topic = 'load'\ndurable = true")
        ends = set()
        for count in range(4, 30):
            with self.subTest(descriptors=count):
                # A leak checker would need descriptors of its own.
                run = self.use(culvert.run_text(self.folder, text, before=["prlimit", f"--nofile={count}:{count}"],
                                                env={"ASAN_OPTIONS": "detect_leaks=0"}))
                until(lambda: run.popen.poll() is not None or
                      run.err.matching(f"{NO_DESCRIPTOR}|info cloud: connected"), 60, lambda: f"{run.err.texts()}")
                connected = bool(run.err.matching("info cloud: connected"))
                status = run.stop() if run.popen.poll() is None else run.wait()
                self.assertIn(status, (0, 1, 127), run.err.texts())
                self.assertEqual([], run.err.matching("somebody else"))
                ends.add(connected)
        self.assertEqual({True, False}, ends)


class Memory(tap.Case):
    SPARE_KIB = (0, 256, 1024, 4096)

    def test_limit(self) -> None:
        """limits: at a limit of memory the connection stays, what was taken in goes out, nothing new is taken in, and all goes on once there is more"""
        if culvert.is_sanitized():
            return  # The sanitizers' own allocations end the process.
        for spare in self.SPARE_KIB:
            with self.subTest(spare=spare):
                self.fill(spare)

    def fill(self, spare: int) -> None:
        """One node's queue takes all the memory that there is, `spare` KiB; another one sends what it has."""
        here = self.folder / str(spare)
        here.mkdir()
        broker = self.use(RecordingBroker(here))
        broker.start()
        big = node("big", "sensor", f'kind = "counter"\ninterval = "1ms"\nformat = "{"x" * 8000}"')
        away = node("away", "mqtt", 'url = "mqtt://127.0.0.1:1"\nclient_id = "other"')
        text = (head("box") + 'memory = "256MiB"\n' + counter("5ms") + cloud(broker.port) + big + away +
                route("counter", "cloud", 'topic = "t/counter"\ndurable = true') +
                route("big", "away", 'max_messages = 1000000\nmax_bytes = "200MiB"'))
        run = self.use(culvert.run_text(here, text))
        broker.record.wait(10, run)
        data = re.search(r"^VmData:\s+(\d+) kB$", Path(f"/proc/{run.pid}/status").read_text(), re.M)
        limit = Taken(run.pid, resource.RLIMIT_DATA, (int(data[1]) + spare) << 10)
        run.err.wait_for("error big: there is no memory left: nothing new is taken in", 120)
        wait_status(here, "box", lambda now: named(now["routes"], "counter -> cloud")["queue"]["messages"] == 0)
        limit.lift()
        run.err.wait_for("info big: there is memory again", 60)
        broker.record.wait(broker.record.count() + 100, run)
        self.assertEqual(["running"] * 4, [one["state"] for one in status(here, "box")["nodes"]])
        self.assertEqual(1, len(run.err.matching("info cloud: connected")))
        self.assertEqual(0, run.stop(60), run.err.texts())
        numbers = broker.record.topics()["t/counter"]
        self.assertEqual(list(range(len(numbers))), numbers)


tap.main()
