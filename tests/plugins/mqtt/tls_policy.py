# SPDX-License-Identifier: MIT
"""What a broker may show, and what is refused: tests/tls/POLICY.md names the test for each of its lines."""

import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dh

import tap
from tls_case import MARKER, TlsCase
from certs import Authority, days, new_key, now, shared_rsa_key
from hostile_server import HostileServer
from tls_server import OpensslServer

ADVICE = "(set tls.server_name if that is right)"


class Accepted(TlsCase):
    def test_an_ecdsa_broker(self):
        self.assert_accepted(self.authority.server("plant"))

    def test_an_rsa_broker_below_an_rsa_intermediate(self):
        root = Authority("RSA CA", key=shared_rsa_key(2048, 1))
        middle = root.intermediate(key=shared_rsa_key(2048, 2))
        self.assert_accepted(middle.server("plant", key=shared_rsa_key()), ca=self.trust(root))

    def test_an_ed25519_broker_below_an_ed25519_authority(self):
        root = Authority("Ed CA", key=new_key("ed25519"))
        self.assert_accepted(root.server("plant", key=new_key("ed25519")), ca=self.trust(root))

    def test_a_broker_two_intermediates_down(self):
        self.assert_accepted(self.authority.intermediate().intermediate("Second").server("plant"))

    def test_an_address_in_the_san(self):
        self.assert_accepted(self.authority.intermediate().server("10.0.0.1"), host="10.0.0.1")
        self.assert_accepted(self.authority.server("fd00::1"), host="[fd00::1]")

    def test_a_trailing_dot(self):
        self.assert_accepted(self.authority.server("broker.test"), host="broker.test.")

    def test_names_in_any_case(self):
        self.assert_accepted(self.authority.server("Broker.Test"), host="bROKER.test")

    def test_a_wildcard_for_one_label(self):
        self.assert_accepted(self.authority.wildcard("*.plant.test"), host="a.plant.test")
        self.assert_accepted(self.authority.wildcard("*.test"), host="plant.test")

    def test_server_name_overrides_the_host(self):
        self.assert_accepted(self.authority.server("other.test"), server_name="other.test")

    def test_a_sha1_root_over_a_sha256_chain_sent_or_not(self):
        root = Authority("Old CA", key=shared_rsa_key(2048, 3), digest=hashes.SHA1())
        issued = root.intermediate().server("plant")
        ca = self.trust(root)
        self.assert_accepted(issued, ca=ca)
        issued.chain.append(root.certificate)
        self.assert_accepted(issued, ca=ca)

    def test_an_authority_cross_signed_with_sha1_by_one_that_is_unknown(self):
        old = Authority("Old CA", digest=hashes.SHA1())
        issued = self.authority.intermediate().server("plant")
        issued.chain += [old.cross_signed(self.authority, digest=hashes.SHA1()), old.certificate]
        self.assert_accepted(issued)

    def test_an_intermediate_as_the_only_authority(self):
        middle = self.authority.intermediate("Middle", digest=hashes.SHA1())
        self.assert_accepted(middle.server("plant"), ca=self.trust(middle, "middle.crt"))

    def test_insecure_skip_verify_takes_any_certificate(self):
        self.assert_accepted(self.authority.self_signed("other.test"), insecure_skip_verify="true")
        self.assert_accepted(self.authority.expired("plant"), insecure_skip_verify="true")


class RefusedNames(TlsCase):
    def test_another_host(self):
        self.assert_refused(self.authority.server("other.test"), f"certificate is for 'other.test', not 'plant' {ADVICE}")

    def test_a_common_name_without_a_san(self):
        self.assert_refused(
            self.authority.common_name_only("plant"),
            "certificate has no subject alternative name (only the common name 'plant', which is not looked at): "
            "the broker needs a certificate made for 'plant'",
        )

    def test_a_common_name_beside_an_address(self):
        issued = self.authority.server("10.0.0.1", common_name="plant")
        self.assert_refused(issued, f"certificate is for '10.0.0.1', not 'plant' {ADVICE}")

    def test_a_wildcard_for_two_labels(self):
        self.assert_refused(
            self.authority.wildcard("*.plant.test"),
            f"certificate is for '*.plant.test', not 'a.b.plant.test' {ADVICE}", host="a.b.plant.test",
        )
        self.assert_refused(
            self.authority.wildcard("*.plant.test"),
            f"certificate is for '*.plant.test', not 'plant.test' {ADVICE}", host="plant.test",
        )

    def test_a_wildcard_for_everything(self):
        self.assert_refused(self.authority.wildcard("*"), f"certificate is for '*', not 'plant' {ADVICE}")

    def test_a_wildcard_within_a_label(self):
        self.assert_refused(
            self.authority.wildcard("b*.test"), f"certificate is for 'b*.test', not 'broker.test' {ADVICE}",
            host="broker.test",
        )

    def test_another_address(self):
        self.assert_refused(
            self.authority.server("10.0.0.2"), f"certificate is for '10.0.0.2', not '10.0.0.1' {ADVICE}", host="10.0.0.1"
        )
        self.assert_refused(
            self.authority.server("fd00::2"), f"certificate is for 'fd00::2', not 'fd00::1' {ADVICE}", host="fd00::1"
        )

    def test_a_host_that_server_name_overrides(self):
        self.assert_refused(
            self.authority.server("plant"), f"certificate is for 'plant', not 'other.test' {ADVICE}",
            server_name="other.test",
        )


