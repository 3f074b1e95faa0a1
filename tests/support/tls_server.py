# SPDX-License-Identifier: MIT
"""TLS servers that write down what a client sent them: each ClientHello, and every byte after the handshake."""

import re
import socket
import ssl
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

GREETING = b"hello\n"
DEADLINE_S = 15


@dataclass
class ClientHello:
    suites: list
    compression: bytes
    extensions: dict = field(default_factory=dict)

    @property
    def server_name(self):
        """The name in SNI, or None."""
        body = self.extensions.get(0)
        return body[5:].decode() if body is not None else None

    @staticmethod
    def parse(raw):
        """From the bytes of the first record(s)."""
        message = b""
        while raw[:1] == b"\x16":
            length = int.from_bytes(raw[3:5], "big")
            message, raw = message + raw[5 : 5 + length], raw[5 + length :]
        assert message[:1] == b"\x01", "not a ClientHello"
        body = message[4 : 4 + int.from_bytes(message[1:4], "big")]
        at = 34
        at += 1 + body[at]
        length = int.from_bytes(body[at : at + 2], "big")
        suites = [int.from_bytes(body[i : i + 2], "big") for i in range(at + 2, at + 2 + length, 2)]
        at += 2 + length
        compression = body[at + 1 : at + 1 + body[at]]
        at += 1 + body[at]
        hello, end = ClientHello(suites, compression), at + 2 + int.from_bytes(body[at : at + 2], "big")
        at += 2
        while at < end:
            kind, length = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
            hello.extensions[kind] = body[at + 4 : at + 4 + length]
            at += 4 + length
        return hello


class RecordingServer:
    """Python's ssl module behind a socket that is read here, so that nothing of the client's is missed.

    `raw[i]` is what connection i sent before the server's first answer, `received` all it sent after its handshake.
    """

    def __init__(self, issued, maximum=None, client_ca=None, one_byte_records=False, abrupt=False):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        if maximum:
            self.context.maximum_version = maximum
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        with tempfile.TemporaryDirectory() as folder:
            self.context.load_cert_chain(*issued.write(Path(folder) / "server"))
        self.one_byte_records, self.abrupt = one_byte_records, abrupt
        self.raw, self.received, self.errors = [], b"", []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive(), "the server's thread hangs"

    def hello(self, index=0):
        return ClientHello.parse(self.raw[index])

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(DEADLINE_S)
            with connection:
                try:
                    self._talk(connection)
                except (OSError, ssl.SSLError) as error:
                    self.errors.append(str(error))

    def _talk(self, connection):
        inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(inward, outward, server_side=True)
        self.raw.append(b"")
        answered = False

        def step(action):
            nonlocal answered
            while True:
                try:
                    result = action()
                    connection.sendall(outward.read())
                    return result
                except ssl.SSLWantReadError:
                    ready = outward.read()
                    answered = answered or bool(ready)
                    connection.sendall(ready)
                    data = connection.recv(65536)
                    if not answered:
                        self.raw[-1] += data
                    if not data:
                        inward.write_eof()
                    else:
                        inward.write(data)
                except ssl.SSLError:
                    connection.sendall(outward.read())
                    raise

        step(tls.do_handshake)
        self._after(tls, step)

    def _after(self, tls, step):
        greeted = False
        while True:
            try:
                data = step(lambda: tls.read(65536))
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return
            if not data:
                return
            self.received += data
            if greeted or not self.received.endswith(b"\n"):
                continue
            greeted = True
            if self.abrupt:
                return
            pieces = [bytes([c]) for c in GREETING] if self.one_byte_records else [GREETING]
            for piece in pieces:
                step(lambda piece=piece: tls.write(piece))


class OpensslServer:
    """`openssl s_server`, for what Python's ssl module will not serve. `received` is what it printed."""

    def __init__(self, issued, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", *arguments]
        if issued is None:
            command.append("-nocert")
        else:
            certificate, key = issued.write(Path(self.folder.name) / "server")
            command += ["-cert", certificate, "-key", key, "-cert_chain", certificate]
        self.command = command

    def __enter__(self):
        # Its stdin stays open: at its end s_server would leave.
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.lines, self.port = b"", None
        while self.port is None:
            line = self.process.stdout.readline()
            assert line, f"s_server did not start: {self.lines.decode()}"
            self.lines += line
            found = re.match(rb"ACCEPT 127\.0\.0\.1:(\d+)", line)
            self.port = int(found.group(1)) if found else None
        return self

    def say(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def __exit__(self, *_):
        try:
            rest, _ = self.process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            rest, _ = self.process.communicate()
        self.received = self.lines + rest
        self.folder.cleanup()
