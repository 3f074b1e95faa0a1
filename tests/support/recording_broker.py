# SPDX-License-Identifier: MIT
"""A broker of MQTT 5 and 3.1.1 that has a message on record before it acknowledges it, and may be killed at any moment.

Run as a program: `recording_broker.py PORT FILE [--die-at N] [--forget]`. FILE is appended to, its words parted by tabs:
"B" for each start, "S CLIENT" for each session, "P DUP TOPIC PAYLOAD ID QOS" for each PUBLISH, "R ID" when the exchange of
one with QoS 2 is over. What comes in one piece is recorded in one, and then acknowledged in one. With --die-at it kills
itself after it has recorded its N-th PUBLISH and before it acknowledges it; with --forget it starts without the sessions
on record.
"""

import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

CONNECT, PUBLISH, PUBACK, PUBREL, PINGREQ, DISCONNECT = 1, 3, 4, 6, 12, 14
RECEIVE_MAXIMUM = 64


class Packet(NamedTuple):
    kind: int
    flags: int
    body: bytes


def cut(buffer: bytearray) -> Iterator[Packet]:
    """Takes whole packets off the front."""
    while True:
        size = shift = 0
        at = 1
        while at < len(buffer):
            size |= (buffer[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if buffer[at - 1] < 0x80:
                break
        else:
            return
        if len(buffer) < at + size:
            return
        yield Packet(buffer[0] >> 4, buffer[0] & 15, bytes(buffer[at:at + size]))
        del buffer[:at + size]


def varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (body[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if body[at - 1] < 0x80:
            return value, at


def text(body: bytes, at: int) -> tuple[bytes, int]:
    end = at + 2 + int.from_bytes(body[at:at + 2], "big")
    return body[at + 2:end], end


class PublishPacket(NamedTuple):
    topic: str
    id: int
    payload: str
    duplicate: bool
    qos: int


def read_publish(packet: Packet, version: int = 5) -> PublishPacket:
    """A PUBLISH with QoS 1 or 2."""
    topic, at = text(packet.body, 0)
    number = int.from_bytes(packet.body[at:at + 2], "big")
    size, at = varint(packet.body, at + 2) if version == 5 else (0, at + 2)
    return PublishPacket(topic.decode(), number, packet.body[at + size:].decode(), bool(packet.flags & 8),
                         packet.flags >> 1 & 3)


class Broker:
    def __init__(self, port: int, file: Path, die_at: int, forget: bool) -> None:
        self.sessions: set[str] = set()
        # Of QoS 2: ids whose message is on record and whose exchange is not over. There is one client.
        self.open_ids: set[int] = set()
        if file.exists() and not forget:
            self.remember_all(file)
        self.version = 5
        self.record = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.left = die_at
        # What is to be recorded and to be answered then.
        self.lines: list[str] = ["B"]
        self.answers = bytearray()
        self.write()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=8)

    def remember_all(self, file: Path) -> None:
        with file.open() as lines:
            for line in lines:
                # Of QoS 1, which may be a million lines, nothing is left to do.
                if not line.startswith("P") or line.endswith("\t2\n"):
                    self.remember(line.rstrip("\n").split("\t"))

    def remember(self, words: list[str]) -> None:
        if words[0] == "S":
            self.sessions.add(words[1])
        elif words[0] == "P" and words[5] == "2":
            self.open_ids.add(int(words[4]))
        elif words[0] == "R":
            self.open_ids.discard(int(words[1]))

    def write(self) -> None:
        """In the kernel when it returns: a kill of this process takes nothing of it away."""
        data = "".join(line + "\n" for line in self.lines).encode()
        self.lines.clear()
        assert os.write(self.record, data) == len(data)

    def serve(self) -> None:
        while True:
            peer, _ = self.listener.accept()
            with peer:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    self.talk(peer)
                except ConnectionError:
                    pass  # It went away in the middle of something; it will be back.

    def talk(self, peer: socket.socket) -> None:
        buffer = bytearray()
        while True:
            self.answers.clear()
            # One client at a time is all there is; a second one takes over.
            if self.listener in select.select([peer, self.listener], [], [])[0]:
                return
            data = peer.recv(65536)
            if not data:
                return
            buffer += data
            for packet in cut(buffer):
                if packet.kind == DISCONNECT:
                    return self.write()
                self.answer(packet)
            self.write()
            peer.sendall(self.answers)

    def answer(self, packet: Packet) -> None:
        if packet.kind == CONNECT:
            self.let_in(packet.body)
        elif packet.kind == PUBLISH:
            self.take(read_publish(packet, self.version))
        elif packet.kind == PUBREL:
            number = int.from_bytes(packet.body[:2], "big")
            self.lines.append(f"R\t{number}")
            self.open_ids.discard(number)
            self.answers += bytes([0x70, 2]) + packet.body[:2]
        elif packet.kind == PINGREQ:
            self.answers += b"\xd0\x00"
        else:
            raise AssertionError(f"a packet of type {packet.kind} is not expected here")

    def let_in(self, body: bytes) -> None:
        self.version = body[6]
        assert body[:6] == b"\x00\x04MQTT" and self.version in (4, 5), "neither MQTT 5 nor 3.1.1"
        clean = bool(body[7] & 2)
        size, at = varint(body, 10) if self.version == 5 else (0, 10)
        client = text(body, at + size)[0].decode()
        present = client in self.sessions and not clean
        if client not in self.sessions:
            self.lines.append(f"S\t{client}")
            self.sessions.add(client)
        if self.version == 5:
            properties = bytes([33]) + RECEIVE_MAXIMUM.to_bytes(2, "big")
            self.answers += bytes([0x20, 3 + len(properties), present, 0, len(properties)]) + properties
        else:
            self.answers += bytes([0x20, 2, present, 0])

    def take(self, message: PublishPacket) -> None:
        if message.qos == 1 or message.id not in self.open_ids:
            words = [int(message.duplicate), message.topic, message.payload, message.id, message.qos]
            self.lines.append("P\t" + "\t".join(map(str, words)))
            self.left -= 1
            if self.left == 0:
                self.write()
                os.kill(os.getpid(), signal.SIGKILL)
        if message.qos == 2:
            self.open_ids.add(message.id)
        self.answers += bytes([0x40 if message.qos == 1 else 0x50, 2]) + message.id.to_bytes(2, "big")


def main() -> None:
    options = sys.argv[3:]
    die_at = int(options[options.index("--die-at") + 1]) if "--die-at" in options else 0
    Broker(int(sys.argv[1]), Path(sys.argv[2]), die_at, "--forget" in options).serve()


if __name__ == "__main__":
    main()
