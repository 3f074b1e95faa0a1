# SPDX-License-Identifier: MIT
"""The runtime, its broker and the link between them end in any way while readings go out over a durable route: what a
source was told is not lost. README.md in this folder says how the report of it is made."""

import os
import random
import time
from pathlib import Path
from typing import NamedTuple

import culvert
import tap
from ledger import Ledger
from link import Link
from machine import write_report
from recorded import RecordingBroker
from told import Told
from until import until

# What may come twice for each event: what is on its way, and what has ended and is not erased yet.
AGAIN = 64 + 1024

TEXT = """
[runtime]
plugin_path = ['FIXTURES', 'PLUGINS']

[node.reader]
plugin = "numbered"
path   = "numbers"
count  = COUNT

[node.cloud]
plugin         = "mqtt"
url            = "mqtt://127.0.0.1:PORT"
client_id      = "box"
clean_start    = false
session_expiry = "1h"
backoff        = { min = "10ms", max = "50ms" }

[[route]]
from    = "reader"
to      = "cloud"
topic   = "t/{seq}"
durable = true
"""


class Plan(NamedTuple):
    messages: int
    kills: int  # of the runtime
    broker_kills: int
    cuts: int  # of the link

    def events(self) -> list[str]:
        """In an order of chance, the same each time. In "away" the broker is killed, and the runtime twice meanwhile."""
        away = min(self.kills // 2, self.broker_kills) // 3
        events = (["away"] * away + ["runtime"] * (self.kills - 2 * away) + ["broker"] * (self.broker_kills - away) +
                  ["cut"] * self.cuts)
        random.Random(7).shuffle(events)
        return events


class Durable(tap.Case):
    def text(self, port: int, count: int) -> str:
        build = Path(os.environ["CULVERT_BUILD"])
        values = {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins", "PORT": port, "COUNT": count}
        text = TEXT
        for name, value in values.items():
            text = text.replace(name, str(value))
        return text

    def survive(self, plan: Plan) -> None:
        begin = time.monotonic()
        self.broker = self.use(RecordingBroker(self.folder))
        self.broker.start()
        self.link = self.use(Link(self.broker.port))
        self.ledger = Ledger(self.broker.record)
        self.told = Told(self.folder / "numbers")
        self.pipeline = self.text(self.link.port, plan.messages)
        self.start()
        events = plan.events()
        self.backlog = plan.messages // len(events) // 2
        for number, event in enumerate(events, 1):
            # Something new at least, so that what comes again belongs to this event.
            aim = max(plan.messages * number // (len(events) + 1), self.ledger.new + 1)
            self.ledger.wait(min(aim, plan.messages), self.run)
            getattr(self, f"do_{event}")()
        self.ledger.wait(plan.messages, self.run)
        self.assertEqual(0, self.run.stop(), self.run.err.texts())
        self.broker.assert_alive()
        self.check(plan, time.monotonic() - begin)

    def start(self) -> None:
        self.run = self.use(culvert.run_text(self.folder, self.pipeline))

    def do_runtime(self) -> None:
        self.run.kill()
        self.ledger.event()
        self.start()

    def do_broker(self) -> None:
        self.broker.process.kill()
        self.ledger.event()
        self.broker.start()

    def do_cut(self) -> None:
        """In order or by a reset, by turns."""
        until(lambda: self.link.cut(reset=self.link.cuts % 2 == 0) > 0, 60, lambda: "no connection to cut", self.run)
        self.ledger.event()

    def do_away(self) -> None:
        """A backlog grows, and is what the next process finds."""
        self.broker.process.kill()
        self.run.kill()
        self.ledger.event()
        self.ledger.event(more=True)
        self.start()
        aim = self.told.last() + self.backlog
        until(lambda: self.told.last() >= min(aim, self.ledger.highest + self.backlog), 120, lambda: f"{self.told.last()} told", self.run)
        self.run.kill()
        self.ledger.event(more=True)
        self.broker.start()
        self.start()

    def check(self, plan: Plan, seconds: float) -> None:
        ledger = self.ledger
        missing = ledger.missing(plan.messages)
        self.found = {"messages": plan.messages, "kill -9 of the runtime": plan.kills,
                      "kill -9 of the broker": plan.broker_kills, "cuts of the link": self.link.cuts, "lost": len(missing),
                      "reordered": ledger.reordered, "duplicates": ledger.again,
                      "most duplicates for one event": ledger.most_again(),
                      "emitted again by the source": ledger.emitted_again, "seconds": round(seconds)}
        print("# " + ", ".join(f"{name}: {value}" for name, value in self.found.items()), flush=True)
        self.assertEqual([], missing[:10])
        # The broker refuses nothing, so that no message may come late.
        self.assertEqual(0, ledger.reordered, "what came for the first time is in order")
        self.assertEqual(0, ledger.parts[0].again)
        self.assertLessEqual(ledger.most_again(), AGAIN)
        self.assertEqual((plan.kills + plan.broker_kills + plan.cuts, plan.cuts),
                         (sum(part.events for part in ledger.parts), self.link.cuts))


class Short(Durable):
    def test_survived(self) -> None:
        """durable: 3,000 messages over 6 kills of the runtime, 6 of the broker and 2 cuts of the link: none lost, all in order"""
        self.survive(Plan(3000, 6, 6, 2))


class Whole(Durable):
    def test_survived(self) -> None:
        """durable: 20,000 messages over 40 kills of the runtime, 20 of the broker and 8 cuts of the link: none lost, all in order"""
        self.survive(Plan(20_000, 40, 20, 8))


class Million(Durable):
    def test_survived(self) -> None:
        """durable: 1,000,000 messages over 100 kills of the runtime, 100 of the broker and 20 cuts of the link: none lost, all in order"""
        self.survive(Plan(1_000_000, 100, 100, 20))
        write_report(self.folder, self.found)


tap.main()
