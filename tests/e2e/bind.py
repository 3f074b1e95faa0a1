# SPDX-License-Identifier: MIT
"""Where connections leave the box: the broker's log tells from where they came."""

import re
import socket
import unittest

import culvert
import hosts
import tap
from broker import Broker
from pipelines import ONE
from tcp_sink import TcpServer


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


class Bind(tap.Case):
    def came_from(self, broker: Broker, host: str, bind: str, before: list[str] | None = None) -> str:
        said = broker.log.count()
        text = ONE % f'url = "mqtt://{host}:{broker.port}"\nbind = "{bind}"'
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "30s", before=before))
        self.assertEqual(0, run.wait(40), run.err.texts())
        line = broker.log.wait_for("^New client connected from ", start=said)
        return re.sub(r"^New client connected from (.*):\d+ as .*", r"\1", line.text)

    def refused(self, host: str, bind: str, why: str) -> None:
        text = ONE % f'url = "mqtt://{host}:1883"\nbind = "{bind}"\nbackoff.min = "20s"'
        with culvert.run_text(self.folder, text) as run:
            run.err.wait_for(f"^error cloud: connect to 'mqtt://.*:1883': {why}, next try in", timeout=20)
            self.assertEqual(0, run.stop(), run.err.texts())

    def test_address(self) -> None:
        """bind: the broker sees the address that was chosen"""
        broker = self.use(Broker(self.folder / "broker"))
        self.assertEqual("127.0.0.9", self.came_from(broker, "127.0.0.1", "127.0.0.9"))
        self.assertEqual("127.0.0.10", self.came_from(broker, "127.0.0.1", "127.0.0.10"))

    def test_interface(self) -> None:
        """bind: an interface may be named, and one that this box does not have is said"""
        broker = self.use(Broker(self.folder / "broker"))
        self.assertEqual("127.0.0.1", self.came_from(broker, "127.0.0.1", "lo"))
        self.refused("127.0.0.1", "nope0", "bind 'nope0': this box has no such interface")

    @unittest.skipUnless(has_ipv6(), "this box has no IPv6 loopback")
    def test_family(self) -> None:
        """bind: of a name with addresses of both families those that fit are used"""
        if not hosts.is_possible(self.folder):
            self.skipTest("this box allows no namespaces: there is no name with two addresses")
        broker = self.use(Broker(self.folder / "broker", listens_on=("127.0.0.1", "::1")))
        both = hosts.prefix(self.folder, {"both.test": ["::1", "127.0.0.1"]})
        self.assertEqual("::1", self.came_from(broker, "both.test", "::1", both))
        self.assertEqual("127.0.0.9", self.came_from(broker, "both.test", "127.0.0.9", both))

    def test_no_address_fits(self) -> None:
        """bind: when no address of the broker is of its family that is said"""
        self.refused("127.0.0.1", "::1", "bind '::1' is an IPv6 address, and '127.0.0.1' has none")
        self.refused("[::1]", "127.0.0.9", "bind '127.0.0.9' is an IPv4 address, and '::1' has none")

    def test_not_here(self) -> None:
        """bind: an address that this box does not have is said, and may come later"""
        self.refused("127.0.0.1", "192.0.2.1", "bind '192.0.2.1': no interface of this box has this address")

    def test_proxy(self) -> None:
        """bind: it holds for the way to a proxy, too"""
        callers = []
        with TcpServer(lambda peer: callers.append(peer.getpeername()[0])) as proxy:
            text = ONE % f'url = "mqtt://b"\nproxy = "http://127.0.0.1:{proxy.port}"\nbind = "127.0.0.9"'
            with culvert.run_text(self.folder, text) as run:
                run.err.wait_for("^error cloud: connect to .*: proxy '.*' ")
                run.stop()
        self.assertEqual("127.0.0.9", callers[0])

    def test_check(self) -> None:
        """bind: what is neither an address nor a name is found before anything runs"""
        file = self.folder / "wrong.toml"
        file.write_text(ONE % 'url = "mqtt://b"\nbind = "a/b"')
        done = culvert.check(self.folder, file)
        self.assertEqual(78, done.returncode)
        self.assertIn("'bind' must be an IP address of this box or the name of an interface, got 'a/b'", done.stderr)


tap.main()
