# SPDX-License-Identifier: MIT
"""The runtime is killed while a broker's messages come in: through a transform, to a sink that writes them down."""

import os
import subprocess
import time
from collections import Counter
from pathlib import Path

import culvert
import tap
from broker import Broker

# What a client asks a broker of MQTT 5 to leave unacknowledged at most, and what the connector has in its routes at most.
UNSETTLED = 64

TEXT = """
[runtime]
plugin_path = ['FIXTURES', 'PLUGINS']

[node.cloud]
plugin         = "mqtt"
url            = "mqtt://127.0.0.1:PORT"
client_id      = "box"
version        = "VERSION"
clean_start    = false
session_expiry = "1h"
subscribe      = [{ topic = "in", qos = QOS }]

[node.twice]
plugin = "relay_transform"

[node.book]
plugin = "ledger"
path   = "ledger.txt"

[[route]]
from = "cloud"
to   = "twice"

[[route]]
from = "twice"
to   = "book"
"""


class Ledger:
    """The lines of the sink's file, as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self._read = 0
        self._rest = b""

    def count(self) -> int:
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._read)
                fresh = file.read()
            self._read += len(fresh)
            *whole, self._rest = (self._rest + fresh).split(b"\n")
            self.lines += [line.decode() for line in whole]
        return len(self.lines)

    def wait(self, count: int, run, within: float) -> None:
        deadline = time.monotonic() + within
        while self.count() < count:
            assert run.popen.poll() is None, run.err.texts()
            assert time.monotonic() < deadline, f"{self.count()} of {count} lines; {run.err.texts()[-5:]}"
            time.sleep(0.001)


class Killed(tap.Case):
    def text(self, port: int, qos: int, version: str) -> str:
        build = Path(os.environ["CULVERT_BUILD"])
        values = {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins", "PORT": port,
                  "VERSION": version, "QOS": qos}
        text = TEXT
        for name, value in values.items():
            text = text.replace(name, str(value))
        return text

    def publisher(self, folder: Path, broker: Broker, qos: int, messages: int) -> subprocess.Popen:
        command = broker.client_command("mosquitto_pub", "-q", str(qos), "-t", "in", "-l")
        numbers = folder / "numbers"
        numbers.write_text("".join(f"{number}\n" for number in range(messages)))
        with numbers.open() as lines:
            return subprocess.Popen(command, stdin=lines)

    def run_and_kill(self, qos: int, version: str, messages: int, kills: int) -> None:
        limits = "max_queued_messages 0\nmax_inflight_messages 1000"
        here = self.folder / f"{version}-{qos}"
        broker = self.use(Broker(here / "broker", extra=limits, log_types=("information", "notice")))
        text = self.text(broker.port, qos, version)
        ledger = Ledger(here / "ledger.txt")
        run = self.use(culvert.run_text(here, text))
        run.err.wait_for("connected to .*new session")
        publisher = self.publisher(here, broker, qos, messages)
        self.addCleanup(publisher.kill)
        begins, said = [0], []
        for kill in range(1, kills + 1):
            # Each message is two lines, one for each branch of the transform.
            ledger.wait(2 * messages * kill // (kills + 1), run, 60)
            run.kill()
            said.append(run.err.texts())
            begins.append(ledger.count())
            run = self.use(culvert.run_text(here, text))
        self.assertEqual(0, publisher.wait(60))
        # All may have come before the last kill.
        run.err.wait_for("connected to ", timeout=60)
        self.wait_until_all(ledger, run, messages)
        self.assertEqual(0, run.stop(), run.err.texts())
        self.check(ledger, begins, messages, [*said, run.err.texts()])

    def wait_until_all(self, ledger: Ledger, run, messages: int) -> None:
        seen: set[str] = set()
        read = 0
        while len(seen) < 2 * messages:
            ledger.wait(read + 1, run, 60)
            seen.update(line for line in ledger.lines[read:] if line.count(" ") == 1)
            read = len(ledger.lines)

    def check(self, ledger: Ledger, begins: list[int], messages: int, said: list[list[str]]) -> None:
        ledger.count()
        ends = [*begins[1:], len(ledger.lines)]
        seen: dict[str, set[int]] = {"in/a": set(), "in/b": set()}
        order: dict[str, list[int]] = {"in/a": [], "in/b": []}
        for begin, end, life in zip(begins, ends, said):
            again = self.read_part(ledger.lines[begin:end], seen, order)
            print(f"# {end - begin} lines, twice: {dict(again)}", flush=True)
            for topic, count in again.items():
                self.assertLessEqual(count, UNSETTLED, f"{topic}; {life}")
        for topic in seen:
            self.assertEqual(set(range(messages)), seen[topic])
            self.assertEqual(sorted(order[topic]), order[topic], "what came for the first time is in order")

    def read_part(self, lines: list[str], seen: dict[str, set[int]], order: dict[str, list[int]]) -> Counter[str]:
        """How often each branch had something that was there before."""
        again: Counter[str] = Counter()
        for line in lines:
            topic, _, number = line.partition(" ")
            if topic not in seen or not number.isdigit():
                continue  # cut short by a kill; it was not acknowledged, and came again
            if int(number) in seen[topic]:
                again[topic] += 1
            else:
                seen[topic].add(int(number))
                order[topic].append(int(number))
        return again


class Short(Killed):
    def test_qos1(self) -> None:
        """killed: 3 times while 3,000 messages of QoS 1 come in: each is written down, at most 64 twice for each kill"""
        self.run_and_kill(1, "5", 3000, 3)

    def test_qos2(self) -> None:
        """killed: the same at QoS 2"""
        self.run_and_kill(2, "5", 3000, 3)


class Whole(Killed):
    def test_qos1(self) -> None:
        """killed: 20 times while 20,000 messages of QoS 1 come in: each is written down, at most 64 twice for each kill"""
        self.run_and_kill(1, "5", 20000, 20)

    def test_qos2(self) -> None:
        """killed: the same at QoS 2"""
        self.run_and_kill(2, "5", 20000, 20)

    def test_old(self) -> None:
        """killed: the same with MQTT 3.1.1, at QoS 1 and 2"""
        for qos in (1, 2):
            with self.subTest(qos=qos):
                self.run_and_kill(qos, "3.1.1", 20000, 20)


tap.main()
