# SPDX-License-Identifier: MIT
"""What the connector's TLS puts on the wire, how it takes what comes, and its options."""

import ssl

import tap
from tls_case import MARKER, VERSIONS, TlsCase
from certs import Authority, days, new_key, now, shared_rsa_key
from tls_server import OpensslServer, RecordingServer

# As numbered by the registry, so that a wrong name in the code shows.
TLS_1_3 = [0x1303, 0x1301]
TLS_1_2 = [0xCCA9, 0xCCA8, 0xC02B, 0xC02F, 0xC02C, 0xC030]
SIGNALLING = {0x00FF}  # "renegotiation info", no suite
SIGNATURES, GROUPS, TICKET, PRE_SHARED_KEY, EARLY_DATA, ALPN = 13, 10, 35, 41, 42, 16


class Offer(TlsCase):
    def offer(self, host="plant", issued=None, **options):
        with RecordingServer(issued or self.authority.server("plant")) as server:
            self.probe(server.port, host, **options)
        return server.hello()

    def suites(self, **options):
        return [suite for suite in self.offer(**options).suites if suite not in SIGNALLING]

    def test_exactly_our_suites_are_offered(self):
        self.assertEqual(self.suites(), TLS_1_3 + TLS_1_2)

    def test_only_the_suites_of_a_version_that_is_spoken(self):
        self.assertEqual(self.suites(min_version="1.3"), TLS_1_3)
        self.assertEqual(self.suites(max_version="1.2"), TLS_1_2)

    def test_ciphers_override_in_both_spellings(self):
        names = ["TLS_AES_256_GCM_SHA384", "ECDHE-RSA-AES128-GCM-SHA256"]
        self.assertEqual(self.suites(ciphers=names), [0x1302, 0xC02F])

    def test_ciphers_of_one_version_bring_no_defaults_of_the_other(self):
        self.assertEqual(self.suites(ciphers=["TLS13-AES128-GCM-SHA256"]), [0x1301])
        self.assertEqual(self.suites(ciphers=["ECDHE-ECDSA-AES128-GCM-SHA256"]), [0xC02B])

    def test_no_sha1_or_md5_among_the_signature_algorithms(self):
        body = self.offer().extensions[SIGNATURES][2:]
        offered = {int.from_bytes(body[i : i + 2], "big") for i in range(0, len(body), 2)}
        self.assertFalse([hex(one) for one in offered if one >> 8 in (1, 2, 3)])
        self.assertTrue(offered >= {0x0403, 0x0401, 0x0804})

    def test_no_group_below_256_bits(self):
        body = self.offer().extensions[GROUPS][2:]
        offered = [int.from_bytes(body[i : i + 2], "big") for i in range(0, len(body), 2)]
        self.assertEqual(offered, [23, 29, 24, 25, 30, 26, 27, 28, 256, 257])

    def test_no_compression(self):
        self.assertEqual(self.offer().compression, b"\0")

    def test_the_server_name_is_sent_for_names_only(self):
        self.assertEqual(self.offer("plant").server_name, "plant")
        self.assertEqual(self.offer("plant.").server_name, "plant")
        self.assertIsNone(self.offer("10.0.0.1").server_name)
        self.assertIsNone(self.offer("[fd00::1]").server_name)

    def test_server_name_overrides_what_is_sent(self):
        self.assertEqual(self.offer("10.0.0.1", server_name="other.test").server_name, "other.test")
        self.assertIsNone(self.offer("plant", server_name="10.0.0.1").server_name)

    def test_skipping_verification_changes_nothing_else(self):
        hello = self.offer(insecure_skip_verify="true")
        self.assertEqual([suite for suite in hello.suites if suite not in SIGNALLING], TLS_1_3 + TLS_1_2)
        self.assertEqual(hello.server_name, "plant")

    def test_nothing_is_resumed(self):
        issued = self.authority.server("plant")
        for version in VERSIONS:
            with self.subTest(version=version.name), RecordingServer(issued, maximum=version) as server:
                # In one process: a session kept anywhere in it would show in the second dial.
                said = self.probe(server.port, dials=2)
                self.assertEqual(said.count("accepted:"), 2)
                for hello in (server.hello(0), server.hello(1)):
                    self.assertNotIn(PRE_SHARED_KEY, hello.extensions)
                    self.assertNotIn(EARLY_DATA, hello.extensions)
                    self.assertNotIn(TICKET, hello.extensions)