class RefusedSigners(TlsCase):
    def unsigned(self, why):
        return f"certificate is not signed by an authority in '{self.ca}' ({why})"

    def test_another_authority(self):
        self.assert_refused(Authority("Other CA").server("plant"), self.unsigned("its issuer is 'Other CA'"))

    def test_another_authority_of_the_same_name(self):
        other = Authority("Test CA")
        self.assert_refused(other.server("plant"), self.unsigned("its issuer is 'Test CA'"))

    def test_self_signed(self):
        self.assert_refused(self.authority.self_signed("plant"), self.unsigned("it is self-signed"))
        self.assert_refused(self.authority.self_signed("plant", ca=True), self.unsigned("it is self-signed"))

    def test_issued_by_a_leaf(self):
        self.assert_refused(
            self.authority.issued_by_leaf("plant"), self.unsigned("its issuer 'leaf.test' is no authority itself")
        )

    def test_a_clone_of_the_authority_with_its_signature_bytes(self):
        """CVE-2026-93302: this passes for a broker when the trusted peers are not unloaded."""
        self.assert_refused(
            self.authority.clone("plant"),
            "certificate has a false signature: 'Test CA' did not make it",
        )

    def test_an_expired_authority(self):
        old = Authority("Old CA", not_after=now() - days(4) - datetime.timedelta(minutes=5))
        ca = self.trust(old)
        self.assert_context_refused(f"tls.ca: 'Old CA' in '{ca}' expired 4 days ago", ca=ca)

    def test_an_expired_authority_beside_a_good_one(self):
        old = Authority("Old CA", not_after=now() - days(4))
        path = self.folder / "two.crt"
        path.write_bytes(self.authority.root_pem() + old.root_pem())
        self.assert_accepted(self.authority.server("plant"), ca=path)
        self.assert_refused(
            old.server("plant"), f"certificate is not signed by an authority in '{path}' (its issuer is 'Old CA')", ca=path
        )


class RefusedContents(TlsCase):
    def test_expired(self):
        self.assert_refused(self.authority.expired("plant"), "certificate expired 3 days ago")

    def test_not_yet_valid(self):
        self.assert_refused(
            self.authority.not_yet_valid("plant"),
            "certificate is not valid yet: it starts in 3 days (is this box's clock right?)",
        )

    def test_an_expired_intermediate(self):
        middle = self.authority.intermediate(
            "Middle", not_before=now() - days(90), not_after=now() - days(2) - datetime.timedelta(minutes=5)
        )
        self.assert_refused(middle.server("plant"), "intermediate certificate 'Middle' expired 2 days ago")

    def test_for_clients_only(self):
        self.assert_refused(
            self.authority.client_auth_only("plant"),
            "certificate is not for servers (its extended key usage lacks serverAuth)",
        )

    def test_a_short_rsa_key(self):
        why = "has an RSA key of 1024 bits, at least 2048 are needed"
        self.assert_refused(self.authority.weak_rsa("plant"), f"certificate {why}")
        middle = self.authority.intermediate("Middle", key=shared_rsa_key(1024))
        self.assert_refused(middle.server("plant"), f"intermediate certificate 'Middle' {why}")
        # wolfSSL takes the size of its encoding, which is larger, for that of an intermediate's key.
        middle = self.authority.intermediate("Middle", key=shared_rsa_key(1984))
        self.assert_refused(
            middle.server("plant"),
            "intermediate certificate 'Middle' has an RSA key of 1984 bits, at least 2048 are needed",
        )

    def test_a_short_rsa_key_in_an_authority(self):
        root = Authority("Short CA", key=shared_rsa_key(1024))
        ca = self.trust(root)
        self.assert_context_refused(
            f"tls.ca: 'Short CA' in '{ca}' has an RSA key of 1024 bits, at least 2048 are needed", ca=ca
        )

    def test_a_short_elliptic_key_in_an_authority(self):
        root = Authority("Short CA", key=new_key("ec224"))
        ca = self.trust(root)
        self.assert_context_refused(
            f"tls.ca: 'Short CA' in '{ca}' has an elliptic key of 224 bits, at least 256 are needed", ca=ca
        )

    def test_a_short_elliptic_key(self):
        why = "has an elliptic key of 224 bits, at least 256 are needed"
        middle = self.authority.intermediate("Middle", key=new_key("ec224"))
        self.assert_refused(middle.server("plant"), f"intermediate certificate 'Middle' {why}")
        # Its own key may be on a curve that was offered only, which OpenSSL sees before we do.
        self.assert_refused(
            self.authority.server("plant", key=new_key("ec224")),
            "the broker refused the TLS connection: alert 'handshake failure' (no cipher suite or certificate in common)",
        )

    def test_a_sha1_signature(self):
        self.assert_refused(
            self.authority.sha1("plant"), "certificate is signed with SHA-1, SHA-256 or better is needed"
        )
        root = Authority("RSA CA", key=shared_rsa_key(2048, 1))
        self.assert_refused(
            root.sha1("plant"), "certificate is signed with SHA-1, SHA-256 or better is needed", ca=self.trust(root)
        )

    def test_a_sha1_signature_on_any_intermediate(self):
        why = "is signed with SHA-1, SHA-256 or better is needed"
        lower = self.authority.intermediate("Upper").intermediate("Lower", digest=hashes.SHA1())
        self.assert_refused(lower.server("plant"), f"intermediate certificate 'Lower' {why}")
        lower = self.authority.intermediate("Upper", digest=hashes.SHA1()).intermediate("Lower")
        self.assert_refused(lower.server("plant"), f"intermediate certificate 'Upper' {why}")

    def test_a_sha1_intermediate_behind_a_decoy_of_its_name(self):
        decoy = Authority("Middle")
        middle = self.authority.intermediate("Middle", digest=hashes.SHA1())
        issued = middle.server("plant")
        issued.chain = [decoy.certificate, middle.certificate]
        self.assert_refused(issued, "intermediate certificate 'Middle' has a false signature: 'Middle' did not make it")
        issued.chain.reverse()
        self.assert_refused(
            issued, "intermediate certificate 'Middle' is signed with SHA-1, SHA-256 or better is needed"
        )


