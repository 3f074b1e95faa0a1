# SPDX-License-Identifier: MIT
"""A box whose clock is not set when it starts: it shows some day of 1970, until somebody tells it the time."""

import json
import os
import signal
import statistics
import subprocess
import time
from datetime import datetime

import control
import culvert
import tap
from broker import Broker
from process import Process, children
from stepped import SteppedClock

HOUR = 3600

# The reading of the second one is the time since the box was started, by which its own time is checked.
TEXT = """
[runtime]
name        = "unset"
plugin_path = ['%(build)s/plugins', '%(build)s/tests/fixtures']
clock       = "%(clock)s"

[node.uptime]
plugin   = "sensor"
read     = "/proc/uptime"
interval = "20ms"
%(more)s
"""

SCREEN = """
[node.screen]
plugin = "console"
format = "json"

[[route]]
from = "uptime"
to   = "screen"
"""

CLOUD = """
[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:%d"
client_id = "box"
backoff   = { min = "10ms", max = "100ms" }
"""

DURABLE = CLOUD + """
[[route]]
from    = "uptime"
to      = "cloud"
topic   = "t"
durable = true
# Most of what waits is on disk only.
max_messages = 16
"""

# Through a transform, which makes two of each, and as arrays.
BATCHES = CLOUD + """
[node.twice]
plugin = "relay_transform"

[[route]]
from = "uptime"
to   = "twice"

[[route]]
from  = "twice"
to    = "cloud"
batch = { max = 7, within = "10s" }
"""


def seconds(reading: dict) -> float:
    return datetime.fromisoformat(reading["time"].replace("Z", "+00:00")).timestamp()


def error(reading: dict) -> float:
    """How far the time of a reading is from when it was taken."""
    return seconds(reading) - (reading["value"] + time.time() - time.clock_gettime(time.CLOCK_BOOTTIME))