class Traffic(TlsCase):
    def test_records_of_one_byte(self):
        with RecordingServer(self.authority.server("plant"), one_byte_records=True) as server:
            self.assertIn("answer: 6 hello", self.probe(server.port))

    def test_a_writer_that_has_to_wait_loses_nothing(self):
        for version in VERSIONS:
            with self.subTest(version=version.name):
                with RecordingServer(self.authority.server("plant"), maximum=version) as server:
                    said = self.probe(server.port, bytes=3_000_000)
                self.assertIn("answer: 6 hello", said)
                self.assertGreaterEqual(len(server.received), 3_000_000)
                self.assertTrue(server.received.startswith(MARKER))

    def test_an_end_without_close_notify_is_closed(self):
        for version in VERSIONS:
            with self.subTest(version=version.name):
                with RecordingServer(self.authority.server("plant"), maximum=version, abrupt=True) as server:
                    said = self.probe(server.port)
                self.assertIn("answer: 0 ", said)

    def test_a_renegotiation_is_not_taken_part_in(self):
        issued = self.authority.server("plant", key=shared_rsa_key())
        with OpensslServer(issued, "-tls1_2", "-legacy_renegotiation") as server:
            said = self.probe(server.port, on_accepted=lambda: server.say(b"R\n"))
        self.assertRegex(said, r"^accepted: TLS 1\.2.*\n(answer: 0 |refused: )")
        self.assertEqual(server.received.count(MARKER.strip()), 1)

    def test_a_port_without_tls_is_named(self):
        import socket
        import threading

        with socket.create_server(("127.0.0.1", 0)) as listener:
            def answer():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"220 this is a mail server\r\n")
                    connection.recv(4096)

            thread = threading.Thread(target=answer)
            thread.start()
            said = self.probe(listener.getsockname()[1])
            thread.join()
        self.assertEqual(said, "refused: the answer is not TLS (is this the broker's TLS port?)\n")

    def test_an_end_within_the_handshake_is_closed(self):
        import socket
        import threading

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=lambda: listener.accept()[0].close())
            thread.start()
            said = self.probe(listener.getsockname()[1])
            thread.join()
        self.assertEqual(said, "closed: handshake\n")


class ClientCertificate(TlsCase):
    def dial(self, version, **options):
        with RecordingServer(self.authority.server("plant"), maximum=version, client_ca=self.ca) as server:
            said = self.probe(server.port, **options)
        return said, server

    def test_is_shown_when_asked_for(self):
        for kind in ("ec", "rsa"):
            key = shared_rsa_key() if kind == "rsa" else new_key(kind)
            certificate, path = self.authority.intermediate().client(key=key).write(self.folder / kind)
            for version in VERSIONS:
                with self.subTest(kind=kind, version=version.name):
                    said, server = self.dial(version, cert=certificate, key=path)
                    self.assertIn("answer: 6 hello", said)
                    self.assertEqual(server.received, MARKER)

    def test_with_a_pass_phrase(self):
        certificate, path = self.authority.client().write(self.folder / "locked", password="secret")
        said, _ = self.dial(ssl.TLSVersion.TLSv1_3, cert=certificate, key=path, key_password="secret")
        self.assertIn("answer: 6 hello", said)

    def test_missing_is_said_in_the_broker_s_words(self):
        said, server = self.dial(ssl.TLSVersion.TLSv1_3)
        self.assertIn("refused: the broker refused the TLS connection: alert 'certificate required' "
                      "(set tls.cert and tls.key)", said)
        self.assertEqual(server.received, b"")

    def test_from_another_authority_is_said_in_the_broker_s_words(self):
        certificate, path = Authority("Other CA").client().write(self.folder / "foreign")
        said, server = self.dial(ssl.TLSVersion.TLSv1_3, cert=certificate, key=path)
        self.assertIn("alert 'unknown ca' (it does not know the authority of tls.cert)", said)
        self.assertEqual(server.received, b"")


