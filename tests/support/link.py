# SPDX-License-Identifier: MIT
"""A bad way to a server on loopback: slow, in pieces, frozen, or cut, as a test says, at any time."""

import dataclasses
import socket
import struct
import threading
from dataclasses import dataclass

from tcp_sink import TcpServer, shut

# A reset instead of an orderly end, when the socket is closed.
ABORT = struct.pack("ii", 1, 0)
# Small, so that a slow link is slow for its writer too, and not after megabytes.
KERNEL_BUFFER = 4096


@dataclass(frozen=True)
class How:
    """What befalls the bytes, in both directions unless said otherwise."""

    frozen: bool = False  # connections are taken and stay open, but nothing passes and nobody reads
    delay_s: float = 0  # before each piece
    bytes_per_s: int = 0  # towards the server; 0: as many as come
    piece: int = 65536  # how many bytes are written at a time
    cut_after: int = 0  # bytes of one connection towards the server; that many pass, and it is over. 0: never
    reset: bool = False  # a cut is a reset, instead of an orderly end


class Joint:
    """The two sockets of one connection."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.there = 0  # bytes passed towards the server
        self.is_over = False

    def cut(self, reset: bool) -> None:
        """Wakes the threads that read here; they close."""
        self.is_over = True
        for one in (self.client, self.server):
            if not reset:
                shut(one)
                continue
            try:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
                one.shutdown(socket.SHUT_RD)
            except OSError:
                pass  # It is gone already.


class Link(TcpServer):
    """`set()` and `cut()` from any thread. `cuts` counts connections that were cut, by a limit or by hand."""

    def __init__(self, target_port: int, **how: object) -> None:
        self._target_port = target_port
        self._how = How(**how)
        self._joints: set[Joint] = set()
        self.cuts = 0
        super().__init__(self._join, receive_buffer=KERNEL_BUFFER)

    def set(self, **how: object) -> None:
        """What is not named stays as it is. It holds for connections that there are, too."""
        with self.changed:
            self._how = dataclasses.replace(self._how, **how)
            self.changed.notify_all()

    def cut(self, reset: bool = False) -> int:
        """Cuts every connection that there is; returns how many."""
        with self.changed:
            joints = [one for one in self._joints if not one.is_over]
            for one in joints:
                self._end(one, reset)
        return len(joints)

    def wait_for(self, condition, timeout: float = 10) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, timeout), f"{self.connections} connections, {self.cuts} cut"

    def close(self) -> None:
        super().close()
        self.cut()

    def _end(self, joint: Joint, reset: bool) -> None:
        """Called with the lock held."""
        if not joint.is_over:
            self.cuts += 1
            joint.cut(reset)
            self.changed.notify_all()

    def _join(self, client: socket.socket) -> None:
        with socket.socket() as server:
            # The kernel would gather what was sent in pieces.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
            server.connect(("127.0.0.1", self._target_port))
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            joint = Joint(client, server)
            with self.changed:
                self._joints.add(joint)
            back = threading.Thread(target=self._carry, args=(joint, server, client), daemon=True)
            back.start()
            self._carry(joint, client, server)
            back.join()
            with self.changed:
                self._joints.discard(joint)

    def _carry(self, joint: Joint, source: socket.socket, target: socket.socket) -> None:
        try:
            while self._may_go(joint) and (data := source.recv(self._how.bytes_per_s or 65536)):
                while data and self._may_go(joint):
                    data = self._pass(joint, data, target, source is joint.client)
        except OSError:
            pass  # One of the two has gone.
        with self.changed:
            if not joint.is_over:
                joint.cut(reset=False)

    def _may_go(self, joint: Joint) -> bool:
        """Waits while the link is frozen."""
        with self.changed:
            self.changed.wait_for(lambda: not self._how.frozen or joint.is_over or self._closing)
            return not joint.is_over and not self._closing

    def _pass(self, joint: Joint, data: bytes, target: socket.socket, is_there: bool) -> bytes:
        """Passes a piece on, as it has to be; returns the rest."""
        how = self._how
        size = how.piece
        wait_s = how.delay_s
        if is_there and how.bytes_per_s:
            size = min(size, max(1, how.bytes_per_s // 10))
            wait_s += min(size, len(data)) / how.bytes_per_s
        if is_there and how.cut_after:
            size = min(size, how.cut_after - joint.there)
        if wait_s:
            with self.changed:
                self.changed.wait_for(lambda: joint.is_over or self._closing, wait_s)
        target.sendall(data[:size])
        if is_there:
            joint.there += min(size, len(data))
            if how.cut_after and joint.there >= how.cut_after:
                with self.changed:
                    self._end(joint, how.reset)
        return data[size:]
