# SPDX-License-Identifier: MIT
"""What the selftest's servers show is what it says: each certificate, key and list is read again and compared with its
claim. The same is asked of a set that is made anew, so that the script which made them is still the one that does."""

import base64
import datetime
import hashlib
import io
import re
import warnings
from contextlib import redirect_stdout
from pathlib import Path

warnings.filterwarnings("ignore", message=".*SHA1.*")

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

import make_selftest_certs as maker
import tap

SOURCE = Path(__file__).resolve().parents[2] / "plugins" / "mqtt" / "selftest_certs.inc"
ROOTS = ["Culvert selftest CA", "Culvert selftest RSA CA", "Culvert selftest SHA-1 CA", "Culvert selftest Ed25519 CA"]
GOOD = (datetime.datetime(2025, 1, 1), datetime.datetime(2126, 1, 1))
OVER = (datetime.datetime(2025, 1, 1), datetime.datetime(2025, 2, 1))
LATER = (datetime.datetime(2125, 1, 1), datetime.datetime(2126, 1, 1))


class Claim:
    """Of a server's certificate, and of what it is sent with."""

    def __init__(self, *names, key="ec", dates=GOOD, digest="sha256", chain=(), issuer=ROOTS[0], trusted=True,
                 usage=(Usage.SERVER_AUTH,), chain_dates=GOOD, chain_digest="sha256", chain_size=None):
        self.names, self.key, self.dates, self.digest = names or ("plant.test",), key, dates, digest
        self.chain, self.issuer, self.trusted, self.usage = chain, issuer, trusted, usage
        self.chain_dates, self.chain_digest, self.chain_size = chain_dates, chain_digest, chain_size


CLAIMS = {
    "ecdsa": Claim(),
    "rsa": Claim(key="rsa", issuer=ROOTS[1], chain=["RSA intermediate"]),
    "ed25519": Claim(key="ed25519", issuer=ROOTS[3], digest=None),
    "sha1_root": Claim(issuer=ROOTS[2], chain=["Intermediate"]),
    "sha1_root_sent": Claim(issuer=ROOTS[2], chain=["Intermediate", ROOTS[2]]),
    "address": Claim("192.0.2.1", "2001:db8::1"),
    "address_as_name": Claim("DNS:192.0.2.1"),
    "other_name": Claim("other.test"),
    "common_name": Claim(None),
    "wildcard": Claim("*.plant.test"),
    "wildcard_test": Claim("*.test"),
    "wildcard_all": Claim("*"),
    "for_clients": Claim(usage=[Usage.CLIENT_AUTH]),
    "other_ca": Claim(issuer="Other CA", trusted=False),
    "other_ca_same_name": Claim(trusted=False),
    "self_signed": Claim(issuer="plant.test", trusted=False, usage=None),
    "by_a_leaf": Claim(chain=["leaf.test"]),
    "clone": Claim(trusted=False, usage=None),
    "expired": Claim(dates=OVER),
    "not_yet": Claim(dates=LATER),
    "expired_intermediate": Claim(chain=["Expired intermediate"], chain_dates=OVER),
    "short_rsa": Claim(key="short_rsa"),
    "short_ec": Claim(key="short_ec"),
    "short_rsa_intermediate": Claim(chain=["Short RSA intermediate"], chain_size=1984),
    "short_ec_intermediate": Claim(chain=["Short elliptic intermediate"], chain_size=224),
    "sha1": Claim(digest="sha1"),
    "sha1_intermediate": Claim(chain=["SHA-1 intermediate"], chain_digest="sha1"),
    "revoked": Claim(),
    "client": Claim(None, key="client", usage=[Usage.CLIENT_AUTH]),
}
KEYS = {"ec": 256, "rsa": 2048, "ed25519": None, "short_rsa": 1024, "short_ec": 224, "client": 256}


def common_name(name):
    return name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value


