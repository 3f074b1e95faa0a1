# SPDX-License-Identifier: MIT
"""What there is to pay when next to nothing happens: one message a second to a broker over TLS, or none at all."""

from cases.senders import BRIDGE, MQTTJS, PAHO, Load, Start, contenders
from harness.contest import Case, Contender
from harness.measure import Figures, rest, wait_for_messages
from harness.stage import Stage
from pipelines import node, route
from process import Process

# Longer than the window of the others: a few wake-ups are to be counted.
SECONDS = 3


def three_plugins(stage: Stage, load: Load, _: object) -> list[Process]:
    text = node("load", "sensor", "kind = 'counter'\ninterval = '1s'\ntopic = 'bench/0'") + node("screen", "console")
    return [stage.culvert(text + stage.cloud() + stage.to_cloud() + route("load", "screen"))]


def connected(stage: Stage, start: Start, load: Load) -> Figures:
    seen = stage.observe()
    counted = start(stage, load, seen)
    wait_for_messages(seen, counted)
    return rest(counted, stage.seconds * SECONDS)


def thousand_nodes(stage: Stage) -> Figures:
    nodes = "".join(node(f"n{number}", "sensor", "kind = 'counter'\ninterval = '24h'") for number in range(999))
    run = stage.culvert(nodes + node("screen", "console") + "".join(route(f"n{number}", "screen") for number in range(999)))
    run.err.wait_for("running 1000 nodes", timeout=60)
    return rest([run], stage.seconds * SECONDS)


CASES = [
    Case("idle", "one message a second to a TLS broker; and 1000 nodes, 999 routes and nothing to do", [
        *contenders({"culvert (three plugins)": three_plugins}, Load(rate=1), connected, (PAHO, BRIDGE, MQTTJS)),
        Contender("culvert (1000 nodes)", thousand_nodes),
    ], PAHO, "rss_kib", limit_s=600),
]
