# SPDX-License-Identifier: MIT
"""What a durable route costs beside one in memory, with a real Mosquitto: bytes written while the broker keeps up, and how
fast a backlog drains. For people: it prints, and judges nothing.

    durable.py FOLDER      on the disk of FOLDER; needs the environment of `meson test --benchmark`
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import culvert
from broker import Broker
from pipelines import head, node, route

PAYLOAD = 200
SECONDS = 15
BACKLOG = 100_000


def cloud(port: int) -> str:
    return node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:{port}'\nclient_id = 'box'\nbackoff = {{ min = '10ms', max = '100ms' }}")


def sink(durable: bool) -> str:
    return route("source", "cloud", f"topic = 't'\ndurable = {str(durable).lower()}")


def written(pid: int) -> int:
    """Bytes that the process has caused to be written to disk."""
    lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(lines["write_bytes"]) - int(lines["cancelled_write_bytes"])


def keeps_up(folder: Path, port: int) -> float:
    """Bytes to disk for each byte of payload, at 1000 messages/s."""
    source = node("source", "sensor", f"kind = 'counter'\ninterval = '1ms'\ncount = {SECONDS * 1000}\n"
                                      f"format = '{{value}} {'.' * (PAYLOAD - 6)}'")
    with culvert.run_text(folder, head() + source + cloud(port) + sink(True)) as run:
        run.err.wait_for("connected to", timeout=30)
        before, begin = written(run.pid), time.monotonic()
        time.sleep(SECONDS - 2)
        carried = (time.monotonic() - begin) * 1000 * PAYLOAD
        ratio = (written(run.pid) - before) / carried
        run.stop(30)
    return ratio


def numbers(folder: Path, count: int, port: int, durable: bool, *arguments: str):
    source = node("source", "tokens", f"count = {count}\npad = {PAYLOAD - 6}")
    return culvert.run_text(folder, head() + source + cloud(port) + sink(durable), *arguments)


def seconds_of(folder: Path, count: int, port: int, durable: bool) -> float:
    """From the connection to the end, when all is acknowledged."""
    with numbers(folder, count, port, durable, "--once", "--idle", "1ms") as run:
        begin = run.err.wait_for("connected to", timeout=60).at
        assert run.wait(300) == 0, run.err.texts()
        return run.err.wait_for("stopped: ").at - begin


def drain(folder: Path, broker: Broker) -> tuple[float, float]:
    """Messages a second out of a backlog, and live."""
    broker.stop()
    with numbers(folder, BACKLOG, broker.port, True) as run:
        run.err.wait_for(f"acked all: {BACKLOG} delivered", timeout=300)
        run.stop(60)
    broker.start()
    return BACKLOG / seconds_of(folder, 1, broker.port, True), BACKLOG / seconds_of(folder, BACKLOG, broker.port, False)


def main() -> None:
    os.makedirs(sys.argv[1], exist_ok=True)
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as made:
        folder = Path(made)
        with Broker(folder / "broker", extra="max_queued_messages 0", log_types=("error", "information")) as broker:
            ratios = [keeps_up(folder, broker.port) for _ in range(3)]
            print(f"1000 messages/s of {PAYLOAD} bytes, the broker keeps up: {min(ratios):.3f} to {max(ratios):.3f} bytes to disk per byte",
                  flush=True)
            rounds = [drain(folder, broker) for _ in range(5)]
            drained, live = (statistics.median(each) for each in zip(*rounds))
            shares = sorted(out / in_time for out, in_time in rounds)
            print(f"{BACKLOG} messages at QoS 1: {drained:.0f} messages/s out of a backlog, {live:.0f} live; ratio {statistics.median(shares):.2f}"
                  f" ({shares[0]:.2f} to {shares[-1]:.2f})", flush=True)


main()
