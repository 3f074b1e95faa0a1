# SPDX-License-Identifier: MIT
"""What reaches a broker in 30 seconds at a maximum rate."""

import os
from pathlib import Path

import culvert
import tap
from broker import Broker

RATE, SECONDS = 10, 30
TEXT = f"""
[runtime]
plugin_path = ['FIXTURES', 'PLUGINS']

[node.many]
plugin = "tokens"
count  = {RATE * SECONDS}

[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:PORT"
client_id = "box"
max_rate  = {RATE}

[[route]]
from = "many"
to   = "cloud"
"""
# A machine that is late reads two lines at once: one more than ought to be in a second, and none more in five.
LATE = 1


class Rate(tap.Case):
    def test_thirty_seconds(self) -> None:
        """rate: with 'max_rate' 10 for 30 s there are in no second more than that and the burst"""
        broker = self.use(Broker(self.folder / "broker"))
        build = Path(os.environ["CULVERT_BUILD"])
        text = TEXT
        for name, value in {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins",
                            "PORT": broker.port}.items():
            text = text.replace(name, str(value))
        run = self.use(culvert.run_text(self.folder, text, "--once"))
        self.assertEqual(0, run.wait(3 * SECONDS), run.err.texts())
        came = [line.at for line in broker.log.matching("Received PUBLISH from box")]
        self.assertEqual(RATE * SECONDS, len(came))
        most = max(sum(1 for other in came if at <= other < at + 1) for at in came)
        print(f"# at most {most} in a second, {came[-1] - came[0]:.2f} s in all", flush=True)
        self.assertLessEqual(most, RATE + 1 + LATE)
        self.assertLessEqual(max(sum(1 for other in came if at <= other < at + 5) for at in came), 5 * RATE + 1)
        # Neither faster nor much slower than it may be.
        self.assertGreaterEqual(came[-1] - came[0], SECONDS - 0.2)
        self.assertLessEqual(came[-1] - came[0], SECONDS * 1.2)


tap.main()
