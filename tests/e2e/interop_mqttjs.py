# SPDX-License-Identifier: MIT
"""MQTT.js at the other end of a broker: an implementation that shares nothing with ours."""

import json
import os
from pathlib import Path

import culvert
import tap
from broker import PASSWORD, USER, Broker
from npm import Client, needs
from process import Process
from secured import Secured

TOPIC = "culvert/tutorial"
BOX = """
[runtime]
plugin_path = ['FIXTURES', 'PLUGINS']

[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:PORT"
client_id = "NAME"
subscribe = [{ topic = "FILTER", MORE }]
"""
SCREEN = """
[node.screen]
plugin = "console"
format = "json"

[[route]]
from = "cloud"
to   = "screen"
"""
ANSWER = """
[node.answer]
plugin = "answer"

[[route]]
from = "cloud"
to   = "answer"

[[route]]
from = "answer"
to   = "cloud"
filter   = "answers/#"
required = false
"""
RETAINED = """
[node.state]
plugin = "sensor"
kind   = "counter"
count  = 1
format = "open"

[[route]]
from   = "state"
to     = "cloud"
topic  = "state"
retain = true
"""


@needs("mqtt")
class MqttJs(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.broker = self.use(Broker(self.folder / "broker"))

    def client(self, subscribe: dict[str, dict] | None = None) -> Client:
        return self.use(Client(f"mqtt://127.0.0.1:{self.broker.port}", subscribe))

    def box(self, *parts: str, name: str = "box", topic: str = "in", more: str = "qos = 1") -> Process:
        """A running pipeline that has subscribed to `topic`."""
        build = Path(os.environ["CULVERT_BUILD"])
        text = BOX + "".join(parts)
        for key, value in {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins", "PORT": self.broker.port,
                           "NAME": name, "FILTER": topic, "MORE": more}.items():
            text = text.replace(key, str(value))
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        run = self.use(culvert.run_text(folder, text))
        run.err.wait_for("^info cloud: connected to", timeout=30)
        return run

    def printed(self, run: Process) -> list[dict]:
        return [json.loads(line) for line in run.out.texts()]


class Flow(MqttJs):
    def test_tutorial(self) -> None:
        """mqtt.js: sees the ten of the tutorial, and its own message to the topic is printed"""
        broker = self.use(Secured(self.folder / "secured"))
        client = self.use(Client(f"mqtts://localhost:{broker.port}", {TOPIC: {"qos": 1}}, MQTT_CA=broker.ca,
                                 MQTT_USERNAME=USER, MQTT_PASSWORD=PASSWORD))
        run = self.use(culvert.run(self.folder, culvert.CONFIG / "tutorial.toml", "--once", env=broker.environment()))
        run.out.wait_for("number 1", timeout=20)
        client.publish(TOPIC, "from MQTT.js", qos=1)
        run.out.wait_for("^Received message: from MQTT.js$")
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(0, client.close(), client.err.texts())
        ours = [one for one in client.messages() if one["payload"] != "from MQTT.js"]
        self.assertEqual([f"Hello, MQTT! Message number {number}" for number in range(10)],
                         [one["payload"] for one in ours])
        self.assertTrue(all(one["topic"] == TOPIC and one["qos"] == 1 for one in ours), ours)


class Properties(MqttJs):
    SENT = {"userProperties": {"line": ["7", "seven"], "motor": "left"}, "contentType": "text/plain",
            "responseTopic": "answers/js", "correlationData": "00ff0a80", "messageExpiryInterval": 3600,
            "payloadFormatIndicator": True}

    def test_in(self) -> None:
        """mqtt.js: what it sends beside a message is there by its name, user properties in their order, twice the same name too"""
        client = self.client()
        run = self.box(SCREEN)
        client.publish("in", "hello", qos=2, properties=self.SENT)
        run.out.wait_for("hello", timeout=30)
        [message] = self.printed(run)
        found = [tuple(pair) for pair in message["properties"]]
        self.assertEqual([("line", "7"), ("line", "seven"), ("motor", "left")],
                         [pair for pair in found if not pair[0].startswith("mqtt.")])
        named = dict(found)
        expiry = int(named.pop("mqtt.expiry"))
        self.assertTrue(3590 <= expiry <= 3600, expiry)
        self.assertIn("mqtt.correlation_data", named)
        self.assertEqual({"mqtt.qos": "1", "mqtt.from": "box", "mqtt.response_topic": "answers/js",
                          "mqtt.payload_format": "1"},
                         {name: value for name, value in named.items()
                          if name.startswith("mqtt.") and name != "mqtt.correlation_data"})
        self.assertEqual("hello", message["payload"])
        self.assertFalse(message["retained"])
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_request(self) -> None:
        """mqtt.js: a request is answered at its response topic with its correlation data, and nothing beside it is lost"""
        client = self.client({"answers/#": {"qos": 1}})
        run = self.box(ANSWER)
        client.publish("in", "how are you", qos=1, properties=self.SENT)
        client.publish("in", "nobody asked", qos=1)
        client.publish("in", "and now", qos=1, properties={"responseTopic": "answers/2", "correlationData": "01"})
        client.wait_for("payload", "answer to and now")
        first, second = client.messages()
        self.assertEqual(("answers/js", "answer to how are you"), (first["topic"], first["payload"]))
        expiry = first["properties"].pop("messageExpiryInterval")
        self.assertTrue(3590 <= expiry <= 3600, expiry)
        # Who carried it is told too, so that it is known when it comes round again.
        self.assertEqual({"line": ["7", "seven"], "motor": "left", "culvert-from": "box"},
                         first["properties"].pop("userProperties"))
        self.assertEqual({"contentType": "text/plain", "responseTopic": "answers/js", "correlationData": "00ff0a80",
                          "payloadFormatIndicator": True}, first["properties"])
        self.assertEqual(("answers/2", "answer to and now"), (second["topic"], second["payload"]))
        self.assertEqual("01", second["properties"]["correlationData"])
        self.assertEqual(0, run.stop(), run.err.texts())


class Shared(MqttJs):
    def test_two_boxes(self) -> None:
        """mqtt.js: of what it sends to a shared subscription each of two boxes gets a part, and each message one of them"""
        client = self.client()
        boxes = [self.box(SCREEN, name=name, topic="$share/group/jobs/#") for name in ("one", "two")]
        sent = [f"job {number}" for number in range(100)]
        for number, text in enumerate(sent):
            client.publish(f"jobs/{number}", text, qos=1)
        for box in boxes:
            box.out.wait_for("job", timeout=30)
        self.broker.log.wait_for(r"Received PUBACK from (one|two)", timeout=30, times=len(sent))
        for box in boxes:
            self.assertEqual(0, box.stop(), box.err.texts())
        parts = [[message["payload"] for message in self.printed(box)] for box in boxes]
        self.assertTrue(all(parts), parts)
        self.assertEqual(sorted(sent), sorted(sum(parts, [])))
        for part in parts:
            self.assertEqual(sorted(part, key=sent.index), part, "in order")


class Retained(MqttJs):
    def test_out(self) -> None:
        """mqtt.js: what a box publishes with retain is there for who subscribes later, marked as retained"""
        run = self.box(RETAINED)
        self.broker.log.wait_for(r"Received PUBLISH from box \(d0, q1, r1, m\d+, 'state'", timeout=30)
        self.assertEqual(0, run.stop(), run.err.texts())
        client = self.client({"state": {"qos": 1}})
        client.wait_for("payload", "open")
        self.assertEqual([("open", True)], [(one["payload"], one["retain"]) for one in client.messages()])

    def test_handling(self) -> None:
        """mqtt.js: what it left retained comes as 'retain_handling' says, at a new subscription and at one that there was"""
        client = self.client()
        client.publish("in", "kept", qos=1, retain=True)
        self.broker.log.wait_for(r"Received PUBLISH from .* \(d0, q1, r1, m\d+, 'in'")
        # Each run asks for another QoS, so that it subscribes again where its session is resumed.
        for name, handling, first, again in (("a", "always", 1, 1), ("n", "new", 1, 0), ("v", "never", 0, 0)):
            for qos, expected in ((1, first), (2, again)):
                with self.subTest(handling=handling, qos=qos):
                    run = self.box(SCREEN, name=name, more=f'qos = {qos}, retain_handling = "{handling}"')
                    client.publish("in", f"live {name} {qos}", qos=1)
                    run.out.wait_for(f"live {name} {qos}", timeout=30)
                    got = [(one["payload"], one["retained"]) for one in self.printed(run)]
                    self.assertEqual([("kept", True)] * expected + [(f"live {name} {qos}", False)], got)
                    self.assertEqual(0, run.stop(), run.err.texts())

    def test_as_published(self) -> None:
        """mqtt.js: with 'retain_as_published' a live message that it sends retained is told from one that it does not"""
        client = self.client()
        run = self.box(SCREEN, more="qos = 1, retain_as_published = true")
        client.publish("in", "plain", qos=1)
        client.publish("in", "to be kept", qos=1, retain=True)
        run.out.wait_for("to be kept", timeout=30)
        self.assertEqual([("plain", False), ("to be kept", True)],
                         [(one["payload"], one["retained"]) for one in self.printed(run)])
        self.assertEqual(0, run.stop(), run.err.texts())


tap.main()