class Unset(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.clock = SteppedClock(self.folder / "clock")
        self.clock.lose(at=1000)

    def start(self, clock: str, more: str, *arguments: str) -> Process:
        text = TEXT % {"build": os.environ["CULVERT_BUILD"], "clock": clock, "more": more}
        return self.use(culvert.run_text(self.folder, text, *arguments, env=self.clock.env()))

    def wait_placed(self, count: int) -> None:
        control.wait_status(self.folder, "unset", lambda status: status["routes"][0]["counters"]["placed"] >= count)

    def subscriber(self, broker: Broker, topic: str) -> Process:
        found = self.use(Process(broker.client_command("mosquitto_sub", "-t", topic, "-q", "1")))
        broker.log.wait_for("Sending SUBACK")
        return found

    def comes_back(self, broker: Broker, run: Process, topic: str) -> Process:
        """With a subscriber, before the runtime can find it: nothing that waits is sent while nobody listens."""
        processes = [run.pid, *children(run.pid)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        broker.start()
        found = self.subscriber(broker, topic)
        for process in processes:
            os.kill(process, signal.SIGCONT)
        return found

    def assert_right(self, readings: list[dict]) -> None:
        """Each time is when it was taken: to the grain of the kernel's file, but for what a busy machine puts between."""
        errors = [error(reading) for reading in readings]
        self.assertLess(max(map(abs, errors)), 2, errors)
        self.assertLess(abs(statistics.median(errors)), 0.05, errors)
        for reading in readings:
            self.assertNotIn("time_unsynced", reading)

    def test_mark(self) -> None:
        """clock: while it is not set readings are marked, with the time that it shows; once it is, they are as ever"""
        run = self.start("mark", SCREEN)
        run.err.wait_for("^warn runtime: the clock of this box is not set: readings are marked until it is$")
        run.out.wait_for('"time_unsynced":true', times=5)
        self.assertIs(control.status(self.folder, "unset")["runtime"]["clock_is_set"], False)
        shown = control.status_command(self.folder, "--name", "unset")
        self.assertIn(", its clock is not set\n", shown.stdout)
        self.clock.synchronise()
        run.err.wait_for("^info runtime: the clock is set$")
        seen = run.out.count()
        run.out.wait_for(r'"retained":false,"record"', start=seen, times=5)
        self.assertIs(control.status(self.folder, "unset")["runtime"]["clock_is_set"], True)
        self.assertEqual(0, run.stop(30))
        lines = [json.loads(text) for text in run.out.texts()]
        marked = [line for line in lines if "time_unsynced" in line]
        self.assertTrue(marked[0]["record"]["time_unsynced"])
        self.assertTrue(marked[0]["time"].startswith("1970-01-01T00:1"), marked[0])
        self.assert_right([line["record"] for line in lines[len(marked):]])

    def test_wait(self) -> None:
        """clock: with 'wait' sources start once it is set, and no reading is marked; the connector is there before"""
        broker = self.use(Broker(self.folder / "broker"))
        subscribe = 'subscribe = [{ topic = "commands" }]\n'
        more = SCREEN + CLOUD % broker.port + subscribe + '[[route]]\nfrom = "cloud"\nto = "screen"\n'
        run = self.start("wait", more)
        run.err.wait_for("^warn runtime: the clock of this box is not set: sources wait for it$")
        run.err.wait_for("^info cloud: connected to ")
        broker.log.wait_for("Sending SUBACK")
        publish = self.use(Process(broker.client_command("mosquitto_pub", "-t", "commands", "-m", "on")))
        self.assertEqual(0, publish.wait())
        run.out.wait_for('"topic":"commands".*"time_unsynced":true,"payload":"on"')
        status = control.status(self.folder, "unset")
        source = control.named(status["nodes"], "uptime")
        self.assertEqual(("created", "waits until the clock of this box is set"), (source["state"], source["reason"]))
        self.assertEqual(1, run.out.count())
        self.clock.synchronise()
        run.out.wait_for('"record"', times=5)
        self.assertEqual("", control.named(control.status(self.folder, "unset")["nodes"], "uptime")["reason"])
        self.assertEqual(0, run.stop(30))
        self.assert_right([json.loads(line)["record"] for line in run.out.texts() if '"record"' in line])

    def test_wait_once(self) -> None:
        """clock: with 'wait' and --once it gives up after --timeout with 69, and ends by itself where it is set in time"""
        run = self.start("wait", SCREEN, "--once", "--timeout", "1s")
        self.assertEqual(69, run.wait(30), run.err.texts())
        self.assertEqual([], run.out.texts())
        run = self.start("wait", SCREEN, "--once")
        run.err.wait_for("sources wait for it$")
        self.clock.synchronise()
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(1, run.out.count())

    def broker_away(self) -> Broker:
        """One that was there, and left its port."""
        broker = self.use(Broker(self.folder / "broker"))
        broker.stop()
        return broker

    def exported(self) -> list[dict]:
        command = [culvert.executable(), "journal", "export", "uptime -> cloud", str(self.folder / "test.toml")]
        done = subprocess.run(command, env=culvert.environment(self.folder), capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_correct(self) -> None:
        """clock: with 'correct' what waits on disk over two processes and a step of hours is sent with its right time"""
        broker = self.broker_away()
        run = self.start("correct", DURABLE % broker.port)
        run.err.wait_for("not set: readings are marked, and corrected once it is$")
        self.wait_placed(30)
        self.clock.lose(at=1000 + 5 * HOUR)
        self.wait_placed(60)
        self.assertEqual(0, run.stop(30), run.err.texts())
        waiting = self.exported()
        self.assertGreaterEqual(len(waiting), 60)
        for message in waiting:
            self.assertEqual(["time_unsynced"], message["flags"])
            self.assertIs(json.loads(message["payload"])["time_unsynced"], True)
        run = self.start("correct", DURABLE % broker.port)
        self.wait_placed(30)
        self.clock.synchronise()
        run.err.wait_for("^info runtime: the clock is set$", timeout=30)
        subscriber = self.comes_back(broker, run, "t")
        subscriber.out.wait_for(".", times=len(waiting) + 60, timeout=60)
        self.assertEqual(0, run.stop(30), run.err.texts())
        readings = [json.loads(line) for line in subscriber.out.texts()]
        self.assertEqual([json.loads(message["payload"])["value"] for message in waiting],
                         [reading["value"] for reading in readings[:len(waiting)]])
        self.assert_right(readings)

    def test_sent(self) -> None:
        """clock: with 'correct' what is sent before it is set has the time of then and the mark, and what waits is right"""
        broker = self.use(Broker(self.folder / "broker"))
        subscriber = self.subscriber(broker, "t")
        run = self.start("correct", DURABLE % broker.port)
        subscriber.out.wait_for(".", times=20, timeout=30)
        broker.stop()
        run.err.wait_for("^error cloud: .*next try in", timeout=30)
        for reading in map(json.loads, subscriber.out.texts()):
            self.assertIs(reading["time_unsynced"], True)
            self.assertTrue(reading["time"].startswith("1970-01-01T00:"), reading)
        before = control.status(self.folder, "unset")["routes"][0]["counters"]["placed"]
        self.wait_placed(before + 30)
        self.clock.synchronise()
        run.err.wait_for("^info runtime: the clock is set$", timeout=30)
        subscriber = self.comes_back(broker, run, "t")
        subscriber.out.wait_for('"time":"[^"]*","value"', times=60, timeout=60)
        self.assertEqual(0, run.stop(30), run.err.texts())
        readings = [json.loads(line) for line in subscriber.out.texts()]
        marked = [reading for reading in readings if "time_unsynced" in reading]
        # These were on their way when the broker went.
        self.assertEqual(marked, readings[:len(marked)])
        self.assertLess(len(marked), 20)
        self.assert_right(readings[len(marked):])

    def test_batches(self) -> None:
        """clock: with 'correct' the readings of an array are corrected one by one, behind a transform too"""
        broker = self.broker_away()
        run = self.start("correct", BATCHES % broker.port)
        self.wait_placed(30)
        self.clock.lose(at=1000 + 5 * HOUR)
        self.wait_placed(60)
        self.clock.synchronise()
        run.err.wait_for("^info runtime: the clock is set$", timeout=30)
        self.wait_placed(90)
        subscriber = self.comes_back(broker, run, "unset/#")
        subscriber.out.wait_for(".", times=20, timeout=30)
        self.assertEqual(0, run.stop(30), run.err.texts())
        arrays = [json.loads(line) for line in subscriber.out.texts()]
        self.assertIn(7, [len(array) for array in arrays])
        self.assert_right([reading for array in arrays for reading in array])


tap.main()
