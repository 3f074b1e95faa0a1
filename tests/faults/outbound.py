# SPDX-License-Identifier: MIT
"""A broker is killed while messages go out, or the runtime: what a broker has on record, and what it has acknowledged
and lost."""

import os
from collections import Counter
from pathlib import Path

import culvert
import tap
from broker import Broker
from process import Process
from recorded import RecordingBroker
from recording_proxy import RecordingProxy

# What may be on its way at a time, and so what may come twice for each kill.
WINDOW = 64
SOURCES = 4

HEAD = """
[runtime]
plugin_path = ['FIXTURES', 'PLUGINS']

[node.cloud]
plugin         = "mqtt"
url            = "mqtt://127.0.0.1:PORT"
client_id      = "box"
version        = "5"
clean_start    = false
session_expiry = "1h"
backoff        = { min = "10ms", max = "50ms" }
MORE
"""

SOURCE = """
[node.sNUMBER]
plugin = "tokens"
count  = COUNT

[[route]]
from  = "sNUMBER"
to    = "cloud"
topic = "t/{node}"
"""


def pipeline(port: int, count: int, version: str = "5", more: str = "") -> str:
    build = Path(os.environ["CULVERT_BUILD"])
    head = HEAD.replace("MORE", more).replace('"5"', f'"{version}"')
    text = head + "".join(SOURCE.replace("NUMBER", str(number)) for number in range(SOURCES))
    values = {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins", "PORT": port,
              "COUNT": count // SOURCES}
    for name, value in values.items():
        text = text.replace(name, str(value))
    return text


class Recorded(tap.Case):
    """What a broker has acknowledged is on record, so that nothing of it may be missing."""

    def kill_and_check(self, count: int, kills: int, forgets: bool = False, most: int = WINDOW, version: str = "5",
                       more: str = "") -> None:
        """`most`: how many may come twice for each kill. `more`: options of the connector."""
        broker = self.use(RecordingBroker(self.folder))
        options = ["--forget"] if forgets else []
        each = count // (kills + 1)
        # By turns it dies by its own hand, between record and acknowledgement, and by ours, anywhere. Our hand may come
        # late: the life after it is shorter then, but never without a message.
        broker.start(*options, "--die-at", str(each))
        run = self.use(culvert.run_text(self.folder, pipeline(broker.port, count, version, more), "--once"))
        for kill in range(1, kills + 1):
            if kill % 2 == 1:
                broker.wait_for_end()
                at = max(each * (kill + 1), broker.record.count() + 1)
                broker.start(*options)
            else:
                broker.kill_at(at)
                left = max(1, each * (kill + 1) - broker.record.count())
                broker.start(*options, *(["--die-at", str(left)] if kill < kills else []))
        self.assertEqual(0, run.wait(120), run.err.texts())
        broker.assert_alive()
        lives = broker.record.lives()
        self.assertEqual(kills + 1, len(lives))
        self.check(lives, count, forgets, most)

    def check(self, lives: list[list[tuple[str, int, bool]]], count: int, forgets: bool, most: int) -> None:
        seen: dict[str, set[int]] = {f"t/s{number}": set() for number in range(SOURCES)}
        for number, life in enumerate(lives):
            again = 0
            last: dict[str, int] = {topic: -1 for topic in seen}
            for topic, payload, duplicate in life:
                self.assertLess(last[topic], payload, f"life {number}: {topic} is in order")
                last[topic] = payload
                if payload in seen[topic]:
                    again += 1
                    # Of a session that is gone nothing is sent as a duplicate.
                    self.assertEqual(not forgets, duplicate)
                else:
                    self.assertEqual(len(seen[topic]), payload, f"life {number}: {topic} has no gap")
                seen[topic].add(payload)
            print(f"# life {number}: {len(life)} messages, {again} of them again", flush=True)
            self.assertLessEqual(again, most)
        for topic, numbers in seen.items():
            self.assertEqual(set(range(count // SOURCES)), numbers, topic)

    def test_kept(self) -> None:
        """outbound: a broker that keeps its sessions is killed 20 times in 20,000 messages: none lost, topics in order"""
        self.kill_and_check(20000, 20)

    def test_forgotten(self) -> None:
        """outbound: a broker that forgets its sessions is killed 20 times in 20,000 messages: none lost, topics in order"""
        self.kill_and_check(20000, 20, forgets=True)

    def test_window(self) -> None:
        """outbound: with a window of 4 and a maximum rate no more than 4 come twice for each of 6 kills"""
        self.kill_and_check(4000, 6, forgets=True, most=4, more="window = 4\nmax_rate = 2000\nburst = 10")

    def test_qos2(self) -> None:
        """outbound: at QoS 2 none of 5,000 messages is lost over 6 kills, and none comes twice while the session is kept"""
        self.kill_and_check(5000, 6, most=0, more="qos = 2")

    def test_old(self) -> None:
        """outbound: with MQTT 3.1.1 none of 5,000 messages is lost over 6 kills, topics in order, at QoS 1 and 2"""
        self.kill_and_check(5000, 6, version="3.1.1", most=20)
        self.folder = self.folder / "qos2"
        self.folder.mkdir()
        self.kill_and_check(5000, 6, version="3.1.1", most=0, more="qos = 2")


class Killed(tap.Case):
    """What the runtime has in memory ends with it; but of what the next one sends a broker must take nothing for a
    message of the one before, whose exchange is not over in the session that both have."""

    def kill_and_check(self, kills: int, each: int, qos: int, version: str) -> None:
        here = self.folder / f"{version}-{qos}"
        here.mkdir()
        broker = self.use(RecordingBroker(here))
        broker.start()
        # Of no run more than what lies between the first ids of any two.
        count = 4 * each

        def run(number: int, *options: str) -> Process:
            text = pipeline(broker.port, count, version, f"qos = {qos}").replace('"t/', f'"{number}/')
            return self.use(culvert.run_text(here, text, *options))

        for number in range(kills):
            before = broker.record.count()
            killed = run(number)
            broker.record.wait(before + each, killed)
            killed.kill()
        if qos == 2:
            self.assertGreater(broker.record.open_ids(), 0, "no kill came in the middle of anything")
        last = run(kills, "--once")
        self.assertEqual(0, last.wait(60), last.err.texts())
        broker.assert_alive()
        topics = broker.record.topics()
        sizes = [sum(len(topics.get(f"{number}/s{source}", [])) for source in range(SOURCES)) for number in range(kills + 1)]
        print(f"# QoS {qos}, {version}: {broker.record.open_ids()} left open, messages of each run: {sizes}", flush=True)
        for topic, numbers in topics.items():
            self.assertEqual(list(range(len(numbers))), numbers, f"{topic} has no gap, and nothing twice")
        self.assertEqual(count, sizes[-1])

    def test_qos2(self) -> None:
        """outbound: the runtime is killed 20 times at QoS 2, and no broker takes a new message for one of before"""
        self.kill_and_check(20, 400, 2, "5")

    def test_qos1(self) -> None:
        """outbound: the runtime is killed 5 times at QoS 1, and what the next ones send arrives, in order"""
        self.kill_and_check(5, 400, 1, "5")

    def test_old(self) -> None:
        """outbound: the runtime is killed 5 times at QoS 1 and 2 with MQTT 3.1.1, with the same outcome"""
        for qos in (1, 2):
            self.kill_and_check(5, 400, qos, "3.1.1")


class Lossy(tap.Case):
    """Mosquitto acknowledges a message before it is in its file, so that a kill may cost what it has acknowledged."""

    def test_mosquitto(self) -> None:
        """outbound: what a killed mosquitto does not deliver of 3,000 messages had its PUBACK sent before"""
        count, kills = 3000, 5
        settings = "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0"
        broker = self.use(Broker(self.folder / "broker", extra=settings))
        proxy = self.use(RecordingProxy(broker.port))
        keeps = ["-q", "1", "-c", "-i", "keeper", "-x", "3600"]
        command = broker.client_command("mosquitto_sub", *keeps, "-t", "t/#", "-v")
        keeper = self.use(Process(command, name="mosquitto_sub"))
        broker.log.wait_for("Sending SUBACK to keeper")
        # The proxy knows a message by its topic, which must be in each.
        text = pipeline(proxy.port, count, more="topic_alias = false")
        run = self.use(culvert.run_text(self.folder, text, "--once"))
        for kill in range(1, kills + 1):
            proxy.wait_for_acknowledged(count * kill // (kills + 1), 60)
            broker.kill()
            broker.start()
        self.assertEqual(0, run.wait(120), run.err.texts())
        sent = {(f"t/s{source}", str(number)) for source in range(SOURCES) for number in range(count // SOURCES)}
        self.assertEqual(sent, proxy.published)
        # Everything has had its PUBACK, or the run would not have ended; a mark tells when the rest is delivered.
        broker.log.wait_for("Received SUBSCRIBE from keeper", 60)
        broker.publish("t/end", "end")
        keeper.out.wait_for("^t/end end$", 60)
        delivered = {tuple(line.split(" ")) for line in keeper.out.texts()}
        missing = sent - delivered
        print(f"# {len(missing)} of {count} were acknowledged and lost by the broker", flush=True)
        self.assertEqual(set(), missing - set(proxy.acknowledged), "lost without an acknowledgement")
        again = Counter(proxy.acknowledged).total() - count
        self.assertLessEqual(again, WINDOW * kills)


tap.main()
