# SPDX-License-Identifier: MIT
"""`culvert doctor` as a visitor: beside a bridge that runs, by every way that the file names, and at brokers that are not
as they should be."""

import unittest

import culvert
import dynsec
import hosts
import proxies
import tap
from broker import PASSWORD, USER, Broker
from old_broker import OldBroker
from pipelines import ONE
from ports import free_port
from tcp_sink import TcpServer, TcpSink
from visits import Visit

BRIDGE = """
[node.tick]
plugin   = "sensor"
kind     = "counter"
interval = "100ms"
format   = "tick {value}"
topic    = "plant/tick"

[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:%d"
subscribe = ["plant/#", "$share/crew/plant/tick"]
will      = { topic = "plant/gone", payload = "gone", retain = true }

[node.screen]
plugin = "console"

[[route]]
from = "tick"
to   = "cloud"

[[route]]
from = "cloud"
to   = "screen"
"""


class Beside(tap.Case):
    def state(self) -> dict[str, tuple[bytes, int]]:
        """Every file of the state folder: what it holds, and when it was written."""
        files = [file for file in (self.folder / "state").rglob("*") if file.is_file()]
        return {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}

    def test_bridge(self) -> None:
        """doctor: a bridge of the same file that runs beside it notices nothing, and its state folder is as it was"""
        broker = self.use(Broker(self.folder / "broker"))
        run = self.use(culvert.run_text(self.folder, BRIDGE % broker.port, name="bridge.toml"))
        run.err.wait_for("^info cloud: connected to ", timeout=30)
        run.out.wait_for("^tick ", timeout=30)
        before, said = self.state(), run.err.count()
        name = before["mqtt-cloud.id"][0].decode().strip()
        visit = Visit(self.folder, BRIDGE % broker.port)
        self.assertEqual(0, visit.status, visit.out + visit.err)
        self.assertIn(f"client id '{name}-doctor'", visit.said("CONNECT")[0][1])
        self.assertEqual(before, self.state())
        # Whatever the bridge had lost would show in what it goes on to carry.
        heard = run.out.count()
        run.out.wait_for("^tick ", timeout=30, start=heard, times=10)
        self.assertEqual([], run.err.texts()[said:])
        self.assertEqual([], broker.log.matching("already connected|Socket error|plant/gone'"))
        self.assertEqual(1, len(broker.log.matching(f"New client connected from .* as {name} ")))
        self.assertEqual([], broker.log.matching(f"Client {name} "))
        visitor = broker.log.matching(f"^{name}-doctor . [$]share/")
        self.assertEqual(1, len(visitor), "the visitor's share of the group is not its own")
        self.assertNotIn("$share/crew/", visitor[0].text)
        self.assertEqual(0, run.stop(), run.err.texts())
        # Each comes twice, and of the group's messages the visitor took none. The first and the last may be cut.
        numbers = [int(line.removeprefix("tick ")) for line in run.out.texts() if line.startswith("tick ")]
        self.assertEqual({2}, {numbers.count(one) for one in range(min(numbers) + 1, max(numbers))})

    def visit(self, url: str, options: str = "", before: list[str] | None = None) -> Visit:
        visit = Visit(self.folder, ONE % f'url = {url}\nconnect_timeout = "2s"\n{options}', before=before)
        self.assertNotIn(proxies.PASSWORD, visit.out + visit.err)
        return visit

    @unittest.skipUnless(culvert.tool("tinyproxy"), "tinyproxy is not installed")
    def test_proxy(self) -> None:
        """doctor: it goes through the proxy that the node goes through, and says when that refuses"""
        broker = self.use(Broker(self.folder / "broker"))
        proxy = self.use(proxies.Tinyproxy(self.folder))
        visit = self.visit(f'"mqtt://127.0.0.1:{broker.port}"', f'proxy = "{proxy.url}"')
        self.assertEqual(0, visit.status, visit.out)
        self.assertEqual(["clock ok", "name ok", "TCP ok", "proxy ok", "CONNECT ok", "PUBLISH ok"], visit.results())
        broker.log.wait_for(f"New client connected from {proxies.OUTSIDE}:.* as cloud-doctor")
        locked = self.use(proxies.Tinyproxy(self.folder, password=True))
        visit = self.visit(f'"mqtt://127.0.0.1:{broker.port}"', f'proxy = "{locked.url}"')
        self.assertEqual((1, "proxy failed"), (visit.status, visit.results()[3]), visit.out)
        self.assertIn("407 Proxy Authentication Required", visit.said("proxy")[0][1])
        self.assertEqual("see 'proxy_username' and 'proxy_password'", visit.hint("proxy"))

    def test_bad_proxy(self) -> None:
        """doctor: a proxy that refuses, that is none, or that says nothing, has a hint each"""
        for answer, hint in ((b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not let this box go"),
                             (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "does not reach the broker"),
                             (b"SSH-2.0-OpenSSH_9.2p1\r\n", "is this the proxy's port"),
                             (b"", "is this the proxy's port")):
            with TcpServer(lambda peer, answer=answer: peer.sendall(answer)) as proxy:
                visit = self.visit('"mqtt://broker.test"', f'proxy = "http://127.0.0.1:{proxy.port}"')
                self.assertEqual((1, "failed"), (visit.status, visit.said("proxy")[0][0]), visit.out)
                self.assertIn(hint, visit.hint("proxy"))
        with TcpSink() as silent:
            visit = self.visit('"mqtt://broker.test"', f'proxy = "socks5://127.0.0.1:{silent.port}"')
            self.assertEqual((1, "failed"), (visit.status, visit.said("proxy")[0][0]), visit.out)
            self.assertIn("is this the proxy's port", visit.hint("proxy"))

    def test_plain_port(self) -> None:
        """doctor: a port without TLS that is asked for TLS has a hint that asks for the port"""
        broker = self.use(Broker(self.folder / "broker"))
        visit = self.visit(f'"mqtts://localhost:{broker.port}"', "tls.insecure_skip_verify = true")
        self.assertEqual((1, "failed"), (visit.status, visit.said("TLS")[0][0]), visit.out)
        self.assertIn("is this the broker's port for TLS? without TLS 'url' begins with mqtt://", visit.hint("TLS"))

    def test_bind(self) -> None:
        """doctor: it leaves the box where the node does, and says what does not fit"""
        broker = self.use(Broker(self.folder / "broker"))
        visit = self.visit(f'"mqtt://127.0.0.1:{broker.port}"', 'bind = "127.0.0.9"')
        self.assertEqual(0, visit.status, visit.out)
        broker.log.wait_for("New client connected from 127.0.0.9:.* as cloud-doctor")
        visit = self.visit(f'"mqtt://127.0.0.1:{broker.port}"', 'bind = "::1"')
        self.assertEqual([("warning", f"127.0.0.1:{broker.port} was passed over: bind '::1' is an IPv6 address"),
                          ("failed", "no address fits: bind '::1' is an IPv6 address")], visit.said("TCP"))
        self.assertEqual(1, visit.status)
        visit = self.visit(f'"mqtt://127.0.0.1:{broker.port}"', 'bind = "nope0"')
        self.assertEqual([("failed", "bind 'nope0': this box has no such interface")], visit.said("TCP"))
        self.assertIn("see 'bind', and what 'ip address' shows", visit.hint("TCP"))

    def test_addresses(self) -> None:
        """doctor: every address of a name is tried; one that does not answer is a warning while another does"""
        if not hosts.is_possible(self.folder):
            self.skipTest("this box allows no namespaces: there is no name with two addresses")
        broker = self.use(Broker(self.folder / "broker"))
        known = hosts.prefix(self.folder, {"both.test": ["127.0.0.1", "127.0.0.77"]})
        visit = self.visit(f'"mqtt://both.test:{broker.port}"', before=known)
        self.assertEqual(0, visit.status, visit.out)
        self.assertEqual({"ok", "warning"}, {result for result, _ in visit.said("TCP")})
        self.assertIn(("warning", f"127.0.0.77:{broker.port}: Connection refused"), visit.said("TCP"))

    def test_list(self) -> None:
        """doctor: of several brokers each is visited, and one that fails is enough for a 1"""
        broker, nobody = self.use(Broker(self.folder / "broker")), free_port()
        visit = self.visit(f'["mqtt://127.0.0.1:{nobody}", "mqtt://127.0.0.1:{broker.port}"]')
        self.assertEqual(1, visit.status)
        self.assertEqual([f"cloud: mqtt://127.0.0.1:{nobody}", f"cloud: mqtt://127.0.0.1:{broker.port}"],
                         list(dict.fromkeys(heading for heading, *_ in visit.steps[1:])))
        self.assertEqual("PUBLISH ok", visit.results()[-1])

    def test_old_broker(self) -> None:
        """doctor: a broker that knows MQTT 3.1.1 only is visited with that, and a warning says so"""
        for answers in (True, False):
            with OldBroker(answers=answers) as old:
                visit = self.visit(f'"mqtt://127.0.0.1:{old.port}"')
                self.assertEqual(0, visit.status, visit.out)
                self.assertEqual("warning", visit.said("CONNECT")[0][0])
                self.assertIn("MQTT 3.1.1, client id 'cloud-doctor'", visit.said("CONNECT")[0][1])
                self.assertEqual("PUBLISH ok", visit.results()[-1])
                self.assertEqual([5, 4], old.levels)
                visit = self.visit(f'"mqtt://127.0.0.1:{old.port}"', 'version = "5"')
                self.assertEqual((1, "CONNECT failed"), (visit.status, visit.results()[3]))

    def test_silence(self) -> None:
        """doctor: a broker that says nothing, or something else, ends the visit in time"""
        with TcpSink() as sink:
            visit = self.visit(f'"mqtt://127.0.0.1:{sink.port}"')
            self.assertEqual([("failed", "no answer in time")], visit.said("CONNECT"))
            visit = self.visit(f'"mqtts://127.0.0.1:{sink.port}"', 'tls.insecure_skip_verify = true')
            self.assertEqual([("failed", "no answer to the TLS handshake in time")], visit.said("TLS"))
        with TcpServer(lambda peer: peer.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")) as other:
            visit = self.visit(f'"mqtt://127.0.0.1:{other.port}"')
            self.assertEqual(("failed", 1), (visit.said("CONNECT")[0][0], visit.status))

    @unittest.skipUnless(dynsec.plugin(), "Mosquitto's dynamic security plugin is not installed")
    def test_secrets(self) -> None:
        """doctor: a password that goes over the net in clear is a warning"""
        extra = dynsec.settings(self.folder / "broker", ["culvert/doctor/#"], ["culvert/doctor/#"])
        broker = self.use(Broker(self.folder / "broker", extra=extra + "\nallow_anonymous false"))
        if not hosts.is_possible(self.folder):
            self.skipTest("this box allows no namespaces: there is no such name")
        known = hosts.prefix(self.folder, {"plant.test": ["127.0.0.1"]})
        visit = self.visit(f'"mqtt://plant.test:{broker.port}"',
                           f'username = "{USER}"\npassword = "{PASSWORD}"', before=known)
        self.assertEqual(0, visit.status, visit.out)
        self.assertIn(("warning", "user and password go to the broker in clear"), visit.said("CONNECT"))
        self.assertNotIn(PASSWORD, visit.out + visit.err)


tap.main()
