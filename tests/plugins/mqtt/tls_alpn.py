# SPDX-License-Identifier: MIT
"""ALPN: what is asked for, and which answers are taken."""

import ssl

import tap
from tls_case import MARKER, VERSIONS, TlsCase
from alpn_server import AlpnServer
from tls_server import OpensslServer, RecordingServer

ALPN = 16
NONE = "the broker chose none of the protocols in tls.alpn (remove the option for a broker without ALPN)"


class Alpn(TlsCase):
    def dial(self, server_protocols, version=None, **options):
        with RecordingServer(self.authority.server("plant"), maximum=version) as server:
            if server_protocols:
                server.context.set_alpn_protocols(server_protocols)
            said = self.probe(server.port, **options)
        return said, server

    def test_is_not_asked_for_by_default(self):
        said, server = self.dial(["mqtt"])
        self.assertIn("answer: 6 hello", said)
        self.assertNotIn(ALPN, server.hello().extensions)

    def test_is_asked_for_in_order(self):
        _, server = self.dial(["b"], protocols=["mqtt", "x-amzn-mqtt-ca", "b"])
        self.assertEqual(server.hello().extensions[ALPN], b"\x00\x16\x04mqtt\x0ex-amzn-mqtt-ca\x01b")

    def test_one_that_the_broker_chose(self):
        for version in VERSIONS:
            for names in (["mqtt"], ["other", "mqtt"], ["mqtt", "other"]):
                with self.subTest(version=version.name, names=names):
                    said, server = self.dial(["mqtt"], version, protocols=names)
                    self.assertRegex(said, "^accepted: TLS 1")
                    self.assertEqual(server.received, MARKER)

    def test_none_is_refused(self):
        for version in VERSIONS:
            for served in ([], ["http/1.1"]):
                with self.subTest(version=version.name, served=served):
                    said, server = self.dial(served, version, protocols=["mqtt"])
                    self.assertEqual(said, f"refused: {NONE}\n")
                    self.assertEqual(server.received, b"")

    def test_a_broker_that_refuses_all_of_them(self):
        with OpensslServer(self.authority.server("plant"), "-alpn", "http/1.1") as server:
            said = self.probe(server.port, protocols=["mqtt"])
        self.assertEqual(said, "refused: the broker refused the TLS connection: alert 'no application protocol' "
                         "(it knows none of the protocols in tls.alpn)\n")
        self.assertNotIn(MARKER.strip(), server.received)

    def test_one_that_was_not_offered(self):
        for name in (b"evil", b"mqt", b"mqtt2", b"MQTT"):
            with self.subTest(name=name), AlpnServer(self.authority.server("plant"), name) as server:
                said = self.probe(server.port, protocols=["mqtt", "other"])
            self.assertEqual(said, "refused: the broker chose a protocol that was not offered (ALPN)\n")
            self.assertEqual(server.offered, b"\x04mqtt\x05other")
            self.assertEqual(server.received, b"")

    def test_what_is_no_name(self):
        words = "tls.alpn must hold names of 1 to 255 visible characters without ',', such as 'mqtt'"
        for name in ("", "a,b", "a b", "\x01", "é", "x" * 256):
            self.assert_context_refused(words, protocols=[name])
        self.assert_context_refused("tls.alpn must name at most 16 protocols", protocols=[f"p{i}" for i in range(17)])


tap.main()
