# SPDX-License-Identifier: MIT
"""Files of TLS that are replaced while the runtime runs: the next handshake uses what lies there then."""

import certs
import culvert
import tap
from broker import Broker

PIPELINE = """
[node.tick]
plugin   = "sensor"
kind     = "counter"
interval = "200ms"
topic    = "a/b"

[node.cloud]
plugin  = "mqtt"
url     = "mqtts://localhost:%d"
backoff = { min = "100ms", max = "300ms" }
tls.ca  = "ca.crt"
%s

[[route]]
from = "tick"
to   = "cloud"
when_full = "drop_oldest"
"""


class Renewal(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.authority = certs.Authority()
        self.authority.write_root(self.folder / "ca.crt")
        self.certificate, self.key = self.authority.server("localhost").write(self.folder / "broker")

    def broker(self, **more: str) -> Broker:
        return self.use(Broker(self.folder / "broker.d", certificate=self.certificate, key=self.key, **more))

    def pipeline(self, broker: Broker, options: str) -> object:
        run = self.use(culvert.run_text(self.folder, PIPELINE % (broker.port, options)))
        run.err.wait_for("^info cloud: connected to ", timeout=30)
        return run

    def restart(self, broker: Broker, run: object) -> int:
        """Answers how many lines of the log were there before."""
        said = run.err.count()
        broker.stop()
        broker.start()
        return said

    def test_client_certificate(self) -> None:
        """renewal: a client certificate that was replaced on disk is shown at the next handshake"""
        broker = self.broker(listener=f"cafile {self.folder}/ca.crt\nrequire_certificate true\n"
                                      "use_identity_as_username true")
        self.authority.client("first").write(self.folder / "client")
        run = self.pipeline(broker, 'tls.cert = "client.crt"\ntls.key = "client.key"')
        broker.log.wait_for(r"New client connected from .* u'first'")
        self.authority.client("second", key=certs.new_key("ec384")).write(self.folder / "client")
        said = self.restart(broker, run)
        broker.log.wait_for(r"New client connected from .* u'second'", timeout=30)
        run.err.wait_for("^info cloud: connected to ", timeout=30, start=said)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_authority(self) -> None:
        """renewal: an authority that was replaced on disk is trusted at the next handshake, and the old one no more"""
        broker = self.broker()
        run = self.pipeline(broker, "")
        other = certs.Authority("New CA")
        other.server("localhost").write(self.folder / "broker")
        said = self.restart(broker, run)
        run.err.wait_for(r"^error cloud: connect to .*not signed by an authority in '.*' \(its issuer is 'New CA'\)",
                         timeout=30, start=said)
        other.write_root(self.folder / "ca.crt")
        run.err.wait_for("^info cloud: connected to ", timeout=30, start=said)
        self.authority.server("localhost").write(self.folder / "broker")
        said = self.restart(broker, run)
        run.err.wait_for(r"^error cloud: connect to .*its issuer is 'Test CA'", timeout=30, start=said)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_revocation_list(self) -> None:
        """renewal: a revocation list that was replaced on disk counts at the next handshake"""
        issued = self.authority.server("localhost")
        issued.write(self.folder / "broker")
        broker = self.broker()
        lists = self.folder / "ca.crl"
        lists.write_bytes(self.authority.revocation_list())
        run = self.pipeline(broker, 'tls.crl = "ca.crl"')
        lists.write_bytes(self.authority.revocation_list(issued.certificate))
        said = self.restart(broker, run)
        run.err.wait_for("^error cloud: connect to .*: certificate was revoked by 'Test CA'", timeout=30, start=said)
        lists.unlink()
        run.err.wait_for(f"^error cloud: connect to .*: cannot read '{lists}'", timeout=30, start=said)
        lists.write_bytes(self.authority.revocation_list())
        run.err.wait_for("^info cloud: connected to ", timeout=30, start=said)
        self.assertEqual(0, run.stop(), run.err.texts())


tap.main()
