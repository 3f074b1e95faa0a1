# SPDX-License-Identifier: MIT
"""TLS as the server sees it: versions, cipher suites, the name asked for, the client's certificate."""

import base64
import hashlib
import select
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import certs
import culvert
import tap
from broker import Broker
from pipelines import ONE
from tcp_sink import TcpServer, TlsFront

CONNACK = bytes([0x20, 3, 0, 0, 0])


class Talker(TcpServer):
    """Sends 25,000 messages a second from CONNACK on, until it has read the client's end, and a few after that."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.over = False
        self.heard: list[bytes] = []
        super().__init__(self._talk)

    def wait_for_end(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.over, 20), self.heard

    def _talk(self, peer: socket.socket) -> None:
        peer.settimeout(20)
        burst = bytes([0x30, 5, 0, 1, ord("a"), 0, ord("x")]) * 500
        with peer.dup() as raw, self._context.wrap_socket(peer, server_side=True, suppress_ragged_eofs=False) as tls:
            tls.recv(65536)
            tls.sendall(CONNACK)
            while not self.heard or self.heard[-1]:
                tls.sendall(burst)
                if select.select([tls], [], [], 0.02)[0]:
                    self.heard.append(tls.recv(65536))
            for _ in range(5):
                raw.sendall(burst)
            self.heard.append(raw.recv(1))
            with self.changed:
                self.over = True
                self.changed.notify_all()


class Tls(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.authority = certs.Authority()
        self.ca = self.authority.write_root(self.folder / "ca.crt")

    def context(self, names: list[str], **settings: object) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.server(*names, "127.0.0.1").write(self.folder / "server"))
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    def front(self, options: str, context: ssl.SSLContext, host: str = "localhost") -> TlsFront:
        """What a TLS server before a plain broker saw of a run with these options."""
        broker = self.use(Broker(self.folder / "broker"))
        front = self.use(TlsFront(context, broker.port))
        text = ONE % f'url = "mqtts://{host}:{front.port}"\ntls.ca = "{self.ca}"\n{options}'
        run = self.use(culvert.run_text(self.folder, text, "--once", "--timeout", "20s"))
        self.assertEqual(0, run.wait(30), run.err.texts())
        run.err.wait_for("^info cloud: connected to .*TLS 1")
        return front

    def test_default(self) -> None:
        """tls: the newest version, and a suite of our own list, against a server that would take anything"""
        version, cipher = self.front("", self.context(["localhost"])).handshakes[0]
        self.assertEqual("TLSv1.3", version)
        self.assertIn(cipher, ("TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"))

    def test_forced_version(self) -> None:
        """tls: tls.max_version forces TLS 1.2, tls.min_version TLS 1.3"""
        version, cipher = self.front('tls.max_version = "1.2"', self.context(["localhost"])).handshakes[0]
        self.assertEqual("TLSv1.2", version)
        self.assertRegex(cipher, "^ECDHE-.*(GCM|CHACHA20)")
        self.assertEqual("TLSv1.3", self.front('tls.min_version = "1.3"', self.context(["localhost"])).handshakes[0][0])

    def test_ciphers(self) -> None:
        """tls: tls.ciphers is what is offered"""
        front = self.front('tls.ciphers = ["TLS_AES_128_GCM_SHA256"]', self.context(["localhost"]))
        self.assertEqual(("TLSv1.3", "TLS_AES_128_GCM_SHA256"), front.handshakes[0])

    def test_server_name(self) -> None:
        """tls: the server is asked for the host's name, or for tls.server_name, and never for an IP address"""
        self.assertEqual(["localhost"], self.front("", self.context(["localhost"])).server_names)
        other = self.front('tls.server_name = "plant.test"', self.context(["plant.test"]), host="127.0.0.1")
        self.assertEqual(["plant.test"], other.server_names)
        self.assertEqual([None], self.front("", self.context(["localhost"]), host="127.0.0.1").server_names)

    def test_goodbye(self) -> None:
        """tls: at a stop a server that goes on sending can read DISCONNECT, close_notify and the end, in this order"""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version.name):
                server = self.use(Talker(self.context(["localhost"], maximum_version=version)))
                options = f'url = "mqtts://localhost:{server.port}"\ntls.ca = "{self.ca}"\nqos = 0'
                run = self.use(culvert.run_text(self.folder, ONE % options))
                # Under a sanitizer and on a busy machine all that it is sent takes its time.
                run.err.wait_for("^info cloud: connected to .*TLS 1", timeout=30)
                self.assertEqual(0, run.stop(), run.err.texts())
                server.wait_for_end()
                self.assertEqual(b"\xe0\x02\0\0", b"".join(server.heard)[-4:])
                self.assertEqual([b"", b""], server.heard[-2:])

    def refused(self, options: str, context: ssl.SSLContext, why: str) -> None:
        """A run with these options says `why`, and the server got no byte of MQTT."""
        front = self.use(TlsFront(context))
        text = ONE % f'url = "mqtts://localhost:{front.port}"\ntls.ca = "{self.ca}"\n{options}'
        with culvert.run_text(self.folder, text) as run:
            run.err.wait_for(f"^error cloud: connect to .*: {why}", timeout=20)
            self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual(b"", front.received)

    def test_pin(self) -> None:
        """tls: tls.pin takes a broker with that key, and no other"""
        context = self.context(["localhost"])
        key = x509.load_pem_x509_certificate((self.folder / "server.crt").read_bytes()).public_key()
        info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = hashlib.sha256(info).digest()
        self.front(f'tls.pin = ["{"0" * 64}", "sha256/{base64.b64encode(digest).decode()}"]', context)
        self.refused(f'tls.pin = "{"0" * 64}"', self.context(["localhost"]), "the broker's public key is 'sha256/")

    def test_alpn(self) -> None:
        """tls: tls.alpn is asked for, and must be answered"""
        context = self.context(["localhost"])
        context.set_alpn_protocols(["mqtt"])
        self.front('tls.alpn = ["x-first", "mqtt"]', context)
        self.refused('tls.alpn = "mqtt"', self.context(["localhost"]), "the broker chose none of the protocols")

    def test_revocation_list(self) -> None:
        """tls: tls.crl refuses a broker that it names, and one whose authority has no list"""
        context = self.context(["localhost"])
        shown = x509.load_pem_x509_certificate((self.folder / "server.crt").read_bytes())
        lists = self.folder / "ca.crl"
        lists.write_bytes(self.authority.revocation_list())
        self.front('tls.crl = "ca.crl"', context)
        lists.write_bytes(self.authority.revocation_list(shown))
        self.refused('tls.crl = "ca.crl"', context, "certificate was revoked by 'Test CA'")
        lists.write_bytes(certs.Authority("Other CA").revocation_list())
        self.refused('tls.crl = "ca.crl"', context, "certificate cannot be looked up: ")

    def test_insecure_skip_verify(self) -> None:
        """tls: tls.insecure_skip_verify takes anybody on this host, a password beside it, and warns at every start"""
        context = self.context(["localhost"])
        context.load_cert_chain(*self.authority.self_signed("other.test").write(self.folder / "other"))
        broker = self.use(Broker(self.folder / "broker"))
        front = self.use(TlsFront(context, broker.port))
        options = f'url = "mqtts://localhost:{front.port}"\ntls.ca = "{self.ca}"\nusername = "u"\npassword = "x"\n'
        for _ in range(2):
            run = self.use(culvert.run_text(self.folder, ONE % f"{options}tls.insecure_skip_verify = true", "--once",
                                            "--timeout", "20s"))
            self.assertEqual(0, run.wait(30), run.err.texts())
            run.err.wait_for("^warn cloud: option 'tls.insecure_skip_verify' is on: whoever answers is taken for the broker")
        refused = self.use(culvert.run_text(self.folder, ONE % options, "--once", "--timeout", "20s"))
        refused.err.wait_for("certificate is for 'other.test', not 'localhost'|certificate is not signed by")

    def test_client_certificate(self) -> None:
        """tls: tls.cert and tls.key are what the client proves itself with"""
        certificate, key = self.authority.client("edge-01").write(self.folder / "client")
        context = self.context(["localhost"], verify_mode=ssl.CERT_REQUIRED)
        context.load_verify_locations(self.ca)
        front = self.front(f'tls.cert = "{certificate}"\ntls.key = "{key}"', context)
        sent = ssl.DER_cert_to_PEM_cert(front.client_certificates[0] or b"")
        self.assertIn(sent.strip(), Path(certificate).read_text())


tap.main()
