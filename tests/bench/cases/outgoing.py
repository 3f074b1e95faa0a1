# SPDX-License-Identifier: MIT
"""From a source to a broker over TLS: at full speed, at a rate, in batches."""

from cases.senders import BRIDGE, CULVERT, LINES, MQTTJS, PAHO, PEERS, RAW, Load, Start, by_culvert, contenders
from harness.contest import Case
from harness.measure import Figures, window
from harness.stage import PUBLISHED, Stage

ALONE = (PAHO, RAW, MQTTJS)  # those that need no feeder
NO_BRIDGE = tuple(name for name in PEERS if name != BRIDGE)
NO_FEEDER = (f"{BRIDGE}, {LINES}: their feeders follow what a subscriber counts, and there is none",)
LOSES = (f"{BRIDGE}: what it drops at QoS 0 its feeder would wait for",)
STALLS = (f"{BRIDGE}: Mosquitto 2.0.11 as a bridge stands still after a few messages at QoS 2",)


def observed(stage: Stage, start: Start, load: Load) -> Figures:
    """Counted by a subscriber that gets everything."""
    seen = stage.observe()
    return window(seen, start(stage, load, seen), stage.seconds, size=load.size)


def unobserved(stage: Stage, start: Start, load: Load) -> Figures:
    """Counted by the broker, which tells once a second."""
    seen = stage.observe(PUBLISHED, "number")
    return window(seen, start(stage, load, None), max(2.0, stage.seconds), ticks=True, size=load.size)


def readings(stage: Stage, start: Start, load: Load) -> Figures:
    """For a peer a message is a reading; an array of ours holds many."""
    seen = stage.observe(how="readings" if start is BATCHED else "messages")
    return window(seen, start(stage, load, seen), stage.seconds)


def slow(stage: Stage, start: Start, load: Load) -> Figures:
    """Long enough for a hundred messages."""
    seen = stage.observe()
    return window(seen, start(stage, load, seen), max(stage.seconds, 100 / load.rate))


BATCHED = by_culvert("batch = { max = 100 }", "records = true")
OURS = {CULVERT: by_culvert()}
WITH_LINGER = OURS | {"culvert (linger 5 ms)": by_culvert("linger = '5ms'")}


def out(name: str, what: str, load: Load, peers: tuple[str, ...] = tuple(PEERS), figure: str = "per_s",
        left_out: tuple[str, ...] = ()) -> Case:
    return Case(name, f"source to TLS broker, {what}, full speed, a subscriber observing",
                contenders(OURS, load, observed, peers), PAHO, figure, left_out=left_out)


CASES = [
    out("out", "QoS 1, 128 B", Load()),
    Case("out-unobserved", "source to TLS broker, QoS 1, 128 B, full speed, nobody subscribed",
         contenders(OURS, Load(), unobserved, ALONE), PAHO, left_out=NO_FEEDER),
    Case("rate-1000", "source to TLS broker, QoS 1, 128 B, 1000 messages/s", contenders(WITH_LINGER, Load(rate=1000), observed),
         PAHO, "cpu_us"),
    Case("rate-10", "source to TLS broker, QoS 1, 128 B, 10 messages/s", contenders(WITH_LINGER, Load(rate=10), slow),
         PAHO, "cpu_us", limit_s=600),
    out("out-qos0", "QoS 0, 128 B", Load(qos=0), NO_BRIDGE, left_out=LOSES),
    out("out-qos2", "QoS 2, 128 B", Load(qos=2), NO_BRIDGE, left_out=STALLS),
    out("out-16B", "QoS 1, 16 B", Load(size=16)),
    out("out-1KiB", "QoS 1, 1 KiB", Load(size=1 << 10)),
    out("out-64KiB", "QoS 1, 64 KiB", Load(size=64 << 10), figure="mb_s"),
    out("out-1MiB", "QoS 1, 1 MiB", Load(size=1 << 20), figure="mb_s"),
    Case("batched", "source to TLS broker, QoS 1, records as JSON, 100 to a message; of peers a message is a reading",
         contenders({"culvert (batched)": BATCHED}, Load(), readings, (PAHO, BRIDGE, MQTTJS, LINES)), PAHO),
]
