# SPDX-License-Identifier: MIT
"""Between a client of MQTT 5 and a broker: passes every byte on, and keeps a record of what was published with QoS 1
and of what the broker acknowledged, as it passes."""

import select
import socket

from recording_broker import PUBACK, PUBLISH, cut, read_publish
from tcp_sink import TcpServer


class RecordingProxy(TcpServer):
    """`published` and `acknowledged` hold (topic, payload), the latter in the order in which the PUBACKs passed."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self.published: set[tuple[str, str]] = set()
        self.acknowledged: list[tuple[str, str]] = []
        super().__init__(self._join)

    def wait_for_acknowledged(self, count: int, timeout: float) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.acknowledged) >= count, timeout):
                raise AssertionError(f"{len(self.acknowledged)} of {count} PUBACKs within {timeout} s")

    def _join(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._broker_port), 5) as broker:
            for end in (client, broker):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            under_way: dict[int, tuple[str, str]] = {}  # by packet id, which is of this connection only
            there, back = bytearray(), bytearray()
            while True:
                ready = select.select([client, broker], [], [])[0]
                if client in ready and not self._pass_on(client, broker, there, under_way):
                    return
                if broker in ready and not self._pass_back(broker, client, back, under_way):
                    return

    def _pass_on(self, client: socket.socket, broker: socket.socket, buffer: bytearray, under_way: dict) -> bool:
        data = client.recv(65536)
        buffer += data
        for packet in cut(buffer):
            if packet.kind == PUBLISH and packet.flags & 6 == 2:
                message = read_publish(packet)
                under_way[message.id] = (message.topic, message.payload)
                with self.changed:
                    self.published.add((message.topic, message.payload))
        broker.sendall(data)
        return bool(data)

    def _pass_back(self, broker: socket.socket, client: socket.socket, buffer: bytearray, under_way: dict) -> bool:
        data = broker.recv(65536)
        buffer += data
        for packet in cut(buffer):
            # A PUBACK of two bytes, or of three with a code below 0x80, says that the broker has it.
            if packet.kind == PUBACK and (len(packet.body) == 2 or packet.body[2] < 0x80):
                with self.changed:
                    self.acknowledged.append(under_way.pop(int.from_bytes(packet.body[:2], "big")))
                    self.changed.notify_all()
        client.sendall(data)
        return bool(data)
