# SPDX-License-Identifier: MIT
"""A bad way to the broker: frozen, slow, in pieces, and cut again and again."""

import os
import re
import subprocess
import time
from pathlib import Path

import culvert
import tap
from broker import PASSWORD, USER, Broker
from control import named, wait_status
from link import Link
from process import Process
from secured import Secured

# How many messages may be on their way in each direction without an acknowledgement, and come twice when it is cut.
UNREAD = 64

HEAD = """
[runtime]
name        = 'box'
plugin_path = ['FIXTURES', 'PLUGINS']

[node.cloud]
plugin    = "mqtt"
url       = "URL"
client_id = "box"
backoff   = { min = "10ms", max = "50ms" }
"""
OUT = """
[node.numbers]
plugin = "tokens"
count  = COUNT

[[route]]
from  = "numbers"
to    = "cloud"
topic = "out"
"""
IN = """
[node.screen]
plugin = "console"

[[route]]
from = "cloud"
to   = "screen"
"""
# A reading of 200 bytes each millisecond.
FLOOD = """
[node.flood]
plugin   = "sensor"
kind     = "counter"
interval = "1ms"
format   = "{seq} FILLING"

[[route]]
from  = "flood"
to    = "cloud"
topic = "out"
""".replace("FILLING", "x" * 200)


def text(url: str, options: str, *parts: str, count: int = 1) -> str:
    build = Path(os.environ["CULVERT_BUILD"])
    whole = HEAD + options + "".join(parts)
    for name, value in {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins", "URL": url,
                        "COUNT": count}.items():
        whole = whole.replace(name, str(value))
    return whole


# A number as often as this says.
SLOWLY = """
[node.slowly]
plugin   = "sensor"
kind     = "counter"
interval = "%s"
format   = "{seq}"

[[route]]
from  = "slowly"
to    = "cloud"
topic = "out"
"""


class LinkCase(tap.Case):
    def start(self, link: Link, options: str, *parts: str, count: int = 1, arguments: tuple[str, ...] = ()) -> Process:
        return self.use(culvert.run_text(self.folder, text(f"mqtt://127.0.0.1:{link.port}", options, *parts, count=count),
                                         *arguments))

    def subscriber(self, broker: Broker, topic: str) -> Process:
        """On the broker itself, with nothing bad in between."""
        found = self.use(Process(broker.client_command("mosquitto_sub", "-q", "1", "-i", "reader", "-t", topic)))
        broker.log.wait_for("Sending SUBACK to reader")
        return found


class Frozen(LinkCase):
    def test_noticed(self) -> None:
        """link: a frozen broker is noticed within 1.5 times the keep-alive, and what came meanwhile is sent after it"""
        broker = self.use(Broker(self.folder / "broker"))
        link = self.use(Link(broker.port))
        reader = self.subscriber(broker, "out")
        run = self.start(link, 'keep_alive = "10s"\n', SLOWLY % "500ms")
        reader.out.wait_for("^3$", timeout=30)
        link.set(frozen=True)
        start = time.monotonic()
        lost = run.err.wait_for("cloud: .*no answer to PINGREQ in time", timeout=60)
        print(f"# noticed after {lost.at - start:.1f} s", flush=True)
        self.assertLess(lost.at - start, 15)
        link.set(frozen=False)
        reader.out.wait_for("^40$", timeout=60)
        numbers = [int(line) for line in reader.out.texts()]
        self.assertEqual(list(range(41)), list(dict.fromkeys(numbers))[:41])
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_end(self) -> None:
        """link: SIGTERM ends it within 5 s although the broker is frozen, and what was not delivered is counted"""
        broker = self.use(Broker(self.folder / "broker"))
        link = self.use(Link(broker.port))
        reader = self.subscriber(broker, "out")
        run = self.start(link, 'status_topic = "state"\n', SLOWLY % "50ms")
        reader.out.wait_for("^3$", timeout=30)
        link.set(frozen=True)
        wait_status(self.folder, "box", lambda seen: named(seen["routes"], "slowly -> cloud")["queue"]["messages"] > 5)
        start = time.monotonic()
        self.assertEqual(0, run.stop(), run.err.texts())
        took = time.monotonic() - start
        print(f"# ended after {took:.1f} s", flush=True)
        self.assertLess(took, 5)
        run.err.wait_for("warn runtime: stopped: .*[0-9]+ not delivered")

    def test_from_the_start(self) -> None:
        """link: without a CONNACK it gives up at the connect timeout, says so, tries again, and gets through in the end"""
        broker = self.use(Broker(self.folder / "broker"))
        link = self.use(Link(broker.port, frozen=True))
        reader = self.subscriber(broker, "out")
        run = self.start(link, 'connect_timeout = "1s"\n', OUT, count=10)
        run.err.wait_for("error cloud: connect to .*no answer to CONNECT in time, next try in", timeout=30)
        # Of the same failure one line is enough; the tries go on.
        link.wait_for(lambda: link.connections >= 3, 30)
        self.assertEqual([], broker.log.matching("New client connected .* as box "))
        link.set(frozen=False)
        reader.out.wait_for("^9$", timeout=30)
        self.assertEqual([str(number) for number in range(10)], reader.out.texts())
        self.assertEqual(0, run.stop(), run.err.texts())


