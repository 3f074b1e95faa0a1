# SPDX-License-Identifier: MIT
"""A broker that must be refused, or that refuses: one line says who was expected, what is wrong and when it tries
again, and of TLS servers that are not the broker none has got a byte of CONNECT."""

import datetime
import re
import ssl
from pathlib import Path

import certs
import culvert
import tap
from broker import Broker
from pipelines import ONE
from ports import free_port
from tcp_sink import TcpSink, TlsFront

NOW = datetime.datetime.now(datetime.timezone.utc)


class Refusals(tap.Case):
    def refused(self, url: str, why: str, options: str = "") -> str:
        """Runs against `url` until the refusal is said, and answers that line; there must be no second one."""
        text = ONE % f'url = "{url}"\nconnect_timeout = "10s"\nbackoff = {{ min = "20s", max = "30s" }}\n{options}'
        run = self.use(culvert.run_text(self.folder, text))
        line = run.err.wait_for("^(warn|error) cloud: ", timeout=20).text
        self.assertRegex(line, f"connect to '{re.escape(url)}': .*{why}")
        self.assertRegex(line, r"(next try|retrying) in [0-9.]+ ?m?s$")
        run.stop()
        complaints = run.err.matching("^(warn|error) cloud: connect")
        self.assertEqual(1, len(complaints), run.err.texts())
        self.assertNotIn("correct horse", "\n".join(run.err.texts()))
        return line

    def refused_by_us(self, issued, why: str, ca: Path, host: str = "localhost",
                      context: ssl.SSLContext | None = None) -> None:
        """The same for a TLS server, which records what it gets once the handshake is over."""
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(issued.certificate, issued.key)
        with TlsFront(context) as front:
            self.refused(f"mqtts://{host}:{front.port}", why,
                         f'username = "edge"\npassword = "correct horse"\ntls.ca = "{ca}"')
            front.wait_for(lambda: front.errors or front.handshakes)
            self.assertEqual(b"", front.received)
            self.assertEqual(1, front.connections)

    def authority(self, name: str = "ours"):
        return certs.Authority(self.folder / name)

    def test_wrong_password(self) -> None:
        """refusals: a wrong password is the broker's reason code in words"""
        for version in ("5", "3.1.1"):
            with self.subTest(version=version), Broker(self.folder / version, password=True) as broker:
                self.refused(f"mqtt://127.0.0.1:{broker.port}", "(?i)not authori[sz]ed",
                             f'username = "edge"\npassword = "wrong"\nversion = "{version}"')

    def test_wrong_ca(self) -> None:
        """refusals: a certificate of another CA"""
        other = self.authority("other").issue("server", names=["localhost"])
        self.refused_by_us(other, "(?i)(CA|issuer|trust|sign)", self.authority().file)

    def test_wrong_name(self) -> None:
        """refusals: a certificate for another host, which the line names"""
        ours = self.authority()
        self.refused_by_us(ours.issue("server", names=["other.test"]), "'other.test'.*'localhost'", ours.file)

    def test_expired(self) -> None:
        """refusals: an expired certificate"""
        ours = self.authority()
        day = datetime.timedelta(days=1)
        old = ours.issue("server", names=["localhost"], not_before=NOW - 30 * day, not_after=NOW - 3 * day)
        self.refused_by_us(old, "expired", ours.file)

    def test_clone(self) -> None:
        """refusals: a certificate that copies the CA's subject, key id and signature, with a key of its own"""
        ours = self.authority()
        self.refused_by_us(ours.clone("server"), ".+", ours.file)

    def test_no_certificate(self) -> None:
        """refusals: a server without a certificate"""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ADH-AES128-GCM-SHA256:ADH-AES256-SHA256:@SECLEVEL=0")
        self.refused_by_us(None, ".+", self.authority().file, context=context)

    def test_no_tls(self) -> None:
        """refusals: a server that does not speak TLS gets a ClientHello, and nothing of MQTT"""
        with TcpSink() as sink:
            self.refused(f"mqtts://localhost:{sink.port}", ".+",
                         f'username = "edge"\npassword = "correct horse"\ntls.ca = "{self.authority().file}"')
            self.assertEqual(b"\x16\x03", sink.received[:2])
            self.assertNotIn(b"MQTT", sink.received)
            self.assertNotIn(b"correct horse", sink.received)

    def test_nobody_listens(self) -> None:
        """refusals: a port where nobody listens"""
        self.refused(f"mqtt://127.0.0.1:{free_port()}", "refused")

    def test_no_such_name(self) -> None:
        """refusals: a name that does not resolve"""
        self.refused("mqtt://broker.invalid", "(?i)(name|resolv|found)")

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
