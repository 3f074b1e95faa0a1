# SPDX-License-Identifier: MIT
"""From a source to a sink, without a broker; beside it what carries a route, and the plainest hand-over that there is."""

from typing import Callable

from harness.contest import Case, Contender
from harness.measure import Figures, window
from harness.stage import Stage
from pipelines import node, route

SIZE = 128
PAIR, IPC, DEQUE = "bare pair0 inproc", "bare pair0 ipc", "mutex and deque"


def by_culvert(rate: int = 0, isolated: tuple[str, ...] = (), options: str = "",
               records: bool = False) -> Callable[[Stage], Figures]:
    def measure(stage: Stage) -> Figures:
        def home(name: str) -> str:
            return f"isolate = {str(name in isolated).lower()}\n"
        seen = stage.gauge()
        text = node("load", "load", home("load") + f"size = {SIZE}\nrate = {rate}\nrecords = {str(records).lower()}")
        text += node("meter", "meter", home("meter") + f"gauge = '{seen.path}'\nreadings = {str(records).lower()}")
        run = stage.culvert(text + route("load", "meter", options))
        return window(seen, [run], stage.seconds, disk="durable" in options)
    return measure


def by_bare(way: str, rate: int = 0) -> Callable[[Stage], Figures]:
    def measure(stage: Stage) -> Figures:
        seen = stage.gauge()
        run = stage.program("hand_over", way=way, gauge=seen.path, size=SIZE, rate=rate, address=stage.folder / "hop.sock")
        return window(seen, [run], stage.seconds)
    return measure


def by_routes(count: int, turns: bool) -> Callable[[Stage], Figures]:
    """With `turns` each topic has a route of its own; else each route carries every message."""
    def measure(stage: Stage) -> Figures:
        seen = stage.gauge()
        text = node("load", "load", f"size = {SIZE}\ntopics = {count if turns else 1}")
        text += node("meter", "meter", f"gauge = '{seen.path}'")
        text += "".join(route("load", "meter", f"filter = 'bench/{number if turns else 0}'") for number in range(count))
        return window(seen, [stage.culvert(text)], stage.seconds)
    return measure


def bare(rate: int = 0) -> list[Contender]:
    ways = {PAIR: "inproc", IPC: "ipc", DEQUE: "deque"}
    return [Contender(name, by_bare(way, rate)) for name, way in ways.items()]


def routes(name: str, summary: str, turns: bool) -> Case:
    contenders = [Contender(f"culvert ({count} route{'s' * (count > 1)})", by_routes(count, turns)) for count in (1, 10, 100, 1000)]
    return Case(name, summary, contenders, contenders[0].name, "cpu_us")


CASES = [
    Case("hop", "source to sink, 128 B, full speed; batched is JSON of records, 100 to a message", [
        Contender("culvert", by_culvert()),
        Contender("culvert (sink isolated)", by_culvert(isolated=("meter",))),
        Contender("culvert (both isolated)", by_culvert(isolated=("load", "meter"))),
        Contender("culvert (durable)", by_culvert(options="durable = true")),
        Contender("culvert (batched)", by_culvert(options="batch = { max = 100 }", records=True)),
        *bare(),
    ], PAIR),
    Case("hop-1000", "source to sink, 128 B, 1000 messages/s", [
        Contender("culvert", by_culvert(1000)),
        Contender("culvert (sink isolated)", by_culvert(1000, isolated=("meter",))),
        Contender("culvert (durable)", by_culvert(1000, options="durable = true")),
        *bare(1000),
    ], PAIR, "p50_us"),
    routes("routes", "source to sink, 128 B, full speed, over so many routes in turn", True),
    routes("fan-out", "source to sink, 128 B, full speed, each message over each of so many routes", False),
]
