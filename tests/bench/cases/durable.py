# SPDX-License-Identifier: MIT
"""Messages that go to disk because the broker is away."""

from harness.contest import Case, Contender
from harness.measure import Figures, window
from harness.stage import Stage
from pipelines import node, route
from ports import free_port

SIZE = 200


def by_culvert(stage: Stage) -> Figures:
    """A message counts when its source is told that it is on disk."""
    seen = stage.gauge()
    text = node("load", "load", f"size = {SIZE}\ngauge = '{seen.path}'")
    # Nobody listens there.
    text += node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:{free_port()}'")
    text += route("load", "cloud", "durable = true\nmax_size = '4GiB'")
    return window(seen, [stage.culvert(text)], stage.seconds, disk=True)


def by_sqlite(stage: Stage) -> Figures:
    seen = stage.gauge()
    run = stage.program("bare_store", path=stage.folder / "bare.db", gauge=seen.path, size=SIZE)
    return window(seen, [run], stage.seconds, disk=True)


CASES = [
    Case("durable", "a durable route, 200 B, the broker away; beside SQLite alone, 64 in a commit",
         [Contender("culvert", by_culvert), Contender("bare SQLite", by_sqlite)], "bare SQLite"),
]
