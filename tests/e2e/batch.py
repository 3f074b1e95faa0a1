# SPDX-License-Identifier: MIT
"""Batches to a real broker: one JSON array for several readings, which ends as one."""

import json
import signal
import time
from pathlib import Path

import culvert
import tap
from broker import Broker
from process import Process

TEXT = """
[node.counter]
plugin   = "sensor"
kind     = "counter"
interval = "10ms"
count    = %(count)d
topic    = "plant/counter"

[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:%(port)d"
client_id = "box"
backoff   = { min = "100ms", max = "200ms" }

[[route]]
from  = "counter"
to    = "cloud"
batch = { max = %(max)d, within = "%(within)s" }
"""

# Beside the batch, each reading on its own: so that a test sees how far the counter is.
SCREEN = """
[node.screen]
plugin = "console"

[[route]]
from   = "counter"
to     = "screen"
encode = "at {value}"
"""


def arrays(*subscribers: Process) -> list[list[int]]:
    """The readings of each array that came; everything else about them is as it should be."""
    found = []
    for line in (text for process in subscribers for text in process.out.texts()):
        content_type, _, payload = line.partition(" ")
        assert content_type == "application/json", line
        readings = json.loads(payload)
        assert all(reading["quality"] == "good" and reading["time"].endswith("Z") for reading in readings), line
        found.append([reading["value"] for reading in readings])
    return found


def waits_unread(port: int) -> bool:
    """Whether bytes are there that whoever listens on that port has not read."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].split(":")[1], 16) == port and int(fields[4].split(":")[1], 16) > 0:
            return True
    return False


class Batch(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.broker = self.use(Broker(self.folder / "broker"))

    def subscribe(self, topic: str = "plant/#") -> Process:
        seen = self.broker.log.count()
        process = self.use(Process(self.broker.client_command("mosquitto_sub", "-t", topic, "-q", "1", "-F", "%C %p")))
        self.broker.log.wait_for("Sending SUBACK", start=seen)
        return process

    def start(self, *arguments: str, count: int = 0, limit: int = 10, within: str = "1h", more: str = "") -> Process:
        text = TEXT % {"count": count, "port": self.broker.port, "max": limit, "within": within}
        return self.use(culvert.run_text(self.folder, text + more, *arguments))

    def test_full(self) -> None:
        """batch: the broker gets arrays of ten consecutive readings, each with one PUBLISH"""
        subscriber = self.subscribe()
        run = self.start("--once", count=100)
        self.assertEqual(0, run.wait(60), run.err.texts())
        subscriber.out.wait_for("application/json", times=10)
        self.assertEqual([list(range(first, first + 10)) for first in range(0, 100, 10)], arrays(subscriber))
        self.assertEqual(10, len(self.broker.publishes("plant/counter", "box")))
        self.assertEqual("info runtime: stopped: 100 messages delivered", run.err.texts()[-1])

    def test_rest(self) -> None:
        """batch: with --once the rest of a count that does not divide arrives, and does not wait for 'within'"""
        subscriber = self.subscribe()
        run = self.start("--once", count=47)
        self.assertEqual(0, run.wait(60), run.err.texts())
        subscriber.out.wait_for("application/json", times=5)
        self.assertEqual([10, 10, 10, 10, 7], [len(array) for array in arrays(subscriber)])
        self.assertEqual("info runtime: stopped: 47 messages delivered", run.err.texts()[-1])

    def test_within(self) -> None:
        """batch: one that is not full is sent when it is due"""
        subscriber = self.subscribe()
        run = self.start(limit=1000, within="200ms")
        subscriber.out.wait_for("application/json", times=3, timeout=30)
        self.assertEqual(0, run.stop(), run.err.texts())
        together = [value for array in arrays(subscriber) for value in array]
        self.assertEqual(list(range(len(together))), together)
        self.assertGreater(len(together), len(arrays(subscriber)))

    def test_end(self) -> None:
        """batch: at SIGTERM what has gathered is sent, and nothing is lost"""
        subscriber = self.subscribe()
        run = self.start(limit=1000, more=SCREEN)
        run.out.wait_for("^at 20$", timeout=30)
        self.assertEqual([], arrays(subscriber))
        self.assertEqual(0, run.stop(), run.err.texts())
        subscriber.out.wait_for("application/json")
        shown = [int(text.removeprefix("at ")) for text in run.out.texts()]
        self.assertEqual([shown], arrays(subscriber))
        self.assertRegex(run.err.texts()[-1], f"^info runtime: stopped: {2 * len(shown)} messages delivered$")

    def test_killed(self) -> None:
        """batch: a broker that is killed before it has read what was sent costs no reading, and no array is torn"""
        first = self.subscribe()
        run = self.start("--once", count=300)
        first.out.wait_for("application/json", times=3, timeout=30)
        assert self.broker.process is not None
        self.broker.process.signal(signal.SIGSTOP)
        deadline = time.monotonic() + 30
        while not waits_unread(self.broker.port):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        # Stopped, so that it does not come back before the second subscriber is there.
        run.signal(signal.SIGSTOP)
        self.broker.kill()
        self.broker.start()
        second = self.subscribe()
        run.signal(signal.SIGCONT)
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertEqual("info runtime: stopped: 300 messages delivered", run.err.texts()[-1])
        second.out.wait_for(r'"value":299,')
        self.assertEqual(2, len(run.err.matching("info cloud: connected")), run.err.texts())
        # What came twice came twice as the same array.
        different = sorted(set(map(tuple, arrays(first, second))))
        self.assertEqual([tuple(range(start, start + 10)) for start in range(0, 300, 10)], different)

    def test_refused(self) -> None:
        """batch: one that the broker refuses rejects all that is in it, counted one by one, and the next goes on"""
        broker = self.broker = self.use(Broker(self.folder / "strict", acl="topic readwrite plant/#\n"))
        subscriber = self.subscribe()
        run = self.start("--once", count=20, more="""
            [[route]]
            from  = "counter"
            to    = "cloud"
            topic = "forbidden/counter"
            batch = { max = 8, within = "1h" }
            """)
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertEqual("info runtime: stopped: 20 messages delivered, 20 rejected", run.err.texts()[-1])
        subscriber.out.wait_for("application/json", times=2)
        self.assertEqual([list(range(10)), list(range(10, 20))], arrays(subscriber))
        self.assertEqual(3, len(broker.log.matching(r"^Denied PUBLISH from box .*'forbidden/counter'")),
                         broker.log.texts())

    def test_shares_nothing(self) -> None:
        """batch: readings of two sensors gather apart, each for its own topic"""
        subscriber = self.subscribe()
        run = self.start("--once", count=20, more="""
            [node.other]
            plugin   = "sensor"
            kind     = "counter"
            interval = "10ms"
            count    = 20
            scale    = 2
            topic    = "plant/other"

            [[route]]
            from  = "other"
            to    = "cloud"
            batch = { max = 20 }
            """)
        self.assertEqual(0, run.wait(60), run.err.texts())
        subscriber.out.wait_for("application/json", times=3)
        self.assertEqual(sorted([list(range(10)), list(range(10, 20)), list(range(0, 40, 2))]),
                         sorted(arrays(subscriber)))


tap.main()
