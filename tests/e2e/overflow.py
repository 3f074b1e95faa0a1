# SPDX-License-Identifier: MIT
"""More comes from the broker than the routes take, and than may wait for them."""

import json

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
url      = "mqtt://127.0.0.1:PORT"
max_rate = 100

[[route]]
from  = "in"
to    = "out"
topic = "out"
"""


class Overflow(tap.Case):
    def test_slow_sink(self) -> None:
        """overflow: 300 messages of 2 KB past a 'max_unsettled' of 64 KiB come once each, in few connections that nobody notices"""
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / version, extra="max_inflight_messages 1000") as broker:
                seen = self.use(Process(broker.client_command("mosquitto_sub", "-q", "1", "-t", "out", "-t", "status",
                                                              "-F", "%t %p")))
                broker.log.wait_for("Sending SUBACK to")
                text = TEXT.replace("PORT", str(broker.port)).replace("VERSION", version)
                run = self.use(culvert.run_text(self.folder, text))
                run.err.wait_for("connected to", times=2)
                came = [f"{number:05d}" for number in range(COUNT)]
                file = self.folder / f"lines-{version}"
                file.write_text("".join(number + "x" * 2000 + "\n" for number in came))
                with file.open() as lines:
                    sender = self.use(Process(broker.client_command("mosquitto_pub", "-q", "1", "-t", "in", "-l"),
                                              stdin=lines))
                    self.assertEqual(0, sender.wait(60))
                seen.out.wait_for("^out ", timeout=120, times=COUNT)
                self.assertEqual(0, run.stop(), run.err.texts())
                connected = [line.at for line in broker.log.matching("New client connected .* as box ")]
                seen.out.wait_for("^status .*offline")
                texts = [line.split(" ", 1) for line in seen.out.texts()]
                self.assertEqual(came, sorted(text[:5] for topic, text in texts if topic == "out"))
                statuses = [json.loads(text)["status"] for topic, text in texts if topic == "status"]
                print(f"# {version}: {len(connected)} connections in {connected[-1] - connected[0]:.1f} s", flush=True)
                self.assertGreater(len(connected), 1)
                self.assertLessEqual(len(connected), connected[-1] - connected[0] + 2)
                self.assertEqual(["online"] * len(connected) + ["offline"], statuses)
                # One line that says so, one more for each 10 s, and one after the last connection.
                said = run.err.matching("more than 65536 bytes wait for room")
                self.assertLessEqual(len(said), (connected[-1] - connected[0]) / 10 + 2)
                self.assertEqual(2, len(run.err.matching("connected to|connecting anew")))


tap.main()
