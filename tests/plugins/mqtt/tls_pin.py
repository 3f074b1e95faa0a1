# SPDX-License-Identifier: MIT
"""Pins: which key a broker must have, beside everything else that is asked of its certificate."""

import base64
import hashlib

from cryptography.hazmat.primitives import serialization

import tap
from tls_case import TlsCase
from certs import Authority, new_key, shared_rsa_key
from tls_server import RecordingServer

WISH = "must be 'sha256/' and 44 characters of base64, or 64 hexadecimal digits"


def digest(key):
    info = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(info).digest()


def pin(key):
    return "sha256/" + base64.b64encode(digest(key)).decode()


class Pins(TlsCase):
    def assert_other_key(self, issued, given, **options):
        self.assert_refused(
            issued, f"the broker's public key is '{pin(issued.key)}', which tls.pin does not name "
            "(add it if the key was renewed)", pin=given, **options,
        )

    def test_the_right_key_in_both_spellings(self):
        for key in (new_key("ec"), new_key("ed25519"), shared_rsa_key()):
            issued = self.authority.server("plant", key=key)
            self.assert_accepted(issued, pin=pin(key))
            self.assert_accepted(issued, pin=digest(key).hex())
            self.assert_accepted(issued, pin=digest(key).hex().upper())

    def test_one_of_several_is_enough(self):
        issued = self.authority.server("plant")
        self.assert_accepted(issued, pins=[pin(new_key()), pin(issued.key)])

    def test_another_key_of_the_same_authority_and_name(self):
        self.assert_other_key(self.authority.server("plant"), pin(new_key()))

    def test_the_key_of_an_authority_above_is_not_the_broker_s(self):
        middle = self.authority.intermediate()
        self.assert_other_key(middle.server("plant"), pin(middle.key))

    def test_a_renewed_certificate_with_the_same_key(self):
        key = new_key()
        for _ in range(2):
            self.assert_accepted(self.authority.server("plant", key=key), pin=pin(key))

    def test_the_right_key_excuses_nothing_else(self):
        stranger = Authority("Other CA").server("plant")
        self.assert_refused(
            stranger, f"certificate is not signed by an authority in '{self.ca}' (its issuer is 'Other CA')",
            pin=pin(stranger.key),
        )
        other = self.authority.server("other.test")
        self.assert_refused(other, "certificate is for 'other.test', not 'plant' (set tls.server_name if that is right)",
                            pin=pin(other.key))
        self.assert_refused(self.authority.expired("plant"), "certificate expired 3 days ago", pin=pin(other.key))

    def test_without_verification_it_holds_all_the_same(self):
        stranger = Authority("Other CA").server("elsewhere")
        self.assert_accepted(stranger, pin=pin(stranger.key), insecure_skip_verify="true")
        self.assert_other_key(stranger, pin(new_key()), insecure_skip_verify="true")

    def test_a_client_certificate_is_not_shown_to_another_key(self):
        certificate, key = self.authority.client().write(self.folder / "client")
        issued = self.authority.server("plant")
        with RecordingServer(issued, client_ca=self.ca) as server:
            said = self.probe(server.port, pin=pin(new_key()), cert=certificate, key=key)
        self.assertIn("which tls.pin does not name", said)
        self.assertEqual(server.received, b"")
        self.assertTrue(server.errors, "the server finished its handshake, which takes the client's certificate")

    def test_what_is_no_pin(self):
        good = pin(new_key())
        for wrong in ("x", "sha256/", good[:-2], good + "A", "sha1/" + good[7:], "0" * 63, "0" * 66, "g" * 64):
            self.assert_context_refused(f"tls.pin {WISH}, got '{wrong}'", pin=wrong)


tap.main()
