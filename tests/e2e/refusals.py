# SPDX-License-Identifier: MIT
"""A broker that must be refused, or that refuses: one line says who was expected, what is wrong and when it tries
again, and of TLS servers that are not the broker none has got a byte of CONNECT."""

import re
import socket
import ssl

from cryptography.hazmat.primitives import hashes

import certs
import culvert
import tap
from broker import Broker
from pipelines import ONE
from ports import free_port
from tcp_sink import TcpSink, TlsFront


class Refusals(tap.Case):
    def refused(self, url: str, why: str, options: str = "") -> str:
        """Runs against `url` until the refusal is said, and answers that line; there must be no second one."""
        text = ONE % f'url = "{url}"\nbackoff = {{ min = "20s", max = "30s" }}\n{options}'
        with culvert.run_text(self.folder, text) as run:
            line = run.err.wait_for("^(warn|error) cloud: ", timeout=20).text
            self.assertRegex(line, f"(?i)connect to '{re.escape(url)}': .*{why}")
            self.assertRegex(line, r"(next try|retrying) in [0-9.]+ ?m?s$")
            self.assertEqual(0, run.stop(), run.err.texts())
        complaints = run.err.matching("^(warn|error) cloud: connect")
        self.assertEqual(1, len(complaints), run.err.texts())
        self.assertNotIn("correct horse", "\n".join(run.err.texts()))
        return line

    def refused_by_us(self, shown: certs.Issued, why: str) -> None:
        """The same for a TLS server that shows this certificate; it records what it gets after the handshake."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*shown.write(self.folder / "server"))
        self.refused_by_us_with(context, why)

    def refused_by_us_with(self, context: ssl.SSLContext, why: str) -> None:
        with TlsFront(context) as front:
            self.refused(f"mqtts://localhost:{front.port}", why, self.secrets())
            front.wait_for(lambda: front.errors or front.handshakes)
            self.assertEqual(b"", front.received)
            self.assertEqual(1, front.connections)

    def setUp(self) -> None:
        super().setUp()
        self.ours = certs.Authority()
        self.ca = self.ours.write_root(self.folder / "ca.crt")

    def secrets(self) -> str:
        return f'username = "edge"\npassword = "correct horse"\ntls.ca = "{self.ca}"'

    def test_wrong_password(self) -> None:
        """refusals: a wrong password is the broker's reason code in words"""
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / version, password=True) as broker:
                self.refused(f"mqtt://127.0.0.1:{broker.port}", "not authori[sz]ed",
                             f'username = "edge"\npassword = "wrong"\nversion = "{version}"')

    def test_wrong_ca(self) -> None:
        """refusals: a certificate of another CA"""
        self.refused_by_us(certs.Authority("Other CA").server("localhost"), "(CA|issuer|trust|sign)")

    def test_wrong_name(self) -> None:
        """refusals: a certificate for another host, which the line names"""
        self.refused_by_us(self.ours.server("other.test"), "'other.test'.*'localhost'")

    def test_expired(self) -> None:
        """refusals: an expired certificate"""
        self.refused_by_us(self.ours.expired("localhost"), "expired 3 days ago")

    def test_clone(self) -> None:
        """refusals: a certificate that copies the CA's subject, key id and signature, with a key of its own"""
        self.refused_by_us(self.ours.clone("localhost"), ".+")

    def test_no_certificate(self) -> None:
        """refusals: a server without a certificate, which a client that asks for less would talk to"""
        suite = "AECDH-AES128-SHA:@SECLEVEL=0"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(suite)
        lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        lax.check_hostname, lax.verify_mode = False, ssl.CERT_NONE
        lax.set_ciphers(suite)
        with TlsFront(context) as front:
            with lax.wrap_socket(socket.create_connection(("127.0.0.1", front.port))) as client:
                client.sendall(b"talks")
            front.wait_for(lambda: front.received == b"talks")
        self.refused_by_us_with(context, ".+")

    def test_no_tls(self) -> None:
        """refusals: a server that does not speak TLS gets a ClientHello, and nothing of MQTT"""
        with TcpSink() as sink:
            self.refused(f"mqtts://localhost:{sink.port}", ".+", self.secrets() + '\nconnect_timeout = "2s"')
            self.assertEqual(b"\x16\x03", sink.received[:2])
            self.assertNotIn(b"MQTT", sink.received)
            self.assertNotIn(b"correct horse", sink.received)

    def test_sha1_root(self) -> None:
        """refusals: none for a root that is signed with SHA-1, over a chain that is not"""
        old = certs.Authority(key=certs.shared_rsa_key(), digest=hashes.SHA1())
        issued = old.intermediate().server("localhost").write(self.folder / "server")
        broker = self.use(Broker(self.folder / "broker", certificate=issued[0], key=issued[1]))
        text = ONE % (f'url = "mqtts://localhost:{broker.port}"\n'
                      f'tls.ca = "{old.write_root(self.folder / "old.crt")}"')
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "20s"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(1, len(broker.publishes("a/b")))

    def test_nobody_listens(self) -> None:
        """refusals: a port where nobody listens"""
        self.refused(f"mqtt://127.0.0.1:{free_port()}", "refused")

    def test_no_such_name(self) -> None:
        """refusals: a name that does not resolve"""
        self.refused("mqtt://broker.invalid:1883", "lookup of 'broker.invalid': ")

    def test_broker_comes_later(self) -> None:
        """refusals: a broker that is not there does not stop the start; it is used once it comes"""
        broker = self.use(Broker(self.folder / "broker"))
        broker.kill()
        text = ONE % f'url = "mqtt://127.0.0.1:{broker.port}"\nbackoff = {{ min = "200ms", max = "400ms" }}'
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "30s"))
        run.err.wait_for("^(warn|error) cloud: connect to .*refused")
        broker.start()
        self.assertEqual(0, run.wait(30), run.err.texts())
        self.assertEqual(1, len(broker.publishes("a/b")))


tap.main()
