# SPDX-License-Identifier: MIT
"""From the start of a process until its first message has passed through the broker, with QoS 1 over TLS."""

from statistics import median

from cases.senders import CULVERT, MQTTJS, PAHO, RAW, Load, Start, by_culvert, contenders, no_tool, openssl_client
from harness.contest import Case, Contender
from harness.gauge import Gauge
from harness.measure import Figures, milliseconds_until
from harness.stage import Stage
from process import Process

TIMES = 5  # starts in a round, whose median counts


def by_one_message(stage: Stage, load: Load, seen: Gauge | None) -> list[Process]:
    return [stage.run(["mosquitto_pub", *openssl_client(stage, load.qos), "-m", "." * load.size])]


def started(stage: Stage, start: Start, load: Load) -> Figures:
    found = []
    for _ in range(TIMES):
        seen = stage.observe()
        kept = []

        def begin():
            kept.extend(start(stage, load, None))
            return kept[0]
        found.append(milliseconds_until(seen, begin))
        # The next one is to find the broker idle.
        for process in kept:
            process.end()
    return {"ms": median(found)}


LOAD = Load(rate=10)
CASES = [
    Case("start", f"process start until the first message is through a TLS broker, QoS 1, the median of {TIMES} starts", [
        *contenders({CULVERT: by_culvert()}, LOAD, started, (PAHO, RAW, MQTTJS)),
        Contender("mosquitto_pub", lambda stage: started(stage, by_one_message, LOAD), no_tool("mosquitto_pub")),
    ], PAHO, "ms"),
]
