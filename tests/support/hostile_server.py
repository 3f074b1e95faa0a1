# SPDX-License-Identifier: MIT
"""A TLS 1.2 server that chooses a suite which the client did not offer: its certificate is good, its records are
not encrypted (TLS_ECDHE_ECDSA_WITH_NULL_SHA), and it completes the handshake if the client lets it."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from one_connection import OneConnection

ECDHE_ECDSA_NULL_SHA = 0xC006


def prf(secret, label, seed, length):
    """RFC 5246, section 5, with SHA-256."""
    out, block = b"", label + seed
    while len(out) < length:
        block = hmac.digest(secret, block, "sha256")
        out += hmac.digest(secret, block + label + seed, "sha256")
    return out[:length]


def vector(body, width):
    return len(body).to_bytes(width, "big") + body


class HostileServer(OneConnection):
    """`finished`: the client sent its Finished. `received`: what it sent as application data after that."""

    def __init__(self, issued, suite=ECDHE_ECDSA_NULL_SHA):
        super().__init__()
        self.issued, self.suite = issued, suite
        self.finished, self.received = False, b""

    def _talk(self, connection):
        self.socket = connection
        with connection.makefile("rb") as self.input:
            try:
                self._handshake()
                self._read_all()
            except (EOFError, OSError):
                pass

    def _record(self):
        head = self.input.read(5)
        if len(head) < 5:
            raise EOFError
        if head[0] == 21:  # an alert: the client gave up
            raise EOFError
        return head[0], self.input.read(int.from_bytes(head[3:5], "big"))

    def _send(self, kind, body):
        self.socket.sendall(bytes([kind, 3, 3]) + vector(body, 2))

    def _say(self, kind, body):
        message = bytes([kind]) + vector(body, 3)
        self.transcript += message
        self._send(22, message)

    def _handshake(self):
        _, hello = self._record()
        self.transcript = hello
        client_random, server_random = hello[6:38], os.urandom(32)
        self._say(2, b"\3\3" + server_random + b"\0" + self.suite.to_bytes(2, "big") + b"\0")
        links = [self.issued.certificate, *self.issued.chain]
        chain = b"".join(vector(link.public_bytes(serialization.Encoding.DER), 3) for link in links)
        self._say(11, vector(chain, 3))
        key = ec.generate_private_key(ec.SECP256R1())
        point = key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        offer = b"\3\0\x17" + vector(point, 1)
        signature = self.issued.key.sign(client_random + server_random + offer, ec.ECDSA(hashes.SHA256()))
        self._say(12, offer + b"\4\3" + vector(signature, 2))
        self._say(14, b"")
        _, exchange = self._record()
        self.transcript += exchange
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), exchange[5:])
        shared = key.exchange(ec.ECDH(), peer)
        self.master = prf(shared, b"master secret", client_random + server_random, 48)
        keys = prf(self.master, b"key expansion", server_random + client_random, 40)
        self._record()  # change cipher spec
        _, finished = self._record()
        self.finished = True
        self.transcript += finished[:-20]
        self._send(20, b"\1")
        verify = prf(self.master, b"server finished", hashlib.sha256(self.transcript).digest(), 12)
        message = b"\x14" + vector(verify, 3)
        covered = bytes(8) + bytes([22, 3, 3]) + vector(message, 2)
        self._send(22, message + hmac.digest(keys[20:40], covered, "sha1"))

    def _read_all(self):
        while True:
            kind, body = self._record()
            if kind == 23:
                self.received += body[:-20]
