# SPDX-License-Identifier: MIT
"""Who publishes to the broker over TLS: Culvert and its peers. Each function starts one, and answers the processes whose
cost is counted; `seen` is the gauge of the messages that have arrived, None where nobody tells while it runs."""

import os
from dataclasses import dataclass
from typing import Callable

import culvert
from broker import Broker
from harness.contest import Contender
from harness.gauge import Gauge
from harness.measure import Figures
from harness.stage import Stage
from npm import FOLDER
from pipelines import node
from process import Process

TOPIC = "bench/0"


@dataclass(frozen=True)
class Load:
    qos: int = 1
    size: int = 128  # bytes of a payload
    rate: int = 0  # messages a second; 0 is full speed

    @property
    def window(self) -> int:
        """How many are on their way at a time: Culvert's own, 64 and 4 MiB."""
        return max(1, min(64, (4 << 20) // self.size))

    @property
    def ahead(self) -> int:
        """How far a feeder may be ahead of what has arrived."""
        return max(4, min(2000, (32 << 20) // self.size))


def openssl_client(stage: Stage, qos: int) -> list[object]:
    """What mosquitto_pub and mosquitto_sub are told."""
    return ["-h", "localhost", "-p", stage.broker.port, "--cafile", stage.broker.ca, "-q", qos, "-t", TOPIC]


def mqttjs(stage: Stage, script: str, **env: object) -> Process:
    """A script of tests/npm."""
    url = f"mqtts://localhost:{stage.broker.port}"
    return stage.run(["node", FOLDER / script], env={
        "PATH": os.environ["PATH"], "MQTT_URL": url, "MQTT_CA": stage.broker.ca, "MQTT_TOPIC": TOPIC,
        **{name: str(value) for name, value in env.items()}})


Start = Callable[[Stage, Load, Gauge | None], list[Process]]


def by_culvert(route_options: str = "", load_options: str = "") -> Start:
    def start(stage: Stage, load: Load, seen: Gauge | None) -> list[Process]:
        source = node("load", "load", f"size = {load.size}\nrate = {load.rate}\n{load_options}")
        return [stage.culvert(source + stage.cloud(f"qos = {load.qos}") + stage.to_cloud(route_options))]
    return start


def by_paho(stage: Stage, load: Load, seen: Gauge | None) -> list[Process]:
    return [stage.program("bare_paho", port=stage.broker.port, ca=stage.broker.ca, topic=TOPIC, qos=load.qos, size=load.size,
                          rate=load.rate, window=load.window)]


def by_raw(stage: Stage, load: Load, seen: Gauge | None) -> list[Process]:
    return [stage.program("raw_publish", port=stage.broker.port, ca=stage.broker.ca, topic=TOPIC, qos=load.qos, size=load.size,
                          rate=load.rate, window=load.window)]


def by_bridge(stage: Stage, load: Load, seen: Gauge | None) -> list[Process]:
    """Its feeder publishes to it over plain TCP, and is not counted."""
    local = stage.use(Broker(
        stage.folder / "bridge", extra="max_queued_messages 0\nmax_inflight_messages 100\nset_tcp_nodelay true",
        listener=f"connection bench\naddress localhost:{stage.broker.port}\nbridge_cafile {stage.broker.ca}\nnotifications false\n"
                 f"bridge_protocol_version mqttv50\nrestart_timeout 1\ntopic bench/# out {load.qos}",
        log_types=("error", "information")))
    stage.program("raw_publish", port=local.port, topic=TOPIC, qos=load.qos, size=load.size, rate=load.rate or None,
                  ahead_of=seen.path if seen and not load.rate else None, ahead=load.ahead)
    assert local.process is not None
    return [local.process]


def by_mqttjs(stage: Stage, load: Load, seen: Gauge | None) -> list[Process]:
    return [mqttjs(stage, "publish.mjs", MQTT_QOS=load.qos, SIZE=load.size, RATE=load.rate, WINDOW=load.window)]


def by_lines(stage: Stage, load: Load, seen: Gauge | None) -> list[Process]:
    """mosquitto_pub, from a pipe whose other end is not counted."""
    client = openssl_client(stage, load.qos)
    out, into = os.pipe()
    stage.program("feed_lines", size=load.size, rate=load.rate or None, stdout=into,
                  ahead_of=seen.path if seen and not load.rate else None, ahead=load.ahead)
    os.close(into)
    publisher = stage.run(["mosquitto_pub", *client, "-l"], stdin=out)
    os.close(out)
    return [publisher]


def no_tool(name: str) -> Callable[[], str | None]:
    return lambda: None if culvert.tool(name) else f"'{name}' is not installed"


def no_mqttjs() -> str | None:
    if why := no_tool("node")():
        return why
    return None if (FOLDER / "node_modules" / "mqtt").is_dir() else "MQTT.js is not there: run 'npm ci' in tests/npm"


CULVERT, PAHO, RAW, BRIDGE, MQTTJS, LINES = ("culvert", "bare Paho", "raw wolfSSL", "Mosquitto bridge", "MQTT.js",
                                             "mosquitto_pub -l")
PEERS: dict[str, tuple[Start, Callable[[], str | None]]] = {
    PAHO: (by_paho, lambda: None),
    RAW: (by_raw, lambda: None),
    BRIDGE: (by_bridge, no_tool("mosquitto")),
    MQTTJS: (by_mqttjs, no_mqttjs),
    LINES: (by_lines, no_tool("mosquitto_pub")),
}


def contenders(ours: dict[str, Start], load: Load, measure: Callable[[Stage, Start, Load], Figures],
               peers: tuple[str, ...] = tuple(PEERS)) -> list[Contender]:
    """Ours first, then peers."""
    def one(name: str, start: Start, missing: Callable[[], str | None]) -> Contender:
        return Contender(name, lambda stage: measure(stage, start, load), missing)
    found = [one(name, start, lambda: None) for name, start in ours.items()]
    return found + [one(name, *PEERS[name]) for name in peers]