class Options(TlsCase):
    def test_versions(self):
        self.assert_context_refused("tls.min_version must be '1.2' or '1.3', got '1.1'", min_version="1.1")
        self.assert_context_refused("tls.max_version must be '1.2' or '1.3', got 'x'", max_version="x")
        self.assert_context_refused(
            "tls.min_version is above tls.max_version", min_version="1.3", max_version="1.2"
        )

    def test_an_unknown_or_unsafe_suite_is_named(self):
        for name in ("TLS_FOO", "ADH-AES128-SHA", "ECDHE-RSA-NULL-SHA", "ECDHE-RSA-AES128-SHA"):
            said = self.probe(1, ciphers=[name])
            self.assertTrue(said.startswith(f"refused: tls.ciphers: unknown or refused suite '{name}', must be of: "))

    def test_an_authority_file_that_is_none(self):
        missing, empty, junk = (self.folder / name for name in ("missing.crt", "empty.crt", "junk.crt"))
        empty.write_bytes(b"\n")
        junk.write_bytes(b"hello")
        self.assert_context_refused(f"cannot read '{missing}': No such file or directory", ca=missing)
        self.assert_context_refused(f"'{empty}' is empty", ca=empty)
        self.assert_context_refused(
            f"'{junk}' holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", ca=junk
        )
        self.assert_context_refused(f"cannot read '{self.folder}': it is not a file", ca=self.folder)

    def test_an_authority_that_is_none(self):
        leaf = self.authority.intermediate("leaf.test", ca=False)
        ca = self.trust(leaf)
        self.assert_context_refused(
            f"tls.ca: 'leaf.test' in '{ca}' is not an authority (CA:FALSE): "
            "the certificate that signed the broker's is needed", ca=ca,
        )

    def test_a_certificate_without_its_key(self):
        certificate, key = self.authority.client().write(self.folder / "client")
        self.assert_context_refused("tls.cert needs tls.key beside it", cert=certificate)
        self.assert_context_refused("tls.key needs tls.cert beside it", key=key)

    def test_the_system_s_store_is_used_without_an_authority_file(self):
        store = {"SSL_CERT_FILE": self.ca}
        self.assert_accepted(self.authority.server("plant"), ca="", environment=store)
        self.assert_refused(
            Authority("Other CA").server("plant"),
            f"certificate is not signed by an authority in the system's trust store ('{self.ca}') "
            "(its issuer is 'Other CA')", ca="", environment=store,
        )

    def test_what_does_not_fit_in_the_system_s_store_is_passed_over(self):
        store = self.folder / "store.crt"
        weak = Authority("Weak CA", key=shared_rsa_key(1024))
        leaf = self.authority.intermediate("leaf.test", ca=False)
        stale = Authority("Stale CA", not_after=now() - days(3))
        store.write_bytes(weak.root_pem() + leaf.root_pem() + stale.root_pem() + self.authority.root_pem())
        environment = {"SSL_CERT_FILE": str(store)}
        self.assert_accepted(self.authority.server("plant"), ca="", environment=environment)
        for unfit, why in (
            (weak, "its issuer is 'Weak CA'"), (leaf, "its issuer 'leaf.test' is no authority itself"),
            (stale, "its issuer is 'Stale CA'"),
        ):
            self.assert_refused(
                unfit.server("plant"),
                f"certificate is not signed by an authority in the system's trust store ('{store}') ({why})",
                ca="", environment=environment,
            )

    def test_an_empty_system_store_is_an_error(self):
        empty = self.folder / "empty-store.crt"
        empty.write_bytes(b"")
        said = self.probe(1, ca="", environment={"SSL_CERT_FILE": str(empty)})
        self.assertEqual(said, f"refused: the system's trust store: '{empty}' is empty\n")


tap.main()
