# SPDX-License-Identifier: MIT
"""Two brokers behind one port, as providers of many tenants have it: HAProxy passes a connection on by the server name
that its first bytes ask for, and sends away who asks for none."""

import unittest

import certs
import culvert
import hosts
import tap
from broker import Broker
from pipelines import ONE
from proxies import Haproxy

NAMES = ("one.test", "two.test")


@unittest.skipUnless(culvert.tool("haproxy"), "haproxy is not installed")
class ByName(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        authority = certs.Authority()
        authority.write_root(self.folder / "ca.crt")
        self.brokers = {}
        for name in NAMES:
            # An address as well, so that the one without a name fails for want of the name and nothing else.
            certificate, key = authority.server(name, "127.0.0.1").write(self.folder / name)
            self.brokers[name] = self.use(Broker(self.folder / f"broker.{name}", certificate=certificate, key=key))
        self.haproxy = self.use(Haproxy(self.folder, {name: one.port for name, one in self.brokers.items()}))

    def deliver(self, host: str, options: str, before: list[str] | None = None) -> None:
        text = ONE % f'url = "mqtts://{host}:{self.haproxy.port}"\ntls.ca = "ca.crt"\n{options}'
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "30s", before=before))
        self.assertEqual(0, run.wait(40), run.err.texts())

    def counts(self) -> list[int]:
        return [len(broker.publishes("a/b")) for broker in self.brokers.values()]

    def test_server_name(self) -> None:
        """haproxy: tls.server_name chooses the broker behind a shared port"""
        self.deliver("127.0.0.1", 'tls.server_name = "two.test"')
        self.assertEqual([0, 1], self.counts())
        self.deliver("localhost", 'tls.server_name = "one.test"')
        self.assertEqual([1, 1], self.counts())

    def test_host(self) -> None:
        """haproxy: the host of the URL chooses the broker behind a shared port"""
        if not hosts.is_possible(self.folder):
            self.skipTest("this box allows no namespaces: there are no such names")
        known = hosts.prefix(self.folder, {name: ["127.0.0.1"] for name in NAMES})
        self.deliver("one.test", "", known)
        self.assertEqual([1, 0], self.counts())
        self.deliver("two.test", 'tls.max_version = "1.2"', known)
        self.assertEqual([1, 1], self.counts())

    def test_none(self) -> None:
        """haproxy: without a name nobody is reached, and the line says where it ended"""
        text = ONE % f'url = "mqtts://127.0.0.1:{self.haproxy.port}"\ntls.ca = "ca.crt"\nbackoff.min = "20s"'
        with culvert.run_text(self.folder, text) as run:
            run.err.wait_for("^error cloud: connect to .*: the broker closed the connection in the TLS handshake "
                             r"\(an address asks for no server name, see tls.server_name\), next try",
                             timeout=30)
            self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual([0, 0], self.counts())
        self.assertEqual([], [line for one in self.brokers.values() for line in one.log.matching("New connection")])


tap.main()
