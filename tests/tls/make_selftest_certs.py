# SPDX-License-Identifier: MIT
"""Makes the certificates that `culvert doctor --tls-selftest` shows to the connector, as one C++ source.

    make_selftest_certs.py > plugins/mqtt/selftest_certs.inc

Run it only to add one: it makes new keys each time. The keys of the authorities are forgotten at its end; those of the
servers are in its output, since the selftest plays the servers. All of them are public, and worthless for that reason.
"""

import base64
import datetime
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from certs import DER, PEM, Authority, new_key

# What is good is good for this box's whole life; the rest is over, or has not begun.
START = datetime.datetime(2025, 1, 1)
END = datetime.datetime(2126, 1, 1)
EXPIRED = datetime.datetime(2025, 2, 1)
NOT_YET = datetime.datetime(2125, 1, 1)
GOOD = {"not_before": START, "not_after": END}

HEAD = """\
// SPDX-License-Identifier: MIT
// Made by tests/tls/make_selftest_certs.py, which says what each is: do not edit.
//
// EVERY KEY IN THIS FILE IS PUBLIC AND WORTHLESS. They belong to servers that the selftest plays to itself, in one
// process, and the authorities are trusted by nothing else. Never use one of them for anything.
"""

CLOCK = """
// Seconds since 1970 UTC: from the first on what is expired is so, and until the second what is not yet valid is not.
inline constexpr std::int64_t good_from_s = {}, good_until_s = {};
"""


def seconds(when):
    return int(when.replace(tzinfo=datetime.timezone.utc).timestamp())


def authority(name, key=None, **how):
    return Authority(name, key=key, **GOOD, **how)


def crl(issuer, revoked, next_update):
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.name)
    builder = builder.last_update(START).next_update(next_update)
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(START)
        builder = builder.add_revoked_certificate(entry.build())
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.add_extension(own, False).add_extension(x509.CRLNumber(1), False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(PEM)


def pin(key):
    shown = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "sha256/" + base64.b64encode(hashlib.sha256(shown).digest()).decode()


def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def key_pem(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Made:
    """All of it, by name: `keys`, `texts`, and `chains` as a server shows them, leaf first."""

    def __init__(self):
        self.keys = {"ec": new_key(), "rsa": rsa_key(), "ed25519": new_key("ed25519"), "short_rsa": rsa_key(1024),
                     "short_ec": new_key("ec224"), "client": new_key()}
        self.root = authority("Culvert selftest CA")
        self.rsa_root = authority("Culvert selftest RSA CA", key=rsa_key())
        self.sha1_root = authority("Culvert selftest SHA-1 CA", key=rsa_key(), digest=hashes.SHA1())
        self.ed_root = authority("Culvert selftest Ed25519 CA", key=new_key("ed25519"))
        roots = [self.root, self.rsa_root, self.sha1_root, self.ed_root]
        self.revoked = self.server(self.root)
        self.texts = {
            "authorities": b"".join(one.root_pem() for one in roots),
            "expired_authority": Authority("Expired CA", not_before=START, not_after=EXPIRED).root_pem(),
            "short_authority": authority("Short CA", key=new_key("ec224")).root_pem(),
            "revocations": crl(self.root, [self.revoked.certificate], END),
            "stale_revocations": crl(self.root, [self.revoked.certificate], EXPIRED),
            # Of another authority with the same name, and with nothing on it.
            "forged_revocations": crl(authority("Culvert selftest CA"), [], END),
        }
        self.chains = {name: issued.chain_pem() for name, issued in self.issued().items()}

    def server(self, issuer, *names, key="ec", **how):
        return issuer.server(*(names or ["plant.test"]), key=self.keys[key], **(GOOD | how))

    def issued(self):
        root = self.root
        above = {"not_before": START, "not_after": END}
        sha1_middle = root.intermediate("SHA-1 intermediate", digest=hashes.SHA1(), **above)
        old_middle = root.intermediate("Expired intermediate", not_before=START, not_after=EXPIRED)
        sent_root = self.server(self.sha1_root.intermediate("Intermediate", **above))
        sent_root.chain.append(self.sha1_root.certificate)
        return {
            "ecdsa": self.server(root),
            "rsa": self.server(self.rsa_root.intermediate("RSA intermediate", key=rsa_key(), **above), key="rsa"),
            "ed25519": self.server(self.ed_root, key="ed25519"),
            "sha1_root": self.server(self.sha1_root.intermediate("Intermediate", **above)),
            "sha1_root_sent": sent_root,
            "address": self.server(root, "192.0.2.1", "2001:db8::1", common_name="plant.test"),
            "address_as_name": self.server(root, x509.DNSName("192.0.2.1"), common_name="plant.test"),
            "other_name": self.server(root, "other.test"),
            "common_name": root.common_name_only("plant.test", key=self.keys["ec"], **GOOD),
            "wildcard": self.server(root, "*.plant.test"),
            "wildcard_test": self.server(root, "*.test"),
            "wildcard_all": self.server(root, "*"),
            "for_clients": root.client_auth_only("plant.test", key=self.keys["ec"], **GOOD),
            "other_ca": self.server(authority("Other CA")),
            "other_ca_same_name": self.server(authority("Culvert selftest CA")),
            "self_signed": root.self_signed("plant.test", key=self.keys["ec"], **GOOD),
            "by_a_leaf": root.issued_by_leaf("plant.test", key=self.keys["ec"], **GOOD),
            "clone": root.clone("plant.test", key=self.keys["ec"]),
            "expired": self.server(root, not_after=EXPIRED),
            "not_yet": self.server(root, not_before=NOT_YET),
            "expired_intermediate": self.server(old_middle),
            "short_rsa": self.server(root, key="short_rsa"),
            "short_ec": self.server(root, key="short_ec"),
            "short_rsa_intermediate": self.server(
                root.intermediate("Short RSA intermediate", key=rsa_key(1984), **above)),
            "short_ec_intermediate": self.server(
                root.intermediate("Short elliptic intermediate", key=new_key("ec224"), **above)),
            "sha1": self.server(root, digest=hashes.SHA1()),
            "sha1_intermediate": self.server(sha1_middle),
            "revoked": self.revoked,
            "client": root.client("selftest-client", key=self.keys["client"], **GOOD),
        }


def block(name, pem):
    return f'\ninline constexpr std::string_view {name} = R"({pem.decode()})";\n'


def main():
    made = Made()
    out = HEAD + CLOCK.format(seconds(EXPIRED), seconds(NOT_YET))
    for name, key in made.keys.items():
        out += block(f"{name}_key", key_pem(key))
        out += f'\ninline constexpr std::string_view {name}_pin = "{pin(key)}";\n'
    for name, text in made.texts.items():
        out += block(name, text)
    for name, chain in made.chains.items():
        out += block(f"{name}_chain", chain)
    sys.stdout.write(out)


if __name__ == "__main__":
    main()
