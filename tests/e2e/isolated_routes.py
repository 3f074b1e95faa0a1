# SPDX-License-Identifier: MIT
"""What the routes of a source do, in the process of the runtime and in one of its own: the same."""

import json
import time

import culvert
import tap
from control import named, wait_status
from pipelines import head, node, route
from process import Process
from until import until

LONG = 60
COUNT = 20_000
HOMES = ("false", "true")


class Routes(tap.Case):
    def start(self, *parts: str) -> Process:
        return self.use(culvert.run_text(self.folder, head() + "".join(parts)))

    def lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    def test_drops(self) -> None:
        """isolated: past a sink that stands still a route of 100 drops and counts as in process, and the source's other one goes on"""
        seen, took = [], []
        for isolate in HOMES:
            began = time.monotonic()
            run = self.start(node("t", "tokens", f"count = {COUNT}\nisolate = {isolate}"), node("still", "slow", "delay = '24h'"),
                             node("o", "unruly", f"path = '{self.folder}/{isolate}.txt'\nlives = 0"),
                             route("t", "still", "when_full = 'drop_oldest'\nmax_messages = 100"), route("t", "o"))
            until(lambda: len(self.lines(f"{isolate}.txt")) == COUNT, 2 * LONG, lambda: run.err.texts()[-5:], run)
            took.append(time.monotonic() - began)
            self.assertEqual([str(number) for number in range(COUNT)], self.lines(f"{isolate}.txt"))
            found = wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> o")["queue"]["messages"] == 0, LONG)
            still, source = named(found["routes"], "t -> still"), named(found["nodes"], "t")
            counters = still["counters"]
            seen.append({"emitted": source["counters"]["emitted"], "queue": still["queue"]["messages"],
                         # Which of them goes is a matter of how far the sink's process was.
                         "dropped": counters["dropped_oldest"] + counters["dropped_newest"],
                         **{name: counters[name] for name in ("placed", "delivered", "rejected", "expired")}})
            self.assertEqual(0, run.stop(LONG), run.err.texts())
            self.assertRegex(run.err.texts()[-1], f"stopped: {COUNT} messages delivered, {COUNT - 100} dropped by a full route, "
                             "100 not delivered$")
        self.assertEqual({"emitted": COUNT, "queue": 100, "dropped": COUNT - 100, "placed": COUNT, "delivered": 0, "rejected": 0,
                          "expired": 0}, seen[0])
        self.assertEqual(seen[0], seen[1])
        print(f"# {COUNT} messages past it: {took[0]:.1f} s in process, {took[1]:.1f} s isolated", flush=True)

    def test_batch(self) -> None:
        """isolated: a batch of 1000 leaves when it is full and not before, the rest at the end, as in process"""
        for isolate in HOMES:
            run = self.start(node("counter", "sensor", f"kind = 'counter'\ninterval = '1ms'\ncount = 2500\nisolate = {isolate}"),
                             node("s", "lines_c", f"path = '{self.folder}/{isolate}.txt'"),
                             route("counter", "s", "batch = { max = 1000, within = '1h' }\nmax_messages = 2000"))
            wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "counter -> s")["counters"]["placed"] == 2500, LONG)
            wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "counter -> s")["counters"]["delivered"] == 2000, LONG)
            self.assertEqual(0, run.stop(LONG), run.err.texts())
            arrays = [json.loads(line) for line in self.lines(f"{isolate}.txt")]
            self.assertEqual([1000, 1000, 500], [len(array) for array in arrays])
            self.assertEqual(list(range(2500)), [reading["value"] for array in arrays for reading in array])


tap.main()