class RefusedServers(TlsCase):
    """Servers that have no suite or version that a client may take."""

    def assert_no_handshake(self, server, words):
        with server:
            said = self.probe(server.port)
        self.assertEqual(said, f"refused: {words}\n")
        self.assertNotIn(MARKER.strip(), server.received)

    def no_suite(self):
        return (
            "the broker refused the TLS connection: alert 'handshake failure' "
            "(no cipher suite or certificate in common)"
        )

    def test_no_certificate(self):
        self.assert_no_handshake(OpensslServer(None, "-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"), self.no_suite())

    def test_no_encryption(self):
        issued = self.authority.server("plant")
        self.assert_no_handshake(OpensslServer(issued, "-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"), self.no_suite())

    def test_tls_1_0_and_1_1(self):
        issued = self.authority.server("plant", key=shared_rsa_key())
        for flag in ("-tls1", "-tls1_1"):
            with self.subTest(flag=flag):
                self.assert_no_handshake(
                    OpensslServer(issued, flag, "-cipher", "ALL:@SECLEVEL=0"),
                    "the broker refused the TLS connection: alert 'protocol version' "
                    "(it speaks none from tls.min_version to tls.max_version)",
                )

    def test_tls_1_2_when_1_3_is_the_lowest(self):
        issued = self.authority.server("plant")
        with OpensslServer(issued, "-tls1_2") as server:
            said = self.probe(server.port, min_version="1.3")
        self.assertTrue(said.startswith("refused: the broker "), said)
        self.assertNotIn(MARKER.strip(), server.received)

    def test_a_finite_field_of_1024_bits(self):
        # RFC 2409, section 6.2: every copy of some old programs has this one.
        prime = int(
            "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
            "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
            "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16,
        )
        group = dh.DHParameterNumbers(prime, 2).parameters()
        path = self.folder / "dh.pem"
        path.write_bytes(group.parameter_bytes(serialization.Encoding.PEM, serialization.ParameterFormat.PKCS3))
        issued = self.authority.server("plant", key=shared_rsa_key())
        suites = {"ciphers": ["DHE-RSA-AES128-GCM-SHA256"]}
        with OpensslServer(issued, "-tls1_2", "-dhparam", str(path), "-cipher", "DHE:@SECLEVEL=0") as server:
            said = self.probe(server.port, **suites)
        self.assertEqual(said, "refused: the broker's finite field is too small for the key exchange, at least 2048 bits are needed\n")
        self.assertNotIn(MARKER.strip(), server.received)
        with OpensslServer(issued, "-tls1_2", "-cipher", "DHE:@SECLEVEL=0") as server:
            said = self.probe(server.port, bytes=1, **suites)
        self.assertTrue(said.startswith("accepted: TLS 1.2, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), said)

    def test_a_suite_that_was_not_offered(self):
        """CVE-2024-5814: Debian's build refuses this one itself; our own comparison stands behind it (test_tls.cpp)."""
        with HostileServer(self.authority.server("plant")) as server:
            said = self.probe(server.port)
        self.assertEqual(said, "refused: the broker chose a cipher suite that was not offered\n")
        self.assertEqual(server.received, b"")


tap.main()
