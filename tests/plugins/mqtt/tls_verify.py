# SPDX-License-Identifier: MIT
"""What `culvert-verify pem` says of files."""

import datetime
import os
import shutil
import subprocess

from cryptography import x509

import tap
from tls_case import TlsCase
from certs import Authority, days, new_key, now, shared_rsa_key


class Verify(TlsCase):
    program = os.environ.get("CULVERT_VERIFY", "")
    before: list[str] = []  # what the program is run by
    env: dict[str, str] | None = None

    def run_it(self, *words, password=None):
        reader = None
        words = [str(word) for word in words]
        if password is not None:
            reader, writer = os.pipe()
            os.write(writer, password)
            os.close(writer)
            words += ["--password-fd", str(reader)]
        try:
            return subprocess.run(
                [*self.before, self.program, *words], capture_output=True, text=True, timeout=30, env=self.env,
                pass_fds=[reader] if reader else []
            )
        finally:
            if reader is not None:
                os.close(reader)

    def assert_says(self, *lines, files, password=None):
        done = self.run_it("pem", *files, password=password)
        self.assertEqual(done.stdout.splitlines(), list(lines))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def client(self, stem="client", **how):
        password = how.pop("password", None)
        return self.authority.client(**how).write(self.folder / stem, password=password)

    def test_good_files_are_passed_in_silence(self):
        certificate, key = self.client()
        self.assert_says(files=["--ca", self.ca, "--cert", certificate, "--key", key])

    def test_an_authority_that_does_not_parse(self):
        junk = self.folder / "junk.crt"
        junk.write_text("hello")
        said = f"error ca '{junk}' holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        self.assert_says(said, files=["--ca", junk])
        junk.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        self.assert_says(f"error ca '{junk}': certificate 1 is damaged (not X.509)", files=["--ca", junk])
        junk.write_text("")
        self.assert_says(f"error ca '{junk}' is empty", files=["--ca", junk])
        junk.unlink()
        self.assert_says(f"error ca cannot read '{junk}': No such file or directory", files=["--ca", junk])

    def test_a_file_that_cannot_be_read(self):
        locked = self.folder / "locked.crt"
        locked.write_bytes(self.authority.root_pem())
        locked.chmod(0)
        if os.getuid() == 0:
            # Root reads everything. Nobody may be kept from where this was built, so it gets the program beside the file.
            self.program = shutil.copy(self.program, self.folder)
            self.folder.chmod(0o755)
            self.env = {}  # nor may it read what sanitizers are told to
            self.before = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        self.assert_says(f"error ca cannot read '{locked}': Permission denied", files=["--ca", locked])

    def test_an_expired_authority_is_a_warning(self):
        old = Authority("Old CA", not_after=now() - days(3) - datetime.timedelta(minutes=5))
        ca = self.trust(old)
        self.assert_says(f"warning ca 'Old CA' in '{ca}' expired 3 days ago", files=["--ca", ca])

    def test_an_authority_that_starts_later_is_a_warning(self):
        new = Authority("New CA", not_before=now() + days(3) + datetime.timedelta(minutes=5))
        ca = self.trust(new)
        self.assert_says(f"warning ca 'New CA' in '{ca}' starts in 3 days", files=["--ca", ca])

    def test_an_expired_certificate_is_a_warning(self):
        certificate, key = self.client(
            not_before=now() - days(9), not_after=now() - days(1) - datetime.timedelta(minutes=5)
        )
        self.assert_says(
            f"warning cert 'edge-01' in '{certificate}' expired 1 day ago", files=["--cert", certificate, "--key", key]
        )

    def test_a_key_that_does_not_fit(self):
        makers = {"ec": new_key, "ec384": new_key, "ed25519": new_key, "rsa": lambda _: shared_rsa_key(2048, 7)}
        for kind, make in makers.items():
            with self.subTest(kind=kind):
                certificate, own = self.client("one", key=make(kind))
                _, key = self.client("two", key=new_key(kind))
                self.assert_says(files=["--cert", certificate, "--key", own])
                self.assert_says(
                    f"error key '{key}' does not fit the certificate in tls.cert",
                    files=["--cert", certificate, "--key", key],
                )

    def test_a_key_of_another_kind_does_not_fit(self):
        certificate, _ = self.client("one")
        _, key = self.client("two", key=shared_rsa_key())
        done = self.run_it("pem", "--cert", certificate, "--key", key)
        self.assertTrue(done.stdout.startswith(f"error key '{key}'"), done.stdout)

    def test_a_key_that_is_none(self):
        certificate, _ = self.client()
        said = f"error key '{certificate}' holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"
        self.assert_says(said, files=["--cert", certificate, "--key", certificate])

    def test_pass_phrases(self):
        certificate, key = self.client("locked", password="secret")
        files = ["--cert", certificate, "--key", key]
        self.assert_says(files=files, password=b"secret")
        self.assert_says(files=files, password=b"secret\n")
        self.assert_says(f"error key '{key}' cannot be opened with this pass phrase", files=files, password=b"wrong")
        self.assert_says(f"error key '{key}' is encrypted (set tls.key_password)", files=files)

    def test_one_without_the_other(self):
        certificate, key = self.client()
        self.assert_says("error cert needs tls.key beside it", files=["--cert", certificate])
        self.assert_says("error key needs tls.cert beside it", files=["--key", key])

    def test_revocation_lists(self):
        crl, ours = self.folder / "ca.crl", self.authority
        crl.write_bytes(ours.revocation_list())
        self.assert_says(files=["--crl", crl])
        subject = f"the revocation list of 'Test CA' in '{crl}'"
        crl.write_bytes(ours.revocation_list(days_old=9, days_left=-3.01))
        self.assert_says(f"warning crl {subject} expired 3 days ago: a newer one is needed", files=["--crl", crl])
        crl.write_bytes(ours.revocation_list(days_old=-2.01))
        self.assert_says(f"warning crl {subject} starts in 2 days (is this box's clock right?)", files=["--crl", crl])
        part = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
        crl.write_bytes(ours.revocation_list(extensions=[part]))
        self.assert_says(f"error crl {subject} covers only a part of what it revokes (a critical extension says so): "
                         "a whole list is needed", files=["--crl", crl])
        crl.write_bytes(ours.root_pem())
        self.assert_says(f"error crl '{crl}' holds no revocation list in PEM form (-----BEGIN X509 CRL-----)",
                         files=["--crl", crl])

    def test_all_findings_come_in_one_run(self):
        missing = self.folder / "missing"
        done = self.run_it("pem", "--ca", missing, "--crl", missing, "--cert", missing, "--key", missing)
        said = [line.split()[1] for line in done.stdout.splitlines()]
        self.assertEqual(said, ["ca", "crl", "cert", "key"])

    def test_a_wrong_command_line_is_64(self):
        for words in ([], ["pem", "--foo", "x"], ["pem", "--ca"], ["pem", "--password-fd", "x"], ["pem", "--password-fd", "99"]):
            done = self.run_it(*words)
            self.assertEqual((done.returncode, done.stdout), (64, ""), words)
            self.assertIn("usage: culvert-verify pem", done.stderr)


tap.main()
