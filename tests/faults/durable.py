# SPDX-License-Identifier: MIT
"""The runtime is killed while readings go out over durable routes, the broker with it by turns: what a source was told is
not lost."""

import os
import random
from pathlib import Path

import culvert
import tap
from recorded import Record, RecordingBroker
from until import until

# What may come twice for each kill: what is on its way, what has ended and is not erased yet, and what the source was not
# told of and emits again.
AGAIN = 64 + 1024 + 512

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
topic   = "t/numbers"
durable = true
"""


class Durable(tap.Case):
    def text(self, port: int, count: int) -> str:
        build = Path(os.environ["CULVERT_BUILD"])
        values = {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins", "PORT": port, "COUNT": count}
        text = TEXT
        for name, value in values.items():
            text = text.replace(name, str(value))
        return text

    def told(self) -> int:
        """How far the source had written down that its messages were taken over."""
        file = self.folder / "numbers"
        text = file.read_text().split("\n") if file.exists() else [""]
        return int(text[-2]) if len(text) > 1 else 0

    def run_and_kill(self, count: int, kills: int) -> None:
        chance = random.Random(7)
        broker = self.use(RecordingBroker(self.folder))
        broker.start()
        text = self.text(broker.port, count)
        run = self.use(culvert.run_text(self.folder, text))
        for kill in range(1, kills + 1):
            self.wait_told(run, count * kill // (kills + 1))
            run.kill()
            # By turns the broker is away when it starts again, and the backlog grows.
            if kill % 3 == 0:
                broker.process.kill()
                run = self.use(culvert.run_text(self.folder, text))
                self.wait_told(run, min(count, self.told() + chance.randrange(1, count // kills)))
                run.kill()
                broker.start()
            run = self.use(culvert.run_text(self.folder, text))
        self.wait_told(run, count)
        self.wait_recorded(run, broker.record, count)
        self.assertEqual(0, run.stop(), run.err.texts())
        self.check(broker.record, count, kills * 4 // 3 + 1)

    def wait_told(self, run, number: int, within: float = 120) -> None:
        until(lambda: self.told() >= number, within, lambda: f"{self.told()} of {number}; {run.err.texts()[-5:]}", run)

    def wait_recorded(self, run, record: Record, count: int, within: float = 120) -> None:
        until(lambda: len({number for life in record.lives() for _, number, _ in life}) >= count, within,
              lambda: f"not all recorded; {run.err.texts()[-5:]}", run)

    def check(self, record: Record, count: int, events: int) -> None:
        seen: set[int] = set()
        again = highest = late = 0
        for life in record.lives():
            for _, number, _ in life:
                again += number in seen
                if number not in seen:
                    late += number < highest
                    highest = max(highest, number)
                seen.add(number)
        print(f"# {count} messages, {again} of them again", flush=True)
        self.assertEqual(set(range(1, count + 1)), seen)
        self.assertLessEqual(again, events * AGAIN)
        self.assertEqual(0, late, "what came for the first time is in order")


class Short(Durable):
    def test_killed(self) -> None:
        """durable: killed 6 times in 3,000 messages, with the broker away by turns, none is lost, nor the order"""
        self.run_and_kill(3000, 6)


class Whole(Durable):
    def test_killed(self) -> None:
        """durable: killed 40 times in 20,000 messages, with the broker away by turns, none is lost, nor the order"""
        self.run_and_kill(20000, 40)


tap.main()
