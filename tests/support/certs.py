# SPDX-License-Identifier: MIT
"""Certificates for the tests: an authority that issues good ones, and every bad one that a broker may show.

    authority = Authority()
    authority.write_root(folder / "ca.crt")
    good = authority.server("plant")
    good.write(folder / "server")          # server.crt (chain) and server.key

Nothing here is for use outside tests.
"""

import base64
import datetime
import functools
import ipaddress
import pathlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


def now():
    return datetime.datetime.utcnow().replace(microsecond=0)


def days(count):
    return datetime.timedelta(days=count)


def new_key(kind="ec"):
    """ec, ec224, ec384, ed25519, rsa (2048 bits) or rsaNNNN."""
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    curves = {"ec": ec.SECP256R1, "ec224": ec.SECP224R1, "ec384": ec.SECP384R1}
    return ec.generate_private_key(curves[kind]())


@functools.lru_cache(maxsize=None)
def shared_rsa_key(bits=2048, number=0):
    """RSA keys are slow to make: tests that do not mind share them."""
    del number
    return rsa.generate_private_key(65537, bits)


def name_of(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def alternative(name):
    """A SAN entry: an address for what looks like one, else a DNS name; or as it was given."""
    if isinstance(name, x509.GeneralName):
        return name
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def digest_for(key, digest):
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else digest


def authority_usage():
    """What RFC 5280 demands of an authority, and wolfSSL of an intermediate: it may sign certificates."""
    flags = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
        + ["encipher_only", "decipher_only"],
        False,
    )
    return x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **flags)


def der_length(count):
    if count < 0x80:
        return bytes([count])
    body = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body


@dataclass
class Issued:
    """A certificate with its key, and what a server sends after it."""

    certificate: x509.Certificate
    key: object
    chain: list = field(default_factory=list)
    der: bytes = b""  # in the place of `certificate`, for one that was tampered with

    def own_pem(self):
        if not self.der:
            return self.certificate.public_bytes(PEM)
        text = base64.encodebytes(self.der)
        return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"

    def chain_pem(self):
        return self.own_pem() + b"".join(link.public_bytes(PEM) for link in self.chain)

    def key_pem(self, password=None):
        how = serialization.NoEncryption()
        if password:
            how = serialization.BestAvailableEncryption(password.encode())
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, how)

    def write(self, stem, password=None):
        """Writes STEM.crt (the whole chain) and STEM.key; returns their paths as text."""
        certificate, key = pathlib.Path(f"{stem}.crt"), pathlib.Path(f"{stem}.key")
        certificate.write_bytes(self.chain_pem())
        key.write_bytes(self.key_pem(password))
        key.chmod(0o600)
        return str(certificate), str(key)


