# SPDX-License-Identifier: MIT
"""Templates in a file: what a message brings along chooses its topic, and what it lacks is no topic."""

import json

import culvert
import tap
from broker import Broker

READINGS = """
[runtime]
name = "edge"

[node.zone]
plugin = "sensor"
read   = "%(folder)s/zone*/temp"
root   = "%(root)s"

[node.counter]
plugin = "sensor"
kind   = "counter"
count  = 1
format = "{topic}: {value}"

[node.screen]
plugin = "console"
format = "json"

[[route]]
from   = "zone"
to     = "screen"
topic  = "{runtime}{property.path}"
encode = "{field.value} of {property.path}"

[[route]]
from  = "counter"
to    = "screen"

[[route]]
from  = "counter"
to    = "screen"
topic = "{runtime}{property.path}"
"""

MESSAGES = """
[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:%d"
subscribe = ["in"]

[node.screen]
plugin = "console"
format = "json"

[[route]]
from  = "cloud"
to    = "screen"
topic = "plant/{property.site}/in"
"""


class Templates(tap.Case):
    def lines(self, run) -> list[tuple[str, str]]:
        return sorted((line["topic"], line["payload"]) for line in map(json.loads, run.out.texts()))

    def test_readings(self) -> None:
        """templates: fields and properties of a reading are in topic and payload, and a format shows its topic"""
        for number in (0, 1):
            (self.folder / "root" / "sys" / f"zone{number}").mkdir(parents=True)
            (self.folder / "root" / "sys" / f"zone{number}" / "temp").write_text(f"2{number}\n")
        text = READINGS % {"folder": "/sys", "root": self.folder / "root"}
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "20s"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual([("edge/counter", "edge/counter: 0"), ("edge/sys/zone0/temp", "20 of /sys/zone0/temp"),
                          ("edge/sys/zone1/temp", "21 of /sys/zone1/temp")], self.lines(run))
        run.err.wait_for(r"node 'counter': rejected 1 message, 'topic' of route 'counter -> screen #2' has nothing for "
                         r"'\{property\.path\}'")

    def test_messages(self) -> None:
        """templates: a user property of a message chooses its topic; without it, or with a wildcard in it, it is rejected"""
        with Broker(self.folder / "broker") as one, culvert.run_text(self.folder, MESSAGES % one.port) as run:
            one.log.wait_for("Sending SUBACK")
            one.publish("in", "lost")
            run.err.wait_for("node 'cloud': rejected 1 message, .* has nothing for '{property.site}'")
            one.publish("in", "wild", "-D", "publish", "user-property", "site", "north/#")
            one.publish("in", "found", "-D", "publish", "user-property", "site", "north")
            run.out.wait_for("found")
            self.assertEqual([("plant/north/in", "found")], self.lines(run))
            self.assertEqual(0, run.stop(), run.err.texts())


tap.main()
