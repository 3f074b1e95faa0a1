# SPDX-License-Identifier: MIT
"""Mosquitto as it guards a plant: a certificate of the client's, a password, and a list of who may do what."""

import certs
import culvert
import tap
from broker import PASSWORD, USER
from process import Process
from secured import Secured

# The first for who has the password, the second for whom a certificate names.
ACL = """
user edge
topic write plant/edge/out
topic write plant/+/in
topic read plant/edge/in
user box-7
topic write plant/box-7/out
topic write plant/+/in
topic read plant/box-7/in
"""
TEXT = """
[node.cloud]
plugin    = "mqtt"
url       = "mqtts://localhost:PORT"
client_id = "box"
subscribe = ["plant/+/in"]
tls.ca    = "broker/ca.crt"
OPTIONS

[node.screen]
plugin = "console"

[node.own]
plugin   = "sensor"
kind     = "counter"
count    = 20
interval = "10ms"
format   = "own {seq}"

[node.foreign]
plugin   = "sensor"
kind     = "counter"
count    = 5
interval = "40ms"
format   = "foreign {seq}"

[[route]]
from = "cloud"
to   = "screen"

[[route]]
from  = "own"
to    = "cloud"
topic = "plant/WHO/out"

[[route]]
from  = "foreign"
to    = "cloud"
topic = "plant/other/out"
"""
SIGNED_IN = f'username = "{USER}"\npassword = "{PASSWORD}"\n'
CERTIFICATE = 'tls.cert = "client.crt"\ntls.key = "client.key"\n'


class Guarded(tap.Case):
    def broker(self, listener: str = "") -> Secured:
        folder = self.folder / "broker"
        broker = self.use(Secured(folder, acl=ACL, listener=f"cafile {folder}/ca.crt\nrequire_certificate true\n{listener}"))
        broker.authority.client("box-7").write(self.folder / "client")
        return broker

    def start(self, broker: Secured, options: str, who: str = "edge") -> Process:
        text = TEXT.replace("PORT", str(broker.port)).replace("OPTIONS", options).replace("WHO", who)
        return self.use(culvert.run_text(self.folder, text))

    def check_rights(self, broker: Secured, run: Process, who: str) -> None:
        """What it may publish arrives, what it may not is set aside with the reason, and the rest goes on; of what it is
        subscribed to it gets what it may read."""
        run.err.wait_for("^info cloud: connected to .*TLS 1.3", timeout=30)
        broker.log.wait_for(rf"Received PUBLISH from box .*'plant/{who}/out'", timeout=30, times=20)
        broker.log.wait_for("Denied PUBLISH from box .*'plant/other/out'", timeout=30, times=5)
        run.err.wait_for(r"^warn cloud: message on 'plant/other/out' set aside: the broker refused it: not authorized \(135\)")
        for place in ("other", who):
            broker.publish(f"plant/{place}/in", f"for {place}", "--cert", f"{self.folder}/client.crt", "--key",
                           f"{self.folder}/client.key", ca=broker.ca, password=True)
        run.out.wait_for(f"^for {who}$", timeout=30)
        self.assertEqual([f"for {who}"], run.out.texts())
        self.assertEqual(0, run.stop(), run.err.texts())
        run.err.wait_for("stopped: 21 messages delivered, 5 rejected$")

    def test_password(self) -> None:
        """mosquitto: with certificate, password and ACL what is allowed goes through both ways, and what is not is said"""
        broker = self.broker()
        run = self.start(broker, SIGNED_IN + CERTIFICATE)
        self.check_rights(broker, run, "edge")

    def test_identity(self) -> None:
        """mosquitto: where the certificate is the user, it needs no password, and has the rights of that name"""
        broker = self.broker("use_identity_as_username true")
        run = self.start(broker, CERTIFICATE, "box-7")
        broker.log.wait_for(r"New client connected from .* as box \(.*u'box-7'\)", timeout=30)
        self.check_rights(broker, run, "box-7")

    def test_refused(self) -> None:
        """mosquitto: without a certificate, with one of another authority or with a wrong password it is said what is missing"""
        broker = self.broker()
        other = certs.Authority("Other CA").client("box-7")
        refused = [
            (SIGNED_IN, r"alert 'certificate required' \(set tls.cert and tls.key\)"),
            (CERTIFICATE + f'username = "{USER}"\npassword = "wrong"\n', r"not authorized \(135\)"),
            (SIGNED_IN + 'tls.cert = "other.crt"\ntls.key = "other.key"\n', "alert 'unknown ca'"),
        ]
        other.write(self.folder / "other")
        for options, why in refused:
            with self.subTest(why=why):
                run = self.start(broker, options)
                run.err.wait_for(f"^error cloud: .*{why}.*next try in", timeout=30)
                self.assertEqual([], run.err.matching("connected to"))
                self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual([], broker.log.matching("Received PUBLISH from box"))


tap.main()
