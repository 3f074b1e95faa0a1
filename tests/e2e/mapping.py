# SPDX-License-Identifier: MIT
"""Each option of the tutorial's client, on the wire: what the broker saw of it."""

import re

import culvert
import tap
from broker import Broker
from pipelines import ONE


class Mapping(tap.Case):
    def broker_log(self, options: str, **broker: object) -> list[str]:
        """What the broker logged about one message sent with these options of the connector."""
        with Broker(self.folder / "broker", **broker) as one:
            run = self.use(culvert.run_text(self.folder, ONE % options.replace("PORT", str(one.port)), "--once",
                                            "--timeout", "20s"))
            self.assertEqual(0, run.wait(30), run.err.texts())
            one.log.wait_for("Received DISCONNECT")
            return one.log.texts()

    def connect(self, options: str) -> re.Match[str]:
        log = "\n".join(self.broker_log('url = "mqtt://127.0.0.1:PORT"\n' + options))
        match = re.search(r"New client connected from .* as (?P<id>\S+) "
                          r"\(p(?P<version>\d), c(?P<clean>\d), k(?P<keep_alive>\d+)(?:, u'(?P<user>.*)')?\)", log)
        assert match is not None, log
        return match

    def test_client_id(self) -> None:
        """mapping: client_id is the client id; without it there is one that stays the same from run to run"""
        self.assertEqual("plant-7", self.connect('client_id = "plant-7"')["id"])
        first = self.connect("")["id"]
        self.assertEqual(first, self.connect("")["id"])
        self.assertNotIn("auto-", first)

    def test_credentials(self) -> None:
        """mapping: username and password open a broker that asks for them"""
        log = self.broker_log('url = "mqtt://127.0.0.1:PORT"\nusername = "edge"\npassword = "correct horse"', password=True)
        self.assertTrue(any("u'edge'" in line for line in log), log)

    def test_clean_start(self) -> None:
        """mapping: clean_start is the flag in CONNECT, both ways"""
        self.assertEqual("1", self.connect("clean_start = true")["clean"])
        self.assertEqual("0", self.connect("clean_start = false")["clean"])

    def test_keep_alive(self) -> None:
        """mapping: keep_alive is in CONNECT, in seconds"""
        self.assertEqual("17", self.connect('keep_alive = "17s"')["keep_alive"])

    def test_version(self) -> None:
        """mapping: version chooses MQTT 5 or 3.1.1, and auto is 5"""
        self.assertEqual("5", self.connect("")["version"])
        self.assertEqual("5", self.connect('version = "5"')["version"])
        self.assertEqual("2", self.connect('version = "3.1.1"')["version"])  # Mosquitto's number for it

    def test_will(self) -> None:
        """mapping: the will reaches the broker with topic, length, QoS and retain"""
        log = self.broker_log('url = "mqtt://127.0.0.1:PORT"\n'
                              'will = { topic = "a/status", payload = "lost", qos = 1, retain = true }')
        at = log.index("Will message specified (4 bytes) (r1, q1).")
        self.assertEqual("\ta/status", log[at + 1])

    def test_qos_and_retain(self) -> None:
        """mapping: qos and retain are those of the PUBLISH, in both versions, and each handshake is completed"""
        handshake = {0: [], 1: ["Sending PUBACK"], 2: ["Sending PUBREC", "Received PUBREL", "Sending PUBCOMP"]}
        for version in ("5", "3.1.1"):
            for qos, answers in handshake.items():
                for retain in (False, True):
                    with self.subTest(version=version, qos=qos, retain=retain):
                        log = "\n".join(self.broker_log(
                            f'url = "mqtt://127.0.0.1:PORT"\nversion = "{version}"\nqos = {qos}\n'
                            f"retain = {str(retain).lower()}"))
                        flags = rf"\(d0, q{qos}, r{int(retain)}, m\d+, 'a/b', \.\.\. \(9 bytes\)\)"
                        self.assertRegex(log, r"Received PUBLISH from \S+ " + flags)
                        for answer in answers:
                            self.assertIn(answer, log)

    def test_of_a_route(self) -> None:
        """mapping: qos and retain of a route go before the node's, and before those that a message came with"""
        text = """
            [node.source]
            plugin = "sensor"
            kind   = "counter"
            count  = 1
            topic  = "first"
            [node.cloud]
            plugin    = "mqtt"
            url       = "mqtt://127.0.0.1:PORT"
            client_id = "cloud"
            subscribe = [{ topic = "first", qos = 1 }]
            qos       = 1
            retain    = true
            [node.bridge]
            plugin    = "mqtt"
            url       = "mqtt://127.0.0.1:PORT"
            client_id = "bridge"
            [[route]]
            from   = "source"
            to     = "cloud"
            qos    = 2
            retain = false
            [[route]]
            from   = "cloud"
            to     = "bridge"
            topic  = "second"
            qos    = 0
            retain = true
            [[route]]
            from   = "cloud"
            to     = "bridge"
            topic  = "third"
            """
        with Broker(self.folder / "broker") as one:
            run = self.use(culvert.run_text(self.folder, text.replace("PORT", str(one.port)), "--once", "--timeout", "20s"))
            self.assertEqual(0, run.wait(30), run.err.texts())
            for client, topic, flags in (("cloud", "first", "q2, r0"), ("bridge", "second", "q0, r1"),
                                         ("bridge", "third", "q1, r0")):
                with self.subTest(topic=topic):
                    one.log.wait_for(rf"^Received PUBLISH from {client} \(d0, {flags}, m\d+, '{topic}'")

    def test_profile(self) -> None:
        """mapping: what a profile presets holds on the wire, and what is given goes before it"""
        text = """
            [node.source]
            plugin   = "sensor"
            kind     = "counter"
            count    = 15
            interval = "1ms"
            topic    = "a/b"
            [node.cloud]
            plugin   = "mqtt"
            url      = "mqtt://127.0.0.1:PORT"
            profile  = "emqx-serverless"
            OPTIONS
            [[route]]
            from = "source"
            to   = "cloud"
            """
        took = {}
        for options in ("", "max_rate = 1000\nburst = 100"):
            with Broker(self.folder / f"broker{len(took)}") as one:
                run = self.use(culvert.run_text(self.folder, text.replace("PORT", str(one.port)).replace("OPTIONS", options),
                                                "--once", "--timeout", "20s"))
                self.assertEqual(0, run.wait(30), run.err.texts())
                one.log.wait_for("Received DISCONNECT")
                published = one.publishes("a/b")
                self.assertEqual(15, len(published))
                took[options] = published[-1].at - published[0].at
        # Fourteen steps of a tenth of a second, when ten a second are the most.
        self.assertGreater(took[""], 1.2)
        self.assertLess(took["max_rate = 1000\nburst = 100"], 1.2)

    def test_second_url(self) -> None:
        """mapping: of several addresses one that answers is used"""
        self.broker_log('url = ["mqtt://127.0.0.1:1", "mqtt://127.0.0.1:PORT"]\nbackoff = { min = "100ms", max = "200ms" }')

    def test_subscribe(self) -> None:
        """mapping: subscribe asks for each topic at its QoS, and what comes is printed as it was sent"""
        text = """
            [node.cloud]
            plugin    = "mqtt"
            url       = "mqtt://127.0.0.1:PORT"
            subscribe = ["first/+", { topic = "second/#", qos = 2 }, { topic = "third", qos = 0 }]
            [node.screen]
            plugin = "console"
            [[route]]
            from = "cloud"
            to   = "screen"
            """
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / f"broker{version}") as one:
                versioned = text.replace("PORT", f'{one.port}"\nversion = "{version}', 1)
                with culvert.run_text(self.folder, versioned) as run:
                    one.log.wait_for("Sending SUBACK", times=3)
                    log = "\n".join(one.log.texts())
                    for line in (r"first/\+ \(QoS 1\)", r"second/# \(QoS [12]\)", r"third \(QoS 0\)"):
                        self.assertRegex(log, line)
                    for topic in ("first/x", "second/y/z", "third"):
                        one.publish(topic, f"to {topic}")
                        run.out.wait_for(f"^to {topic}$")
                    self.assertEqual(0, run.stop(), run.err.texts())
                    one.log.wait_for("Received DISCONNECT from (?!auto)")


tap.main()
