# SPDX-License-Identifier: MIT
"""Servers that keep every byte they get: what has left the box is no matter of trust."""

import socket
import ssl
import threading
from typing import Callable


class TcpServer:
    """Listens on loopback, one thread per connection. `serve` gets each accepted socket; `receive_buffer` is how many
    bytes the kernel may hold for one, 0 for as many as it likes."""

    def __init__(self, serve: Callable[[socket.socket], None], receive_buffer: int = 0) -> None:
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0))
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.port: int = self._socket.getsockname()[1]
        self.changed = threading.Condition()
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self.changed:
            self._closing = True
            for one in self._open:
                shut(one)
        shut(self._socket)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with self.changed:
                if self._closing:
                    peer.close()
                    return
                self.connections += 1
                self._open.add(peer)
                self.changed.notify_all()
            threading.Thread(target=self._run, args=(peer,), daemon=True).start()

    def _run(self, peer: socket.socket) -> None:
        try:
            self._serve(peer)
        except OSError:
            pass  # The client went away, or refused us: that is what tests look at from the other side.
        finally:
            with self.changed:
                self._open.discard(peer)
                self.changed.notify_all()
            peer.close()


class TcpSink(TcpServer):
    """Records every byte and answers none."""

    def __init__(self) -> None:
        self.received = b""
        super().__init__(self._record)

    def _record(self, peer: socket.socket) -> None:
        while data := peer.recv(65536):
            with self.changed:
                self.received += data
                self.changed.notify_all()


class TlsFront(TcpServer):
    """Ends TLS, says what it saw of it, and passes the bytes to a plain broker when it has one.

    The bytes of the client after the handshake are in `received`, whether they were passed on or not.
    """

    def __init__(self, context: ssl.SSLContext, forward_to: int | None = None) -> None:
        self._context = context
        self._forward_to = forward_to
        context.sni_callback = self._on_name
        self.received = b""
        self.handshakes: list[tuple[str | None, str]] = []  # version, cipher
        self.client_certificates: list[bytes | None] = []
        self.server_names: list[str | None] = []
        self.errors: list[str] = []
        super().__init__(self._speak)

    def _on_name(self, _socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.server_names.append(name)

    def _speak(self, peer: socket.socket) -> None:
        peer.settimeout(20)
        try:
            tls = self._context.wrap_socket(peer, server_side=True, suppress_ragged_eofs=True)
        except (ssl.SSLError, OSError) as error:
            with self.changed:
                self.errors.append(str(error))
                self.changed.notify_all()
            return
        with tls:
            cipher = tls.cipher()
            with self.changed:
                self.handshakes.append((tls.version(), cipher[0] if cipher else ""))
                self.client_certificates.append(tls.getpeercert(True))
                self.changed.notify_all()
            upstream = socket.create_connection(("127.0.0.1", self._forward_to)) if self._forward_to else None
            if upstream is not None:
                threading.Thread(target=pump, args=(upstream, tls), daemon=True).start()
            try:
                while data := tls.recv(65536):
                    with self.changed:
                        self.received += data
                        self.changed.notify_all()
                    if upstream is not None:
                        upstream.sendall(data)
            finally:
                if upstream is not None:
                    shut(upstream)
                    upstream.close()

    def wait_for(self, condition: Callable[[], object], timeout: float = 10) -> None:
        with self.changed:
            if not self.changed.wait_for(condition, timeout):
                raise AssertionError(f"the TLS server saw {self.handshakes}, errors {self.errors}")


def pump(source: socket.socket, target: ssl.SSLSocket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass  # One of the two sides has gone.
    shut(target)


def shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It was never connected, or is gone already.
