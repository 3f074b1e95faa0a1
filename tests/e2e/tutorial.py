# SPDX-License-Identifier: MIT
"""The tutorial's flow, as config/tutorial.toml has it, against a TLS broker with a password."""

import re
import time

import culvert
import tap
from process import Process
from secured import Secured

TOPIC = "culvert/tutorial"
TEN = [f"Hello, MQTT! Message number {number}" for number in range(10)]


class Tutorial(tap.Case):
    """One run, looked at from all sides: it takes ten seconds, and the machine for itself. What happens with a broker that
    goes away is in tutorial_broker.py."""

    def setUp(self) -> None:
        super().setUp()
        self.broker = self.use(Secured(self.folder / "broker"))

    def subscriber(self, *options: str) -> Process:
        command = self.broker.client_command("mosquitto_sub", "-t", TOPIC, "-q", "1", *options, ca=self.broker.ca,
                                             password=True)
        return self.use(Process(command))

    def test_flow(self) -> None:
        """tutorial: ten lines come back, in the order and at the pace of the broker's log, and others see them too"""
        other = self.subscriber()
        self.broker.log.wait_for("Sending SUBACK")
        start = time.monotonic()
        run = self.use(culvert.run(self.folder, culvert.CONFIG / "tutorial.toml", "--once",
                                   env=self.broker.environment()))
        first = run.out.wait_for("Received message", timeout=15)
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertLess(first.at - start, 9 if culvert.is_sanitized() else 3)
        self.assertEqual([f"Received message: {text}" for text in TEN], run.out.texts())
        connected = run.err.matching(f"^info cloud: connected to 'mqtts://localhost:{self.broker.port}'")
        self.assertEqual(1, len(connected), run.err.texts())

        other.out.wait_for("number 9")
        self.assertEqual(TEN, other.out.texts())
        self.check_log()

        retained = self.subscriber("-C", "1", "-W", "10", "-F", "%r %p")
        self.assertEqual(0, retained.wait(15))
        self.assertEqual([f"1 {TEN[9]}"], retained.out.texts())

    def check_log(self) -> None:
        who = "culvert-tutorial"
        said = self.broker.log.matching(rf"\b{who}\b")
        steps = [
            rf"New client connected from .* as {who} \(p5, c1, k\d+, u'edge'\)",
            rf"Received SUBSCRIBE from {who}", rf"^{who} 0 {TOPIC}", rf"Sending SUBACK to {who}",
            *[rf"Received PUBLISH from {who} \(d0, q1, r1, m\d+, '{TOPIC}', \.\.\. \({len(text)} bytes\)\)" for text in TEN],
            rf"Received UNSUBSCRIBE from {who}", rf"Received DISCONNECT from {who}",
        ]
        at = 0
        for step in steps:
            while at < len(said) and not re.search(step, said[at].text):
                at += 1
            self.assertLess(at, len(said), f"'{step}' is not there, or not in order, in:\n" +
                            "\n".join(line.text for line in said))
        published = self.broker.publishes(TOPIC, who)
        self.assertEqual(10, len(published))
        gaps = [after.at - before.at for before, after in zip(published, published[1:])]
        self.assertTrue(all(0.9 <= gap <= 1.1 for gap in gaps), gaps)


tap.main()
