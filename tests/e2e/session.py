# SPDX-License-Identifier: MIT
"""A session that outlives the connection."""

import culvert
import tap
from broker import Broker

TEXT = """
[node.cloud]
plugin         = "mqtt"
url            = "mqtt://127.0.0.1:PORT"
client_id      = "box"
clean_start    = false
session_expiry = "1h"
subscribe      = ["to/box"]

[node.screen]
plugin = "console"

[[route]]
from = "cloud"
to   = "screen"
"""


class Session(tap.Case):
    def test_away(self) -> None:
        """session: what is published while it is stopped arrives at the next start, in order, with either version"""
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / version) as broker:
                text = TEXT.replace("PORT", f'{broker.port}"\nversion = "{version}')
                run = self.use(culvert.run_text(self.folder, text))
                broker.log.wait_for("Sending SUBACK to box")
                self.assertEqual(0, run.stop(), run.err.texts())
                broker.log.wait_for("Received DISCONNECT from box")
                self.assertEqual([], broker.log.matching("UNSUBSCRIBE"))
                for number in range(10):
                    broker.publish("to/box", f"while away {number}")
                again = self.use(culvert.run_text(self.folder, text))
                again.out.wait_for("while away 9")
                self.assertEqual(0, again.stop(), again.err.texts())
                self.assertEqual([f"while away {number}" for number in range(10)], again.out.texts())


tap.main()
