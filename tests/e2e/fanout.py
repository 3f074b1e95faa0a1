# SPDX-License-Identifier: MIT
"""One source, three sinks, one of them slow: two brokers, and a terminal that nobody reads for a while."""

import os
import re
import threading

import culvert
import tap
from broker import Broker
from process import Process

COUNT = 3000
TEXT = """
[node.source]
plugin   = "sensor"
kind     = "counter"
count    = %(count)d
interval = "1ms"
format   = "{value} ............................................................................................"
topic    = "a/b"

[node.one]
plugin = "mqtt"
url    = "mqtt://127.0.0.1:%(one)d"

[node.two]
plugin = "mqtt"
url    = "mqtt://127.0.0.1:%(two)d"

[node.screen]
plugin = "console"

[[route]]
from = "source"
to   = ["one", "two"]

[[route]]
from         = "source"
to           = "screen"
required     = %(required)s
max_messages = %(max_messages)d
max_bytes    = "8MiB"
"""


class Fanout(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.brokers = [self.use(Broker(self.folder / name)) for name in ("one", "two")]

    def subscribers(self) -> list[Process]:
        found = []
        for broker in self.brokers:
            found.append(self.use(Process(broker.client_command("mosquitto_sub", "-t", "a/b", "-q", "1"))))
            broker.log.wait_for("Sending SUBACK")
        return found

    def start(self, required: bool, max_messages: int) -> tuple[Process, int]:
        """Answers the run, and the end of its stdout that nobody reads yet."""
        ours, its = os.pipe()
        text = TEXT % {"count": COUNT, "one": self.brokers[0].port, "two": self.brokers[1].port,
                       "required": str(required).lower(), "max_messages": max_messages}
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "60s", stdout=its))
        os.close(its)
        return run, ours

    def assert_whole(self, lines: list[str]) -> None:
        self.assertEqual(list(range(COUNT)), [int(re.match(r"\d+", line)[0]) for line in lines])

    def read(self, end: int) -> list[str]:
        with open(end, encoding="utf-8") as pipe:
            return pipe.read().splitlines()

    def test_not_required(self) -> None:
        """fan-out: with required = false on the slow route the others get everything while nobody reads it"""
        subscribers = self.subscribers()
        run, end = self.start(required=False, max_messages=COUNT)
        for one in subscribers:
            one.out.wait_for(".", times=COUNT, timeout=40)
            self.assert_whole(one.out.texts())
        self.assertIsNone(run.popen.poll())
        self.assert_whole(self.read(end))
        self.assertEqual(0, run.wait(30), run.err.texts())

    def test_required(self) -> None:
        """fan-out: by default the others wait once the slow route's queue is full, and nothing is lost or reordered"""
        subscribers = self.subscribers()
        run, end = self.start(required=True, max_messages=100)
        # The pipe takes 64 KiB of 95 bytes each, the queue 100 messages: somewhere between the two and all it stops.
        subscribers[0].out.wait_for(".", times=100, timeout=20)
        stalled = threading.Event()
        seen = -1
        while seen != subscribers[0].out.count():
            seen = subscribers[0].out.count()
            stalled.wait(1.5)
        self.assertLess(seen, COUNT)
        self.assert_whole(self.read(end))
        self.assertEqual(0, run.wait(30), run.err.texts())
        for one in subscribers:
            one.out.wait_for(".", times=COUNT)
            self.assert_whole(one.out.texts())


tap.main()
