# SPDX-License-Identifier: MIT
"""A server of a test that takes one connection, on a thread of its own: what the classes that speak its protocol share."""
import socket
import threading

DEADLINE_S = 15


class OneConnection:
    """Listens on 127.0.0.1 at `port`. Used with `with`; a class on top of it has `_talk(connection)`, which is called on
    the thread, with a time-out on the socket, and need not close it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(DEADLINE_S)
        self.listener.close()
        assert not self.thread.is_alive(), "the server's thread hangs"

    def _serve(self):
        self.listener.settimeout(DEADLINE_S)
        connection, _ = self.listener.accept()
        connection.settimeout(DEADLINE_S)
        with connection:
            self._talk(connection)
