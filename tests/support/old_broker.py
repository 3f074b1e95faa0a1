# SPDX-License-Identifier: MIT
"""A broker that knows MQTT 3.1.1 and nothing newer: what one answers to CONNECT, SUBSCRIBE and PUBLISH, and no more."""

import socket

from tcp_sink import TcpServer

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE = 1, 3, 8, 10


class OldBroker(TcpServer):
    """`answers`: whether a CONNECT of MQTT 5 is refused with a code, or the connection closed. `levels`: of each CONNECT."""

    def __init__(self, answers: bool) -> None:
        self._answers = answers
        self.levels: list[int] = []
        super().__init__(self._speak)

    def _speak(self, peer: socket.socket) -> None:
        with peer.makefile("rb") as stream:
            while head := stream.read(1):
                size, shift = 0, 0
                while True:
                    byte = stream.read(1)[0]
                    size |= (byte & 127) << shift
                    shift += 7
                    if byte < 128:
                        break
                if not self._answer(peer, head[0], stream.read(size)):
                    return

    def _answer(self, peer: socket.socket, head: int, body: bytes) -> bool:
        kind = head >> 4
        if kind == CONNECT:
            self.levels.append(body[6])
            if body[6] != 4:
                if self._answers:
                    peer.sendall(b"\x20\x02\x00\x01")
                return False
            peer.sendall(b"\x20\x02\x00\x00")
        elif kind == SUBSCRIBE:
            peer.sendall(b"\x90\x03" + body[:2] + body[-1:])
        elif kind == UNSUBSCRIBE:
            peer.sendall(b"\xb0\x02" + body[:2])
        elif kind == PUBLISH:
            # Back at QoS 0, to the one client that there is.
            topic = 2 + int.from_bytes(body[:2], "big")
            back = body[:topic] + body[topic + 2 :]
            peer.sendall(b"\x40\x02" + body[topic : topic + 2] + bytes([0x30, len(back)]) + back)
        return True