class Slow(LinkCase):
    def resident_kib(self, run: Process) -> int:
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{run.pid}/status").read_text(), re.M)[1])

    def test_slow(self) -> None:
        """link: at 1 KiB a second the queue fills to its limit, memory stays flat, and what gets through is in order"""
        broker = self.use(Broker(self.folder / "broker"))
        link = self.use(Link(broker.port))
        reader = self.subscriber(broker, "out")
        run = self.start(link, "", FLOOD)
        run.err.wait_for("info cloud: connected to", timeout=30)
        link.set(bytes_per_s=1024)
        run.err.wait_for("rounds skipped, because .* a route was full", timeout=60)
        begin, seen = self.resident_kib(run), reader.out.count()
        # 20 more, some five seconds of what the link lets through and five thousand readings.
        reader.out.wait_for("x$", timeout=120, start=seen, times=20)
        grown = self.resident_kib(run) - begin
        print(f"# {begin} KiB resident, {grown} KiB more after 20 messages", flush=True)
        if not culvert.is_sanitized():  # Sanitizers keep what was freed.
            self.assertLess(grown, 1024)
        link.set(bytes_per_s=0)
        numbers = [int(line.split()[0]) for line in reader.out.texts()]
        self.assertEqual(sorted(set(numbers)), list(dict.fromkeys(numbers)), "in order")
        self.assertEqual(0, run.stop(), run.err.texts())


class Pieces(LinkCase):
    def test_one_byte_at_a_time(self) -> None:
        """link: over TLS, and byte by byte in both directions, each of 30 messages arrives there and here"""
        broker = self.use(Secured(self.folder / "broker"))
        link = self.use(Link(broker.port, piece=1))
        options = (f'tls.ca = "{broker.ca}"\nusername = "{USER}"\npassword = "{PASSWORD}"\n'
                   'subscribe = [{ topic = "out", qos = 1 }]\n')
        run = self.use(culvert.run_text(
            self.folder, text(f"mqtts://localhost:{link.port}", options, OUT, IN, count=30), "--once", "--timeout", "60s"))
        self.assertEqual(0, run.wait(90), run.err.texts())
        self.assertEqual([str(number) for number in range(30)], run.out.texts())
        self.assertEqual(1, link.connections)


class Cut(LinkCase):
    CUTS, MESSAGES = 100, 3000

    def test_cut(self) -> None:
        """link: cut 100 times, in order or by a reset, no message is lost out or in, nor its order, and few come twice"""
        broker = self.use(Broker(self.folder / "broker", extra="max_queued_messages 0"))
        link = self.use(Link(broker.port, cut_after=200))
        reader = self.subscriber(broker, "out")
        run = self.start(link, 'clean_start = false\nsession_expiry = "1h"\nsubscribe = [{ topic = "in", qos = 1 }]\n',
                         OUT, IN, count=self.MESSAGES)
        run.err.wait_for("info cloud: connected to", timeout=30)
        numbers = self.folder / "numbers"
        numbers.write_text("".join(f"{number}\n" for number in range(self.MESSAGES)))
        for cut in range(self.CUTS):
            # At another byte each time: in the middle of CONNECT, of a PUBLISH, between two packets.
            link.wait_for(lambda: link.cuts > cut, 60)
            link.set(cut_after=100 + (cut * 389) % 1500, reset=cut % 2 == 0)
            if cut == 10:
                with numbers.open() as lines:
                    publisher = subprocess.Popen(broker.client_command("mosquitto_pub", "-q", "1", "-t", "in", "-l"),
                                                 stdin=lines)
                self.addCleanup(publisher.kill)
        link.set(cut_after=0)
        self.assertEqual(0, publisher.wait(60))
        last = f"^{self.MESSAGES - 1}$"
        reader.out.wait_for(last, timeout=120)
        run.out.wait_for(last, timeout=120)
        self.assertEqual(0, run.stop(), run.err.texts())
        for name, lines in (("out", reader.out.texts()), ("in", run.out.texts())):
            got = [int(line) for line in lines]
            self.assertEqual(list(range(self.MESSAGES)), list(dict.fromkeys(got)), name)
            again = len(got) - self.MESSAGES
            print(f"# {name}: {again} came again over {link.cuts} cuts", flush=True)
            self.assertLessEqual(again, UNREAD * link.cuts, name)


tap.main()
