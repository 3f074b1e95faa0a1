# SPDX-License-Identifier: MIT
"""From a broker over TLS to a sink, QoS 1, acknowledged. A feeder publishes, a little ahead of the receiver."""

import os
from typing import Callable

from cases.senders import CULVERT, MQTTJS, PAHO, TOPIC, Load, mqttjs, no_mqttjs, no_tool, openssl_client
from harness.contest import Case, Contender
from harness.gauge import Gauge
from harness.measure import Figures, window
from harness.stage import Stage
from pipelines import node, route
from process import Process
from until import until

LOAD = Load()


def by_culvert(stage: Stage, seen: Gauge) -> list[Process]:
    meter = node("meter", "meter", f"gauge = '{seen.path}'")
    return [stage.culvert(stage.cloud(f"subscribe = ['{TOPIC}']") + meter + route("cloud", "meter"))]


def by_paho(stage: Stage, seen: Gauge) -> list[Process]:
    return [stage.program("bare_paho", port=stage.broker.port, ca=stage.broker.ca, topic=TOPIC, gauge=seen.path, window=LOAD.window)]


def by_lines(stage: Stage, seen: Gauge) -> list[Process]:
    """mosquitto_sub to a pipe, whose reader is not counted."""
    out, into = os.pipe()
    stage.program("observe", gauge=seen.path, stdin=out)
    os.close(out)
    subscriber = stage.run(["mosquitto_sub", *openssl_client(stage, LOAD.qos)], stdout=into)
    os.close(into)
    return [subscriber]


def by_mqttjs(stage: Stage, seen: Gauge) -> list[Process]:
    return [mqttjs(stage, "subscribe.mjs", GAUGE=seen.path)]


def received(start: Callable[[Stage, Gauge], list[Process]]) -> Callable[[Stage], Figures]:
    """Once all has been sent, what does not come within a while is lost."""
    def measure(stage: Stage) -> Figures:
        seen = stage.gauge()
        counted = start(stage, seen)
        stage.broker.log.wait_for(f" 1 {TOPIC}$", timeout=20)  # It has subscribed.
        feeder = stage.program("raw_publish", port=stage.broker.plain_port, topic=TOPIC, size=LOAD.size,
                               ahead_of=seen.path, ahead=LOAD.ahead)
        figures = window(seen, counted, stage.seconds)
        assert feeder.stop() == 0, feeder.err.texts()
        sent = int(feeder.out.wait_for(r"^sent \d+").text.split()[1])
        try:
            until(lambda: seen.read().count >= sent, 10, lambda: "")
        except AssertionError:
            pass
        return figures | {"lost": float(max(0, sent - seen.read().count))}
    return measure


CASES = [
    Case("in", "TLS broker to sink, QoS 1, 128 B, full speed", [
        Contender(CULVERT, received(by_culvert)),
        Contender(PAHO, received(by_paho)),
        Contender(MQTTJS, received(by_mqttjs), no_mqttjs),
        Contender("mosquitto_sub", received(by_lines), no_tool("mosquitto_sub")),
    ], PAHO),
]
