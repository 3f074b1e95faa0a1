# SPDX-License-Identifier: MIT
"""Revocation lists: what `tls.crl` refuses, and that it refuses when it cannot know."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

import tap
from tls_case import TlsCase
from certs import DER, Authority, der_item, new_key, shared_rsa_key

NEEDED = "(tls.crl needs one of every authority above the broker)"


class RevocationCase(TlsCase):
    def lists(self, *texts, name="lists.pem"):
        path = self.folder / name
        path.write_bytes(b"".join(texts))
        return str(path)


class Decided(RevocationCase):
    def test_a_certificate_that_no_list_names_is_accepted(self):
        issued, other = self.authority.server("plant"), self.authority.server("other.test")
        self.assert_accepted(issued, crl=self.lists(self.authority.revocation_list(other.certificate)))

    def test_an_empty_list_is_a_list(self):
        self.assert_accepted(self.authority.server("plant"), crl=self.lists(self.authority.revocation_list()))

    def test_a_revoked_certificate(self):
        for kind in ("ec", "rsa", "ed25519"):
            authority = Authority(key=shared_rsa_key() if kind == "rsa" else new_key(kind))
            issued, others = authority.server("plant"), [authority.server("a") for _ in range(20)]
            revoked = [one.certificate for one in (*others[:10], issued, *others[10:])]
            crl = self.lists(authority.revocation_list(*revoked))
            with self.subTest(kind=kind):
                self.assert_refused(
                    issued, f"certificate was revoked by 'Test CA' (the list is in '{crl}')",
                    ca=self.trust(authority), crl=crl,
                )

    def test_a_revoked_intermediate(self):
        middle = self.authority.intermediate()
        crl = self.lists(middle.revocation_list(), self.authority.revocation_list(middle.certificate))
        self.assert_refused(
            middle.server("plant"),
            f"intermediate certificate 'Test intermediate' was revoked by 'Test CA' (the list is in '{crl}')", crl=crl,
        )

    def test_a_certificate_that_its_intermediate_revoked(self):
        middle = self.authority.intermediate()
        issued = middle.server("plant")
        crl = self.lists(self.authority.revocation_list(), middle.revocation_list(issued.certificate))
        self.assert_refused(
            issued, f"certificate was revoked by 'Test intermediate' (the list is in '{crl}')", crl=crl
        )

    def test_lists_of_every_authority_on_the_way_accept(self):
        middle = self.authority.intermediate("Middle")
        lower = middle.intermediate("Lower")
        parts = [one.revocation_list() for one in (lower, self.authority, middle)]
        self.assert_accepted(lower.server("plant"), crl=self.lists(*parts))

    def test_a_replaced_file_counts_at_the_next_dial(self):
        issued = self.authority.server("plant")
        crl = self.lists(self.authority.revocation_list())
        self.assert_accepted(issued, crl=crl)
        self.lists(self.authority.revocation_list(issued.certificate))
        self.assert_refused(issued, f"certificate was revoked by 'Test CA' (the list is in '{crl}')", crl=crl)


class Unknown(RevocationCase):
    """Without a usable list nobody is accepted."""

    def test_no_list_of_the_authority(self):
        crl = self.lists(Authority("Other CA").revocation_list())
        self.assert_refused(
            self.authority.server("plant"),
            f"certificate cannot be looked up: '{crl}' holds no revocation list of 'Test CA' {NEEDED}", crl=crl,
        )

    def test_no_list_of_the_intermediate(self):
        crl = self.lists(self.authority.revocation_list())
        self.assert_refused(
            self.authority.intermediate().server("plant"),
            f"certificate cannot be looked up: '{crl}' holds no revocation list of 'Test intermediate' {NEEDED}",
            crl=crl,
        )

    def test_no_list_above_the_intermediate(self):
        middle = self.authority.intermediate()
        crl = self.lists(middle.revocation_list())
        self.assert_refused(
            middle.server("plant"),
            f"intermediate certificate 'Test intermediate' cannot be looked up: '{crl}' holds no revocation list of "
            f"'Test CA' {NEEDED}", crl=crl,
        )

    def test_a_list_that_somebody_else_signed(self):
        crl = self.lists(self.authority.revocation_list(key=new_key()))
        self.assert_refused(
            self.authority.server("plant"),
            f"certificate cannot be looked up: the revocation list of 'Test CA' in '{crl}' is not signed by it",
            crl=crl,
        )

    def test_a_list_that_another_trusted_authority_signed(self):
        other = Authority("Other CA")
        both = self.folder / "both.crt"
        both.write_bytes(self.authority.root_pem() + other.root_pem())
        crl = self.lists(self.authority.revocation_list(key=other.key))
        self.assert_refused(
            self.authority.server("plant"),
            f"certificate cannot be looked up: the revocation list of 'Test CA' in '{crl}' is not signed by it",
            crl=crl, ca=str(both),
        )

    def test_a_list_that_somebody_else_signed_for_an_intermediate(self):
        middle = self.authority.intermediate()
        crl = self.lists(self.authority.revocation_list(), middle.revocation_list(key=new_key()))
        self.assert_refused(
            middle.server("plant"),
            f"certificate cannot be looked up: the revocation list of 'Test intermediate' in '{crl}' is not signed "
            "by it", crl=crl,
        )

    def test_a_list_whose_bytes_were_changed(self):
        issued = self.authority.server("plant")
        pem = self.authority.revocation_list(issued.certificate)
        der = bytearray(x509.load_pem_x509_crl(pem).public_bytes(DER))
        serial = issued.certificate.serial_number.to_bytes(20, "big")
        at = der.index(serial[1:])
        der[at + 5] ^= 1
        crl = self.lists(as_pem(bytes(der)))
        self.assert_refused(
            issued, f"certificate cannot be looked up: the revocation list of 'Test CA' in '{crl}' is not signed by it",
            crl=crl,
        )


class Files(RevocationCase):
    """What is said before anything is opened."""

    def assert_unfit(self, words, *texts, **more):
        crl = self.lists(*texts)
        self.assert_context_refused(f"tls.crl: the revocation list of 'Test CA' in '{crl}' {words}", crl=crl, **more)

    def test_a_file_that_is_none(self):
        missing, junk = str(self.folder / "missing.pem"), self.lists(b"hello", name="junk.pem")
        self.assert_context_refused(f"cannot read '{missing}': No such file or directory", crl=missing)
        self.assert_context_refused(
            f"'{junk}' holds no revocation list in PEM form (-----BEGIN X509 CRL-----)", crl=junk
        )
        self.assert_context_refused(f"'{self.lists(b'')}' is empty", crl=self.lists(b""))

    def test_a_damaged_list(self):
        good = self.authority.revocation_list()
        crl = self.lists(good, as_pem(x509.load_pem_x509_crl(good).public_bytes(DER)[:-7]))
        self.assert_context_refused(f"'{crl}': revocation list 2 is damaged (not an X.509 CRL)", crl=crl)
        crl = self.lists(good[: len(good) // 2])
        self.assert_context_refused(f"'{crl}': revocation list 1 has no END line", crl=crl)

    def test_a_stale_list(self):
        stale = self.authority.revocation_list(days_old=40, days_left=-3)
        self.assert_unfit("expired 3 days ago: a newer one is needed", Authority("Other CA").revocation_list(), stale)

    def test_a_list_from_the_future(self):
        self.assert_unfit("starts in 2 days (is this box's clock right?)",
                          self.authority.revocation_list(days_old=-2.01, days_left=9))

    def test_a_list_signed_with_sha1(self):
        self.assert_unfit("is signed with SHA-1, SHA-256 or better is needed",
                          self.authority.revocation_list(digest=hashes.SHA1()))

    def test_a_list_of_a_part(self):
        part = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
        words = "covers only a part of what it revokes (a critical extension says so): a whole list is needed"
        self.assert_unfit(words, self.authority.revocation_list(extensions=[part]))
        self.assert_unfit(words, self.authority.revocation_list(extensions=[x509.DeltaCRLIndicator(3)]))

    def test_two_lists_of_one_authority(self):
        """The library looks into one of them only, and it may be the wrong one."""
        crl = self.lists(self.authority.revocation_list(), self.authority.revocation_list())
        self.assert_context_refused(f"'{crl}' holds two revocation lists of 'Test CA', one is needed", crl=crl)

    def test_a_list_without_an_end(self):
        self.assert_unfit("does not say until when it holds", as_pem(endless(self.authority)))


def as_pem(der):
    return b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(der) + b"-----END X509 CRL-----\n"


def endless(authority):
    """A list without nextUpdate, which no tool makes: taken out of one that has it, and signed again."""
    made = x509.load_pem_x509_crl(authority.revocation_list())
    body, times = made.tbs_certlist_bytes, [made.last_update, made.next_update]  # UTC without saying so
    first, second = (der_item(0x17, time.strftime("%y%m%d%H%M%SZ").encode()) for time in times)
    assert first + second in body
    body = body.replace(first + second, first)
    head = 2 if body[1] < 0x80 else 2 + (body[1] & 0x7F)
    signed = der_item(0x30, body[head:])
    signature = authority.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    ecdsa_with_sha256 = der_item(0x30, der_item(0x06, bytes.fromhex("2a8648ce3d040302")))
    return der_item(0x30, signed + ecdsa_with_sha256 + der_item(0x03, b"\0" + signature))


tap.main()
