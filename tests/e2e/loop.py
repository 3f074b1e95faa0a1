# SPDX-License-Identifier: MIT
"""One broker that is both source and sink of a pipeline, with topics that overlap."""

import culvert
import tap
from broker import Broker

TEXT = """
[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:PORT"
version   = "VERSION"
client_id = "box"
subscribe = ["in/#"]

[[route]]
from     = "cloud"
to       = "cloud"
filter   = "in/#"
topic    = "in/again"
required = false
"""


class Loop(tap.Case):
    def test_guard(self) -> None:
        """loop guard: what goes back to the broker that it came from comes in once more and is dropped, with either version"""
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / version) as broker:
                text = TEXT.replace("PORT", str(broker.port)).replace("VERSION", version)
                run = self.use(culvert.run_text(self.folder, text))
                run.err.wait_for("connected to")
                for number in range(3):
                    broker.publish("in/first", f"number {number}")
                broker.log.wait_for(r"Received PUBLISH from box .*'in/again'", times=3)
                run.err.wait_for("warn cloud: message on 'in/again' dropped: it has come from a broker through here before")
                # Acknowledged too: nothing of it is left at the broker.
                broker.log.wait_for("Received PUBACK from box", times=6)
                self.assertEqual(3, len(broker.publishes("in/again", "box")))
                self.assertEqual(0, run.stop(), run.err.texts())


tap.main()
