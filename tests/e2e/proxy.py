# SPDX-License-Identifier: MIT
"""The way to the broker through a proxy: real ones, and ones that no real one would be."""

import base64
import re
import unittest

import certs
import culvert
import proxies
import tap
from broker import Broker
from pipelines import ONE
from ports import free_port
from proxies import OUTSIDE, Microsocks, Tinyproxy, WrittenProxy
from tcp_sink import TcpServer, TcpSink

HTTP_OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
HAS_PROXIES = culvert.tool("tinyproxy") and culvert.tool("microsocks")


class Proxied(tap.Case):
    def delivered(self, url: str, proxy: str, options: str = "") -> object:
        """One message gets to `url` through `proxy`."""
        text = ONE % f'url = "{url}"\nproxy = "{proxy}"\n{options}'
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "30s"))
        self.assertEqual(0, run.wait(40), run.err.texts())
        run.err.wait_for(rf"^info cloud: connected to '{re.escape(url)}' \(.*, proxy '{re.escape(proxy)}', client id")
        return run

    def refused(self, url: str, proxy: str, why: str, options: str = "") -> None:
        text = ONE % f'url = "{url}"\nproxy = "{proxy}"\nbackoff.min = "20s"\n{options}'
        with culvert.run_text(self.folder, text) as run:
            run.err.wait_for(f"^error cloud: connect to '{re.escape(url)}': {why}, next try in", timeout=30)
            self.assertEqual(0, run.stop(), run.err.texts())
        self.assertNotIn(proxies.PASSWORD, "\n".join(run.err.texts()))


@unittest.skipUnless(HAS_PROXIES, "tinyproxy or microsocks is not installed")
class Real(Proxied):
    def both(self, password: bool = False) -> list:
        return [self.use(Tinyproxy(self.folder, password)), self.use(Microsocks(password))]

    def test_each(self) -> None:
        """proxy: through tinyproxy and microsocks a message gets to the broker, which sees the proxy's address"""
        for proxy in self.both():
            with self.subTest(proxy=proxy.url.split(":")[0]), Broker(self.folder / str(proxy.port)) as broker:
                self.delivered(f"mqtt://127.0.0.1:{broker.port}", proxy.url)
                self.assertEqual(1, len(broker.publishes("a/b")))
                clients = broker.log.matching(r"^New client connected from ")
                self.assertEqual(1, len(clients))
                self.assertIn(f"from {OUTSIDE}:", clients[0].text)

    def test_tls(self) -> None:
        """proxy: TLS goes through it to the broker, whose name is asked for and checked"""
        authority = certs.Authority()
        authority.write_root(self.folder / "ca.crt")
        certificate, key = authority.server("localhost").write(self.folder / "server")
        broker = self.use(Broker(self.folder / "broker", certificate=certificate, key=key))
        for proxy in self.both():
            run = self.delivered(f"mqtts://localhost:{broker.port}", proxy.url, 'tls.ca = "ca.crt"')
            run.err.wait_for(r"connected to .*\(MQTT 5, TLS 1\.3, .*, proxy '")
            self.refused(f"mqtts://127.0.0.1:{broker.port}", proxy.url, "certificate is for 'localhost', not "
                         r"'127.0.0.1' .*", 'tls.ca = "ca.crt"')

    def test_password(self) -> None:
        """proxy: one that wants a password gets it, and without the right one says so"""
        broker = self.use(Broker(self.folder / "broker"))
        url = f"mqtt://127.0.0.1:{broker.port}"
        http, socks = self.both(password=True)
        for proxy, password in (http, proxies.PASSWORD.replace(" ", "-")), (socks, proxies.PASSWORD):
            right = f'proxy_username = "{proxies.USER}"\nproxy_password = "{password}"'
            self.delivered(url, proxy.url, right)
        name = re.escape(http.url)
        self.refused(url, http.url, rf"proxy '{name}' refused: 407 Proxy Authentication Required "
                                    r"\(set proxy_username and proxy_password\)")
        wrong = f'proxy_username = "{proxies.USER}"\nproxy_password = "wrong"'
        self.refused(url, http.url, rf"proxy '{name}' refused: 401 Unauthorized", wrong)
        name = re.escape(socks.url)
        self.refused(url, socks.url, rf"proxy '{name}' refused: it wants somebody to sign in "
                                     r"\(set proxy_username and proxy_password\)")
        self.refused(url, socks.url, rf"proxy '{name}' refused: user name or password "
                                     r"\(see proxy_username and proxy_password\)", wrong)

    def test_nobody_behind(self) -> None:
        """proxy: a broker that it cannot reach is told in the proxy's words"""
        port = free_port()
        http, socks = self.both()
        self.refused(f"mqtt://127.0.0.1:{port}", http.url, rf"proxy '{re.escape(http.url)}' refused: 500 Unable to "
                                                           "connect")
        self.refused(f"mqtt://127.0.0.1:{port}", socks.url, rf"proxy '{re.escape(socks.url)}' refused: connection "
                                                            r"refused \(5\)")


