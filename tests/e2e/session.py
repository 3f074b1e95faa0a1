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
backoff        = { min = "100ms", max = "500ms" }
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

    def test_rolled_back(self) -> None:
        """session: a broker that was killed and has lost a subscription of the session it resumes is asked for it anew"""
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / f"back-{version}") as broker:
                text = TEXT.replace("PORT", f'{broker.port}"\nversion = "{version}')
                one = text.replace('["to/box"]', '["plant/a"]')
                two = text.replace('["to/box"]', '["plant/a", "plant/b"]')
                broker.publish("plant/a", "a that is kept", "-r")
                broker.publish("plant/b", "b that is kept", "-r")
                run = self.use(culvert.run_text(self.folder, one))
                run.out.wait_for("a that is kept")
                self.assertEqual(0, run.stop(), run.err.texts())
                # Its end writes the session down; after that it is killed before it does again.
                broker.stop()
                broker.start()
                again = self.use(culvert.run_text(self.folder, two))
                again.out.wait_for("b that is kept")
                # It may come before that is said.
                again.err.wait_for("connected to .*session resumed", timeout=30)
                broker.kill()
                broker.start()
                again.err.wait_for("connected to .*session resumed", times=2, timeout=30)
                broker.publish("plant/b", "b that is new")
                again.out.wait_for("b that is new")
                self.assertEqual(0, again.stop(), again.err.texts())
                # What is retained comes where a subscription is made: with 3.1.1 that is each time.
                kept = ["b"] * 2 if version == "5" else ["a", "b"] * 2
                self.assertEqual([f"{topic} that is kept" for topic in kept] + ["b that is new"], again.out.texts())


tap.main()
