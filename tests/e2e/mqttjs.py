# SPDX-License-Identifier: MIT
"""The tutorial's flow with MQTT.js at the other end: an implementation that shares nothing with ours."""

import json
import os
import subprocess

import culvert
import tap
from broker import PASSWORD, USER
from process import Process
from secured import Secured

TOPIC = "culvert/tutorial"
CLIENT = culvert.SOURCE / "tests" / "npm" / "client.mjs"


class MqttJs(tap.Case):
    def test_both_ways(self) -> None:
        """mqtt.js: sees the ten, and its own message to the topic is printed"""
        node = culvert.tool("node")
        if node is None:
            self.skipTest("node is not installed")
        if not (CLIENT.parent / "node_modules" / "mqtt").is_dir():
            self.skipTest("tests/npm/node_modules is not there: run 'npm ci' in tests/npm")
        broker = self.use(Secured(self.folder / "broker"))
        client = self.use(Process([node, str(CLIENT)], stdin=subprocess.PIPE, env={
            "PATH": os.environ["PATH"], "MQTT_URL": f"mqtts://localhost:{broker.port}", "MQTT_CA": broker.ca,
            "MQTT_USERNAME": USER, "MQTT_PASSWORD": PASSWORD, "MQTT_TOPIC": TOPIC,
        }))
        client.out.wait_for('"subscribed"', timeout=30)
        run = self.use(culvert.run(self.folder, culvert.CONFIG / "tutorial.toml", "--once", env=broker.environment()))
        run.out.wait_for("number 1", timeout=20)
        assert client.popen.stdin is not None
        client.popen.stdin.write(json.dumps({"topic": TOPIC, "payload": "from MQTT.js", "qos": 1}).encode() + b"\n")
        client.popen.stdin.flush()
        run.out.wait_for("^Received message: from MQTT.js$")
        self.assertEqual(0, run.wait(30), run.err.texts())
        client.popen.stdin.close()
        self.assertEqual(0, client.wait(), client.err.texts())
        seen = [json.loads(text) for text in client.out.texts()[1:]]
        ours = [one["payload"] for one in seen if one["payload"] != "from MQTT.js"]
        self.assertEqual([f"Hello, MQTT! Message number {number}" for number in range(10)], ours)
        self.assertTrue(all(one["topic"] == TOPIC and one["qos"] == 1 for one in seen), seen)


tap.main()