def public_bytes(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def is_signed_by(signed, body, key):
    """Whether `key` made the signature of a certificate or list whose signed part is `body`."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed.signature, body, ec.ECDSA(signed.signature_hash_algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signed.signature, body)
        else:
            key.verify(signed.signature, body, padding.PKCS1v15(), signed.signature_hash_algorithm)
    except InvalidSignature:
        return False
    return True


def issued_by(certificate, issuer):
    named = certificate.issuer == issuer.subject
    return named and is_signed_by(certificate, certificate.tbs_certificate_bytes, issuer.public_key())


def names_of(certificate):
    """As the claims write them: a DNS name that reads like an address is marked."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (None,)
    marked = [f"DNS:{one.value}" if re.match(r"[\d.]+$", str(one.value)) else one.value
              for one in names if isinstance(one, x509.DNSName)]
    return (*marked, *(str(one.value) for one in names if isinstance(one, x509.IPAddress)))


class Source:
    """The generated file, read."""

    def __init__(self, text):
        self.text = text
        self.values = dict(re.findall(r'string_view (\w+) = R"\((.*?)\)";', text, re.S))
        self.pins = dict(re.findall(r'string_view (\w+)_pin = "(.*?)";', text))
        self.times = dict(re.findall(r"(good_\w+_s) = (\d+)", text))

    def certificates(self, name):
        blocks = re.findall(r"-----BEGIN CERT.*?-----END CERTIFICATE-----\n", self.values[name], re.S)
        return [x509.load_pem_x509_certificate(block.encode()) for block in blocks]

    def key(self, name):
        return serialization.load_pem_private_key(self.values[f"{name}_key"].encode(), None)


class Certificates(tap.Case):
    def check_all(self, source):
        self.source, self.roots = source, source.certificates("authorities")
        self.assertEqual({f"{name}_chain" for name in CLAIMS}, {name for name in source.values if name.endswith("_chain")})
        for name, claim in CLAIMS.items():
            with self.subTest(certificate=name):
                self.check_leaf(claim, source.certificates(f"{name}_chain"))
                self.check_path(claim, source.certificates(f"{name}_chain"))
        self.check_keys()
        self.check_authorities()
        self.check_clone()
        self.check_lists()

    def check_leaf(self, claim, chain):
        leaf = chain[0]
        self.assertEqual(claim.names, names_of(leaf))
        self.assertEqual(claim.dates, (leaf.not_valid_before, leaf.not_valid_after))
        digest = leaf.signature_hash_algorithm
        self.assertEqual(claim.digest, digest.name if digest else None)
        self.assertEqual(list(claim.chain), [common_name(one.subject) for one in chain[1:]])
        self.assertEqual(public_bytes(self.source.key(claim.key).public_key()), public_bytes(leaf.public_key()))
        if claim.usage is not None:
            usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            self.assertEqual(list(claim.usage), list(usage))

    def check_path(self, claim, chain):
        """Each is signed by the next, and the last by a trusted root, or not."""
        for lower, upper in zip(chain, chain[1:]):
            self.assertTrue(issued_by(lower, upper))
        for one in chain[1:2]:
            self.assertEqual(claim.chain_dates, (one.not_valid_before, one.not_valid_after))
            self.assertEqual(claim.chain_digest, one.signature_hash_algorithm.name)
            self.assertIn(claim.chain_size, (None, one.public_key().key_size))
            is_ca = one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            self.assertEqual(common_name(one.subject) != "leaf.test", is_ca)
        self.assertEqual(claim.issuer, common_name(chain[-1].issuer))
        self.assertEqual(claim.trusted, any(issued_by(chain[-1], root) for root in self.roots))

    def check_keys(self):
        for name, size in KEYS.items():
            self.assertEqual(size, getattr(self.source.key(name), "key_size", None), name)
        shown = {public_bytes(self.source.key(name).public_key()) for name in KEYS}
        self.assertEqual(len(KEYS), len(shown))
        # The keys of authorities are in no file at all.
        self.assertFalse(shown & {public_bytes(root.public_key()) for root in self.roots})
        for name, pin in self.source.pins.items():
            digest = hashlib.sha256(public_bytes(self.source.key(name).public_key())).digest()
            self.assertEqual(f"sha256/{base64.b64encode(digest).decode()}", pin)

    def check_authorities(self):
        self.assertEqual(ROOTS, [common_name(root.subject) for root in self.roots])
        for root in self.roots:
            self.assertTrue(issued_by(root, root))
            self.assertEqual(GOOD, (root.not_valid_before, root.not_valid_after))
        digests = [getattr(root.signature_hash_algorithm, "name", None) for root in self.roots]
        self.assertEqual(["sha256", "sha256", "sha1", None], digests)
        (expired,) = self.source.certificates("expired_authority")
        self.assertEqual(OVER, (expired.not_valid_before, expired.not_valid_after))
        (short,) = self.source.certificates("short_authority")
        self.assertEqual(224, short.public_key().key_size)

    def check_clone(self):
        (clone,), root = self.source.certificates("clone_chain"), self.roots[0]
        self.assertEqual((root.subject, root.issuer, root.signature), (clone.subject, clone.issuer, clone.signature))
        identifier = [one.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value for one in (clone, root)]
        self.assertEqual(identifier[0], identifier[1])
        self.assertFalse(issued_by(clone, root))
        self.assertNotEqual(public_bytes(root.public_key()), public_bytes(clone.public_key()))

    def check_lists(self):
        root, (revoked,) = self.roots[0], self.source.certificates("revoked_chain")
        until = {"revocations": GOOD[1], "stale_revocations": OVER[1], "forged_revocations": GOOD[1]}
        for name, end in until.items():
            found = x509.load_pem_x509_crl(self.source.values[name].encode())
            forged = name == "forged_revocations"
            self.assertEqual((root.subject, GOOD[0], end), (found.issuer, found.last_update, found.next_update))
            self.assertEqual(forged, not is_signed_by(found, found.tbs_certlist_bytes, root.public_key()))
            self.assertEqual([] if forged else [revoked.serial_number], [one.serial_number for one in found])

    def test_the_file_in_the_tree(self):
        """selftest certificates: each is what the selftest says it is"""
        self.check_all(Source(SOURCE.read_text()))

    def test_a_new_set(self):
        """selftest certificates: the script in the tree makes such a file"""
        made = io.StringIO()
        with redirect_stdout(made):
            maker.main()
        self.check_all(Source(made.getvalue()))
        self.assertEqual(list(Source(SOURCE.read_text()).values), list(Source(made.getvalue()).values))

    def test_the_times_of_a_sane_clock(self):
        """selftest certificates: between the two times of the file what is expired is over, and the rest has begun"""
        times = Source(SOURCE.read_text()).times
        utc = datetime.timezone.utc
        self.assertEqual(OVER[1].replace(tzinfo=utc).timestamp(), int(times["good_from_s"]))
        self.assertEqual(LATER[0].replace(tzinfo=utc).timestamp(), int(times["good_until_s"]))

    def test_the_file_says_what_its_keys_are_worth(self):
        """selftest certificates: the file says that its keys are public and worthless"""
        self.assertIn("EVERY KEY IN THIS FILE IS PUBLIC AND WORTHLESS", SOURCE.read_text())


if __name__ == "__main__":
    tap.main()
