# SPDX-License-Identifier: MIT
"""`culvert doctor` on a set-up that works and on broken ones; what it says of five of them stands in the connector's
README, as it really is."""

import json
import re
import shutil
import socket
import unittest

import certs
import culvert
import dynsec
import hosts
import tap
from broker import PASSWORD, USER, Broker
from ports import free_port
from visits import PIPELINE, Visit

README = culvert.SOURCE / "plugins" / "mqtt" / "README.md"
# What differs from run to run is not compared, and of what a box has for itself the README shows what others have.
CHANGING = [
    (r"\(\d+ (ms|s)\)", "(4 ms)"), (r"(localhost|127\.0\.0\.1|broker\.invalid):\d+", r"\1:8883"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "2026-11-26 16:46:12 UTC"), (r"sha256/[A-Za-z0-9+/]{43}=", "sha256/..."),
    (r"'/[^']*/([a-z-]+\.crt)'", r"'/etc/culvert/\1'"), (r"\d+ days left", "300 days left"),
    # Without a network the resolver does not get as far as to know.
    (r"Temporary failure in name resolution", "Name or service not known"),
]


def steady(text: str) -> str:
    for pattern, stands in CHANGING:
        text = re.sub(pattern, stands, text)
    return text


class Doctor(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.authority = certs.Authority("Plant CA")
        self.ca = self.authority.write_root(self.folder / "ca.crt")
        # What is said of 'localhost' is the same on every box.
        only = {info[4][0] for info in socket.getaddrinfo("localhost", 1)} == {"127.0.0.1"}
        self.before = [] if only else hosts.prefix(self.folder, {})

    def broker(self, issued: certs.Issued | None = None, subscribes: list[str] | None = None,
               publishes: str = "culvert/doctor/#") -> Broker:
        """Without `subscribes` everything may be subscribed to: refusing that takes more than an ACL file."""
        certificate, key = (issued or self.authority.server("localhost")).write(self.folder / "broker")
        folder = self.folder / "broker.d"
        shutil.rmtree(folder, ignore_errors=True)
        how = {"certificate": certificate, "key": key}
        if subscribes is None:
            acl = f"user {USER}\ntopic read #\ntopic write {publishes}\n"
            return self.use(Broker(folder, password=True, acl=acl, **how))
        rights = dynsec.settings(folder, subscribes, [publishes])
        return self.use(Broker(folder, extra=rights + "\nallow_anonymous false", **how))

    def visit(self, port: int, *arguments: str, **changed: str) -> Visit:
        how = {"url": f"mqtts://localhost:{port}", "password": PASSWORD, "ca": self.ca,
               "more": 'client_id = "edge-01"'}
        visit = Visit(self.folder, PIPELINE.format(**(how | changed)), *arguments, before=self.before)
        self.assertNotIn(PASSWORD, visit.out + visit.err)
        return visit

    def assert_in_readme(self, heading: str, visit: Visit) -> None:
        """What stands below the heading, from a run of another day, is what was said but for what differs."""
        found = re.search(rf"^\*\*{re.escape(heading)}\*\*.*?^```text\n(.*?)^```$", README.read_text(), re.M | re.S)
        self.assertIsNotNone(found, f"the README has nothing under '{heading}'")
        self.assertEqual(steady(found[1]), steady(visit.out), f"the README shows something else under '{heading}'")

    def test_good(self) -> None:
        """doctor: a set-up that works is well, step by step, and nothing is left at the broker or on the box"""
        broker = self.broker()
        visit = self.visit(broker.port)
        self.assertEqual(0, visit.status, visit.out + visit.err)
        self.assertEqual(["clock ok", "name ok", "TCP ok", "TLS ok", "certificate ok", "CONNECT ok", "SUBSCRIBE ok",
                          "SUBSCRIBE ok", "PUBLISH ok"], visit.results())
        self.assertEqual("all is well", visit.out.splitlines()[-1])
        self.assertEqual([("ok", "'plant/commands/#' with QoS 1"), ("ok", "'plant/alarms/+' with QoS 2")],
                         visit.said("SUBSCRIBE"))
        self.assertRegex(visit.said("certificate")[0][1], "^'localhost' by 'Plant CA', for 'localhost', (299|300) days left, key ")
        broker.log.wait_for("^Received DISCONNECT from edge-01-doctor")
        broker.log.wait_for(r"New client connected from .* as edge-01-doctor \(p5, c1, k60, u'edge'\)")
        self.assertEqual(1, len(broker.publishes("culvert/doctor/edge-01", "edge-01-doctor")))
        self.assertIn(", r0,", broker.publishes("culvert/doctor/edge-01")[0].text)
        self.assertEqual([], broker.log.matching("[Ww]ill message.*edge|already connected"))
        self.assertEqual([], list((self.folder / "state").iterdir()))
        self.assert_in_readme("All is well", visit)

    def test_name(self) -> None:
        """doctor: a name that does not resolve"""
        visit = self.visit(0, url="mqtts://broker.invalid:8883")
        self.assertEqual(1, visit.status)
        self.assertEqual(["clock ok", "name failed"], visit.results()[:2])
        self.assertEqual({"not done"}, {result for _, result, _, _ in visit.steps[2:]})
        self.assert_in_readme("A name that does not resolve", visit)

    def test_nobody(self) -> None:
        """doctor: a port where nobody listens"""
        visit = self.visit(free_port())
        self.assertEqual(1, visit.status)
        self.assertEqual(["clock ok", "name ok", "TCP failed", "TLS not done"], visit.results()[:4])
        self.assert_in_readme("Nobody listens", visit)

    def test_authority(self) -> None:
        """doctor: a broker whose authority is another one, which the hint names"""
        broker = self.broker()
        other = certs.Authority("Office CA").write_root(self.folder / "office-ca.crt")
        visit = self.visit(broker.port, ca=other)
        self.assertEqual(1, visit.status)
        self.assertIn("TLS failed", visit.results())
        self.assertIn("certificate not done", visit.results())
        self.assertEqual([], broker.log.matching("as edge-01-doctor"))
        self.assert_in_readme("The wrong authority", visit)

    def test_password(self) -> None:
        """doctor: a password that the broker refuses"""
        broker = self.broker()
        visit = self.visit(broker.port, password="wrong")
        self.assertEqual(1, visit.status)
        self.assertIn("CONNECT failed", visit.results())
        self.assertEqual(["SUBSCRIBE not done", "PUBLISH not done"], visit.results()[-2:])
        self.assert_in_readme("The wrong password", visit)

    @unittest.skipUnless(dynsec.plugin(), "Mosquitto's dynamic security plugin is not installed")
    def test_subscription(self) -> None:
        """doctor: a subscription that the broker refuses, while the other one and the message go through"""
        broker = self.broker(subscribes=["plant/commands/#", "culvert/doctor/#"])
        visit = self.visit(broker.port)
        self.assertEqual(1, visit.status)
        self.assertEqual(["SUBSCRIBE ok", "SUBSCRIBE failed", "PUBLISH ok"], visit.results()[-3:])
        self.assert_in_readme("A subscription that is refused", visit)

    def test_expired(self) -> None:
        """doctor: an expired certificate, and one that soon will be"""
        broker = self.broker(self.authority.expired("localhost"))
        visit = self.visit(broker.port)
        self.assertEqual((1, [("failed", "certificate expired 3 days ago")]), (visit.status, visit.said("TLS")))
        broker.stop()
        broker = self.broker(self.authority.server("localhost", not_after=certs.now() + certs.days(5.5)))
        visit = self.visit(broker.port)
        self.assertEqual(0, visit.status, visit.out)
        self.assertIn("certificate warning", visit.results())
        self.assertIn("renew 'localhost' soon", visit.hints)

    def test_host(self) -> None:
        """doctor: a certificate for another host, which is shown with its chain"""
        middle = self.authority.intermediate("Plant intermediate")
        broker = self.broker(middle.server("other.test"))
        visit = self.visit(broker.port)
        self.assertEqual(1, visit.status)
        self.assertRegex(visit.said("TLS")[0][1], "^certificate is for 'other.test', not 'localhost'")
        self.assertIn("the broker showed 'other.test' by 'Plant intermediate' by 'Plant CA', for 'other.test'",
                      visit.hints)

    def test_topic(self) -> None:
        """doctor: a test message that the broker refuses is a warning, and --topic is where it goes"""
        broker = self.broker(publishes="plant/test")
        visit = self.visit(broker.port)
        self.assertEqual((0, "PUBLISH warning"), (visit.status, visit.results()[-1]), visit.out)
        self.assertEqual("1 warning", visit.out.splitlines()[-1])
        visit = self.visit(broker.port, "--topic", "plant/test")
        self.assertEqual((0, "PUBLISH ok"), (visit.status, visit.results()[-1]), visit.out)
        broker.log.wait_for(r"^Received PUBLISH from edge-01-doctor \(d0, q1, r0, m\d+, 'plant/test'")

    def test_json(self) -> None:
        """doctor: --format json says the same in one object"""
        broker = self.broker()
        how = {"password": "wrong"}
        text, told = self.visit(broker.port, **how), json.loads(self.visit(broker.port, "--format", "json", **how).out)
        self.assertEqual((False, 1, 0), (told["ok"], told["failed"], told["warnings"]))
        self.assertEqual(["cloud"], [node["node"] for node in told["nodes"]])
        steps = told["nodes"][0]["steps"]
        self.assertEqual(text.results(), [f"{one['step']} {one['result']}" for one in steps])
        self.assertEqual([""] + [f"mqtts://localhost:{broker.port}"] * 7, [one["subject"] for one in steps])
        self.assertEqual(text.hints, [one["hint"] for one in steps])

    def test_ends(self) -> None:
        """doctor: each kind of end has its exit code, and nothing is dialled before the file is good"""
        url = f"mqtts://localhost:{free_port()}"
        good = PIPELINE.format(url=url, password="x", ca=self.ca, more="")
        for status, text, arguments, why in (
            (78, good.replace("plugin = \"console\"", "plugin = \"consle\""), [], "did you mean 'console'"),
            (64, good, ["clod"], "there is no node 'clod', did you mean 'cloud'"),
            (64, good, ["--topic", "a/#"], "must be a topic"),
            (64, good, ["--format", "xml"], "xml"),
            (69, good, ["screen"], "no.*way outside|way outside"),
        ):
            visit = Visit(self.folder, text, *arguments)
            self.assertEqual(status, visit.status, visit.err)
            self.assertRegex(visit.err, why)
            self.assertEqual("", visit.out)


tap.main()
