# SPDX-License-Identifier: MIT
"""More comes from the broker than the routes take, and than may wait for them."""

import json
import signal
import threading
from datetime import datetime

import culvert
import tap
from broker import Broker
from process import Process

COUNT = 300
TEXT = """
[node.in]
plugin        = "mqtt"
url           = "mqtt://127.0.0.1:PORT"
version       = "VERSION"
client_id     = "box"
subscribe     = ["in"]
status_topic  = "status"
max_unsettled = "64KiB"
backoff.min   = "1s"

[node.out]
plugin   = "mqtt"
url      = "mqtt://127.0.0.1:OUT_PORT"
max_rate = 100

[[route]]
from  = "in"
to    = "out"
topic = "out"
"""


class Overflow(tap.Case):
    def subscriber(self, broker: Broker, topic: str) -> Process:
        subscriber = self.use(Process(broker.client_command("mosquitto_sub", "-q", "1", "-i", topic, "-t", topic)))
        broker.log.wait_for(f"Sending SUBACK to {topic}", timeout=30)
        return subscriber

    def begin(self, broker: Broker, out: Broker, version: str) -> None:
        """Who sees what goes out, and the status; the runtime; and somebody who sends."""
        self.seen, self.statuses = self.subscriber(out, "out"), self.subscriber(broker, "status")
        text = TEXT.replace("OUT_PORT", str(out.port)).replace("PORT", str(broker.port)).replace("VERSION", version)
        self.run_ = self.use(culvert.run_text(self.folder, text))
        self.run_.err.wait_for("connected to", times=2, timeout=30)
        self.came = [f"{number:05d}" for number in range(COUNT)]
        file = self.folder / f"lines-{version}"
        file.write_text("".join(number + "x" * 2000 + "\n" for number in self.came))
        lines = self.use(file.open())
        self.sender = self.use(Process(broker.client_command("mosquitto_pub", "-q", "1", "-t", "in", "-l"), stdin=lines))

    def check_once_each(self) -> list[datetime]:
        """Answers when the node said that it was online, by its own clock."""
        self.assertEqual(0, self.sender.wait(60))
        self.seen.out.wait_for("x", timeout=120, times=COUNT)
        self.assertEqual(0, self.run_.stop(), self.run_.err.texts())
        # That of a will has no time.
        self.statuses.out.wait_for("offline.*time", timeout=30)
        self.assertEqual(self.came, sorted(text[:5] for text in self.seen.out.texts()))
        statuses = [json.loads(text) for text in self.statuses.out.texts()]
        online = [datetime.fromisoformat(each["time"]) for each in statuses[:-1]]
        self.assertEqual(["online"] * len(online) + ["offline"], [each["status"] for each in statuses])
        return online

    def test_slow_sink(self) -> None:
        """overflow: 300 messages of 2 KB past a 'max_unsettled' of 64 KiB come once each, in few connections that nobody notices"""
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / version, extra="max_inflight_messages 1000") as broker:
                self.begin(broker, broker, version)
                online = self.check_once_each()
                seconds = (online[-1] - online[0]).total_seconds()
                print(f"# {version}: {len(online)} connections in {seconds:.1f} s", flush=True)
                # At its end the node may have come to the broker once more, and not yet have said so.
                connections = len(broker.log.matching("New client connected .* as box "))
                self.assertIn(connections - len(online), (0, 1))
                self.assertGreater(len(online), 1)
                # One a second at most; the times are of whole milliseconds.
                self.assertLess(len(online), seconds + 1.1)
                # One line that says so, one more for each 10 s, and one after the last connection.
                said = self.run_.err.matching("more than 65536 bytes wait for room")
                self.assertLessEqual(len(said), seconds / 10 + 2)
                self.assertEqual(2, len(self.run_.err.matching("connected to|connecting anew")), self.run_.err.texts())

    def test_slow_broker(self) -> None:
        """overflow: a broker that stands still for 5 s while it is left gives nothing twice, and publishes no will"""
        inflight = "max_inflight_messages 1000"
        with Broker(self.folder / "in", extra=inflight) as broker, Broker(self.folder / "out") as out:
            self.begin(broker, out, "5")
            self.run_.err.wait_for("more than 65536 bytes wait for room", timeout=60)
            broker.process.signal(signal.SIGSTOP)
            # After a second the node leaves.
            threading.Timer(5, broker.process.signal, [signal.SIGCONT]).start()
            self.check_once_each()


tap.main()
