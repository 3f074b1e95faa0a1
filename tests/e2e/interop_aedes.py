# SPDX-License-Identifier: MIT
"""A broker that speaks MQTT 3.1.1 and nothing newer."""

import subprocess

import culvert
import tap
from npm import Aedes, needs

HEAD = """
[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:PORT"
client_id = "box"
backoff   = { min = "10ms", max = "100ms" }
subscribe = [{ topic = "in/#", qos = 2 }]

[node.screen]
plugin = "console"

[[route]]
from = "cloud"
to   = "screen"
"""
OUT = """
[node.outQOS]
plugin   = "sensor"
kind     = "counter"
count    = 5
interval = "10ms"
format   = "out QOS {seq}"

[[route]]
from  = "outQOS"
to    = "cloud"
qos   = QOS
topic = "out/QOS"
"""


@needs("aedes")
class OldBroker(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.broker = self.use(Aedes())

    def start(self, options: str = "", *parts: str):
        text = HEAD.replace("subscribe =", options + "subscribe =") + "".join(parts)
        return self.use(culvert.run_text(self.folder, text.replace("PORT", str(self.broker.port))))

    def test_falls_back(self) -> None:
        """aedes: it refuses MQTT 5, so the connector speaks 3.1.1 to it, and says so and what that means"""
        run = self.start()
        run.err.wait_for(r"^error cloud: .*refused the connection: unacceptable protocol version \(1\), trying once with MQTT 3.1.1$",
                         timeout=30)
        run.err.wait_for("^warn cloud: with MQTT 3.1.1 a broker may acknowledge messages that it drops$")
        run.err.wait_for(r"^info cloud: connected to 'mqtt://127.0.0.1:\d+' \(MQTT 3.1.1, no TLS, client id 'box'")
        self.broker.wait_for("connected", "box")
        self.assertEqual([4], [line["version"] for line in self.broker.said("connected")])
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_out(self) -> None:
        """aedes: what is published at QoS 0, 1 and 2 arrives at that QoS, once and in order"""
        run = self.start("", *(OUT.replace("QOS", str(qos)) for qos in (0, 1, 2)))
        for qos in (0, 1, 2):
            self.broker.wait_for("payload", f"out {qos} 4")
        self.assertEqual(0, run.stop(), run.err.texts())
        for qos in (0, 1, 2):
            got = [(one["payload"], one["qos"]) for one in self.broker.said("payload") if one["topic"] == f"out/{qos}"]
            self.assertEqual([(f"out {qos} {number}", qos) for number in range(5)], got)

    def test_in(self) -> None:
        """aedes: what comes at QoS 0, 1 and 2 is printed, once and in order"""
        run = self.start()
        self.broker.wait_for("subscribed")
        run.err.wait_for("^info cloud: connected")
        for qos in (0, 1, 2):
            lines = "".join(f"in {qos} {number}\n" for number in range(5))
            subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", "mqttv311", "-q", str(qos),
                            "-t", f"in/{qos}", "-l"], input=lines.encode(), check=True, timeout=30)
        for qos in (0, 1, 2):
            run.out.wait_for(f"^in {qos} 4$", timeout=30)
        self.assertEqual(0, run.stop(), run.err.texts())
        for qos in (0, 1, 2):
            self.assertEqual([f"in {qos} {number}" for number in range(5)],
                             [text for text in run.out.texts() if text.startswith(f"in {qos}")])

    def test_version_5_only(self) -> None:
        """aedes: with version = "5" it is told that the broker refuses that, and is tried again"""
        run = self.start('version = "5"\n')
        run.err.wait_for(r"^error cloud: .*refused the connection: unacceptable protocol version \(1\), next try in", timeout=30)
        self.assertEqual([], self.broker.said("connected"))
        self.assertEqual(0, run.stop(), run.err.texts())


tap.main()
