# SPDX-License-Identifier: MIT
"""A wall clock that is set while a pipeline runs."""

import os
from pathlib import Path

import control
import culvert
import tap
from broker import Broker
from process import Process
from stepped import SteppedClock

HOUR = 3600
FIFTY_YEARS = 50 * 365 * 24 * HOUR
STEPS = (HOUR, -HOUR, FIFTY_YEARS, -FIFTY_YEARS, 0)

TEXT = """
[runtime]
name        = "clock"
plugin_path = ['%(build)s/plugins']

[node.source]
plugin   = "sensor"
kind     = "counter"
interval = "10ms"

[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:%(port)d"
client_id = "box"
backoff   = { min = "10ms", max = "100ms" }

[[route]]
from    = "source"
to      = "cloud"
topic   = "t"
durable = true
ttl     = "10m"
"""


class Clock(tap.Case):
    def counters(self, status: dict) -> dict:
        return status["routes"][0]["counters"]

    def test_steps(self) -> None:
        """clock: it steps an hour and fifty years either way, with the broker away and there: no reading expires, none stalls"""
        clock = SteppedClock(self.folder / "clock")
        build = Path(os.environ["CULVERT_BUILD"])
        broker = self.use(Broker(self.folder / "broker", log_types=("information", "notice")))
        broker.stop()
        run = self.use(culvert.run_text(self.folder, TEXT % {"build": build, "port": broker.port}, env=clock.env()))
        placed = 0

        def goes_on(status: dict) -> bool:
            return self.counters(status)["placed"] >= placed + 20

        for step in STEPS:
            placed = self.counters(control.wait_status(self.folder, "clock", goes_on))["placed"]
            clock.step(step)
        # It has asked for the time, and was told that one.
        self.assertIn(str(clock.file), Path(f"/proc/{run.popen.pid}/maps").read_text())
        broker.start()
        connected = control.wait_status(self.folder, "clock", lambda status: self.counters(status)["delivered"] > 100)
        self.assertEqual(0, self.counters(connected)["dropped"])
        subscriber = self.use(Process(broker.client_command("mosquitto_sub", "-t", "t", "-q", "1")))
        for step in STEPS:
            clock.step(step)
            subscriber.out.wait_for(".", start=subscriber.out.count(), times=20, timeout=30)
        counters = self.counters(control.status(self.folder, "clock"))
        self.assertEqual(0, run.stop(30), run.err.texts())
        self.assertEqual(0, counters["expired"])
        self.assertEqual(0, counters["dropped"])
        self.assertRegex(run.err.texts()[-1], r"stopped: \d+ messages delivered")


tap.main()