class Written(Proxied):
    """What a client can only know from the bytes."""

    def test_name(self) -> None:
        """proxy: the broker's name is looked up by the proxy alone, and each byte of what is asked is right"""
        broker = self.use(Broker(self.folder / "broker"))
        credentials = 'proxy_username = "me"\nproxy_password = "open sesame"'
        name = b"no-such-name.invalid"
        basic = base64.b64encode(b"me:open sesame")
        asked = (b"CONNECT %b:%d HTTP/1.1\r\nHost: %b:%d\r\nProxy-Authorization: Basic %b\r\n\r\n"
                 % (name, broker.port, name, broker.port, basic))
        http = self.use(WrittenProxy([HTTP_OK], [len(asked)], broker.port))
        self.delivered(f"mqtt://{name.decode()}:{broker.port}", f"http://127.0.0.1:{http.port}", credentials)
        self.assertEqual(asked, http.received[: len(asked)])
        greeting, sign_in = b"\5\2\0\2", b"\1\2me\x0bopen sesame"
        request = b"\5\1\0\3" + bytes([len(name)]) + name + broker.port.to_bytes(2, "big")
        socks = self.use(WrittenProxy([b"\5\2", b"\1\0", b"\5\0\0\1\0\0\0\0\0\0"],
                                      [len(greeting), len(sign_in), len(request)], broker.port))
        self.delivered(f"mqtt://{name.decode()}:{broker.port}", f"socks5://127.0.0.1:{socks.port}", credentials)
        asked = greeting + sign_in + request
        self.assertEqual(asked, socks.received[: len(asked)])

    def test_bytes(self) -> None:
        """proxy: an answer that comes byte by byte is an answer"""
        broker = self.use(Broker(self.folder / "broker"))
        http = self.use(WrittenProxy([HTTP_OK], [1], broker.port, in_bytes=True))
        self.delivered(f"mqtt://127.0.0.1:{broker.port}", f"http://127.0.0.1:{http.port}")
        socks = self.use(WrittenProxy([b"\5\0", b"\5\0\0\3\4abcd\0\0"], [3, 10], broker.port, in_bytes=True))
        self.delivered(f"mqtt://127.0.0.1:{broker.port}", f"socks5://127.0.0.1:{socks.port}")

    def test_hostile(self) -> None:
        """proxy: garbage, too much, too early and an early end are each told, and nothing of MQTT leaves the box"""
        cases = [
            ("http", [b"SSH-2.0-x\r\n"], "does not answer in HTTP"),
            ("http", [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000], "answered with more than 8 KiB"),
            ("http", [HTTP_OK + b"\x20\x03\0\0\0"], "sent more than its answer"),
            ("socks5", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], "does not answer in SOCKS5"),
            ("socks5", [b"\5\0", b"\5\0\0\1\0\0\0\0\0\0extra"], "sent more than its answer"),
            ("socks5", [b"\5\0", b"\4" * 300_000], "does not answer in SOCKS5"),
        ]
        for kind, answers, why in cases:
            with self.subTest(kind=kind, why=why), WrittenProxy(answers, [1] * len(answers)) as proxy:
                url = f"{kind}://127.0.0.1:{proxy.port}"
                self.refused("mqtt://broker.invalid:1883", url, f"proxy '{re.escape(url)}' {why}",
                             'username = "u"\npassword = "correct horse"')
                self.assertNotIn(b"MQTT", proxy.received)
                self.assertNotIn(b"correct horse", proxy.received)

    def test_silence(self) -> None:
        """proxy: one that says nothing, or trickles for ever, ends with the time for connecting"""
        with TcpSink() as silent:
            url = f"http://127.0.0.1:{silent.port}"
            self.refused("mqtt://b:1", url, f"proxy '{re.escape(url)}': no answer in time", 'connect_timeout = "1s"')
        with WrittenProxy([b"HTTP/1.1 200 OK\r\n", b""], [1, 1]) as proxy:
            url = f"http://127.0.0.1:{proxy.port}"
            self.refused("mqtt://b:1", url, f"proxy '{re.escape(url)}': no answer in time", 'connect_timeout = "1s"')

    def test_gone(self) -> None:
        """proxy: one that is not there, has no name or closes is told apart from the broker"""
        url = f"socks5://127.0.0.1:{free_port()}"
        self.refused("mqtt://b:1", url, f"proxy '{re.escape(url)}': 127.0.0.1:[0-9]+: Connection refused")
        self.refused("mqtt://b:1", "http://proxy.invalid:1", "proxy 'http://proxy.invalid:1': name lookup of "
                                                             "'proxy.invalid': .*")
        with TcpServer(lambda peer: peer.recv(1)) as hasty:
            url = f"http://127.0.0.1:{hasty.port}"
            self.refused("mqtt://b:1", url, f"proxy '{re.escape(url)}' (closed|cut) the connection.*")

    def test_check(self) -> None:
        """proxy: what cannot be is found before anything runs"""
        file = self.folder / "wrong.toml"
        for options, why in (
            ('proxy = "ftp://p"', "'proxy' must start with 'http://' or 'socks5://'"),
            ('proxy = "http://me:secret@p"', "'proxy' must not hold a user or a password"),
            ('proxy_username = "me"', "'proxy_username' is of use only together with option 'proxy'"),
            ('proxy = "http://p"\nproxy_password = "x"', "'proxy_password' is of use only together with option "
                                                        "'proxy_username'"),
        ):
            file.write_text(ONE % f'url = "mqtt://b"\n{options}')
            done = culvert.check(self.folder, file)
            self.assertEqual(78, done.returncode)
            self.assertIn(why, done.stderr)

    def test_loopback(self) -> None:
        """proxy: 'localhost' behind one is no excuse for tls.insecure_skip_verify together with a password"""
        options = 'url = "mqtts://localhost"\npassword = "x"\nusername = "u"\ntls.insecure_skip_verify = true\n'
        with culvert.run_text(self.folder, ONE % (options + 'proxy = "http://127.0.0.1:1"')) as run:
            run.err.wait_for("error config: .*'tls.insecure_skip_verify' would show the password to anybody")
            self.assertEqual(78, run.wait(20))


tap.main()