class Authority:
    """A root, and the certificates that it or its intermediates issue."""

    def __init__(self, name="Test CA", key=None, digest=None, not_before=None, not_after=None):
        self.key = key or new_key()
        self.name = name_of(name)
        self.certificate = self._root(
            self.key, digest or hashes.SHA256(), not_before or now() - days(365), not_after or now() + days(3650)
        )
        self.chain = []  # what this authority's certificates are sent with

    # --- authorities

    def _root(self, key, digest, not_before, not_after):
        builder = self._builder(self.name, self.name, key.public_key(), not_before, not_after)
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        builder = builder.add_extension(authority_usage(), True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        return builder.sign(key, digest_for(key, digest))

    @staticmethod
    def _builder(subject, issuer, public_key, not_before, not_after):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(not_before).not_valid_after(not_after)

    def root_pem(self):
        return self.certificate.public_bytes(PEM)

    def write_root(self, path):
        pathlib.Path(path).write_bytes(self.root_pem())
        return str(path)

    def intermediate(self, name="Test intermediate", key=None, digest=None, ca=True, **dates):
        """An authority under this one. With ca=False its certificate says that it is none."""
        child = Authority.__new__(Authority)
        child.key = key or new_key()
        child.name = name_of(name)
        child.certificate = self._sign(child.name, child.key, digest=digest, ca=ca, **dates).certificate
        child.chain = [child.certificate] + self.chain
        return child

    def cross_signed(self, other, digest=None):
        """`other`'s name and key in a certificate of this authority."""
        return self._sign(other.name, other.key, digest=digest, ca=True).certificate

    def _sign(self, subject, key, names=(), digest=None, ca=None, usage=None, not_before=None, not_after=None):
        public_key = key.public_key()
        builder = self._builder(subject, self.name, public_key, not_before or now() - days(30), not_after or now() + days(300))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([alternative(name) for name in names]), False)
        if ca is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca, None), True)
        if ca:
            builder = builder.add_extension(authority_usage(), True)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(usage)), False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
        own = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), False
        )
        certificate = builder.sign(self.key, digest_for(self.key, digest or hashes.SHA256()))
        return Issued(certificate, key, list(self.chain))

    # --- revocation

    def revocation_list(self, *revoked, days_old=1, days_left=30, digest=None, key=None, extensions=()):
        """What this authority says is revoked, in PEM. `key` signs in its place; `extensions` are critical ones."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(now() - days(days_old)).next_update(now() + days(days_left))
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(now() - days(1))
            builder = builder.add_revoked_certificate(entry.build())
        own = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), False)
        builder = builder.add_extension(x509.CRLNumber(7), False)
        for one in extensions:
            builder = builder.add_extension(one, True)
        return builder.sign(key or self.key, digest_for(self.key, digest or hashes.SHA256())).public_bytes(PEM)

    # --- certificates that are right

    def server(self, *names, key=None, common_name=None, **how):
        """For these names and addresses; the first is the common name too, unless another is given."""
        how.setdefault("usage", [ExtendedKeyUsageOID.SERVER_AUTH])
        return self._sign(name_of(common_name or names[0]), key or new_key(), names=names, ca=False, **how)

    def client(self, name="edge-01", key=None, **how):
        return self._sign(name_of(name), key or new_key(), ca=False, usage=[ExtendedKeyUsageOID.CLIENT_AUTH], **how)

    def wildcard(self, pattern, **how):
        return self.server(pattern, **how)

    # --- certificates that are wrong

    def common_name_only(self, name, key=None, **how):
        return self._sign(name_of(name), key or new_key(), ca=False, usage=[ExtendedKeyUsageOID.SERVER_AUTH], **how)

    def client_auth_only(self, name, **how):
        return self.server(name, usage=[ExtendedKeyUsageOID.CLIENT_AUTH], **how)

    def expired(self, name, days_ago=3):
        return self.server(name, not_before=now() - days(90), not_after=now() - days(days_ago) - datetime.timedelta(minutes=5))

    def not_yet_valid(self, name, in_days=3):
        start = now() + days(in_days) + datetime.timedelta(minutes=5)
        return self.server(name, not_before=start, not_after=start + days(90))

    def weak_rsa(self, name, bits=1024):
        return self.server(name, key=shared_rsa_key(bits))

    def sha1(self, name):
        return self.server(name, digest=hashes.SHA1())

    def issued_by_leaf(self, name, **how):
        """Signed by a server's certificate of this authority, which is sent along."""
        dates = {key: how[key] for key in ("not_before", "not_after") if key in how}
        leaf = self.intermediate("leaf.test", ca=False, **dates)
        return leaf.server(name, **how)

    def self_signed(self, name, ca=None, key=None, **dates):
        key = key or new_key()
        alone = Authority.__new__(Authority)
        alone.key, alone.name, alone.chain = key, name_of(name), []
        return alone._sign(alone.name, key, names=[name], ca=ca, **dates)

    def clone(self, name, key=None):
        """The root's subject, key id and signature bytes around another key, for a server called `name`."""
        key, root = key or new_key(), self.certificate
        builder = self._builder(root.subject, root.issuer, key.public_key(), root.not_valid_before, root.not_valid_after)
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        own = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = builder.add_extension(own, False)
        builder = builder.add_extension(x509.SubjectAlternativeName([alternative(name)]), False)
        signed = builder.sign(key, digest_for(key, root.signature_hash_algorithm))
        return Issued(signed, key, [], with_signature(signed, root.signature))


def with_signature(certificate, signature):
    """The DER of `certificate` with these signature bytes in place of its own."""
    whole = certificate.public_bytes(DER)
    body = certificate.tbs_certificate_bytes
    head = len(whole) - len(der_item(0x03, b"\0" + certificate.signature))
    algorithm = whole[whole.index(body) + len(body) : head]
    return der_item(0x30, body + algorithm + der_item(0x03, b"\0" + signature))


def der_item(tag, body):
    return bytes([tag]) + der_length(len(body)) + body
