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

# Two nodes that mirror a tree of topics from each broker to the other.
BRIDGE = """
[node.a]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:PORT_A"
version   = "VERSION_A"
client_id = "box-a"
subscribe = ["plant/#"]

[node.b]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:PORT_B"
version   = "VERSION_B"
client_id = "box-b"
subscribe = ["plant/#"]

[[route]]
from     = "a"
to       = "b"
filter   = "plant/#"
required = false

[[route]]
from     = "b"
to       = "a"
filter   = "plant/#"
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

    def test_bridge(self) -> None:
        """loop guard: a bridge both ways publishes a message once at the other broker and never at its own, whatever the versions"""
        for versions in (("5", "5"), ("3.1.1", "3.1.1"), ("5", "3.1.1"), ("3.1.1", "5")):
            with self.subTest(versions=" ".join(versions)), Broker(self.folder / f"a{versions}") as a, \
                    Broker(self.folder / f"b{versions}") as b:
                text = BRIDGE
                for name, broker, version in zip("AB", (a, b), versions):
                    text = text.replace(f"PORT_{name}", str(broker.port)).replace(f"VERSION_{name}", version)
                run = self.use(culvert.run_text(self.folder, text))
                run.err.wait_for("connected to", times=2)
                for number in range(3):
                    a.publish("plant/to/b", f"number {number}")
                    b.publish("plant/to/a", f"number {number}")
                # What was forwarded comes back to who forwarded it, and is acknowledged. Had it gone on from there, that
                # would have been published before the end, which waits for what is on its way.
                a.log.wait_for("Received PUBACK from box-a", times=6)
                b.log.wait_for("Received PUBACK from box-b", times=6)
                self.assertEqual(0, run.stop(), run.err.texts())
                for broker, client, there, here in ((a, "box-a", "plant/to/a", "plant/to/b"),
                                                    (b, "box-b", "plant/to/b", "plant/to/a")):
                    self.assertEqual(3, len(broker.publishes(there, client)))
                    self.assertEqual([], broker.publishes(here, client))


tap.main()
