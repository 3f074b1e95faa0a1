# SPDX-License-Identifier: MIT
"""What the TLS tests share: the probe, a folder, an authority, and the two questions that they ask."""

import os
import ssl
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path

from certs import Authority
from tls_server import RecordingServer

warnings.filterwarnings("ignore", message=".*SHA1.*")

MARKER = b"MARKER: the password would be here\n"
VERSIONS = (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2)


class TlsCase(unittest.TestCase):
    probe_path = os.environ.get("TLS_PROBE", "")

    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.folder = Path(cls.holder.name)
        cls.authority = Authority()
        cls.ca = cls.authority.write_root(cls.folder / "ca.crt")

    def trust(self, authority, name="other-ca.crt"):
        return authority.write_root(self.folder / name)

    def probe(self, port, host="plant", ca=None, environment=None, on_accepted=None, **options):
        """All that the probe printed. `on_accepted` is called as soon as it says that it accepted."""
        if ca is None:
            ca = self.ca
        lists = {"ciphers": "cipher", "pins": "pin", "protocols": "alpn"}
        words = [f"{key}={value}" for key, value in ({"ca": ca} | options).items() if key not in lists]
        words += [f"{one}={value}" for key, one in lists.items() for value in options.get(key, ())]
        with subprocess.Popen(
            [self.probe_path, "127.0.0.1", str(port), host, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | (environment or {}),
        ) as process:
            said = process.stdout.readline() if on_accepted else ""
            if said.startswith("accepted:"):
                on_accepted()
            rest, errors = process.communicate(timeout=30)
        self.assertEqual(errors, "")
        return said + rest

    def assert_accepted(self, issued, host="plant", versions=VERSIONS, **options):
        for version in versions:
            with self.subTest(version=version.name):
                with RecordingServer(issued, maximum=version) as server:
                    said = self.probe(server.port, host, **options)
                self.assertRegex(said, rf"^accepted: TLS {version.name[-3:].replace('_', '.')}, TLS_")
                self.assertIn("answer: 6 hello", said)
                self.assertEqual(server.received, MARKER)

    def assert_refused(self, issued, words, host="plant", versions=VERSIONS, **options):
        """Refused in these words, exactly, and not a byte was sent after the handshake."""
        for version in versions:
            with self.subTest(version=version.name):
                with RecordingServer(issued, maximum=version) as server:
                    said = self.probe(server.port, host, **options)
                self.assertEqual(said, f"refused: {words}\n")
                self.assertEqual(server.received, b"")
                self.assertEqual(len(server.raw), 1)

    def assert_context_refused(self, words, **options):
        """Refused before anything is opened: port 1 is never dialled."""
        self.assertEqual(self.probe(1, **options), f"refused: {words}\n")
