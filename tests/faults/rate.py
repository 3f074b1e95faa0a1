# SPDX-License-Identifier: MIT
"""What reaches a broker in 30 seconds at a maximum rate."""

import os
import socket
import struct
from pathlib import Path

import culvert
import tap
from recording_broker import CONNECT, PUBLISH, cut, read_publish
from tcp_sink import TcpServer

RATE, BURST, SECONDS = 10, 1, 30
TEXT = f"""
[runtime]
plugin_path = ['FIXTURES', 'PLUGINS']

[node.many]
plugin = "tokens"
count  = {RATE * SECONDS}

[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:PORT"
client_id = "box"
max_rate  = {RATE}

[[route]]
from = "many"
to   = "cloud"
"""
# Of <asm-generic/socket.h>; Python has no name for it.
SO_TIMESTAMPNS = 35


class StampingBroker(TcpServer):
    """Acknowledges each message, and keeps when it arrived: on loopback the kernel stamps what is written in the call
    that writes it, however late somebody reads it. Only what lies unread until the next arrives, 100 ms later, gets
    the time of that one."""

    def __init__(self) -> None:
        self.came: list[float] = []
        super().__init__(self._talk)

    def _talk(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        buffer = bytearray()
        while True:
            data, told, _, _ = peer.recvmsg(65536, 256)
            if not data:
                return
            buffer += data
            for packet in cut(buffer):
                if packet.kind == CONNECT:
                    peer.sendall(bytes([0x20, 3, 0, 0, 0]))
                elif packet.kind == PUBLISH:
                    [stamp] = [value for _, kind, value in told if kind == SO_TIMESTAMPNS]
                    seconds, nanoseconds = struct.unpack("@ll", stamp)
                    self.came.append(seconds + nanoseconds / 1e9)
                    peer.sendall(bytes([0x40, 2]) + read_publish(packet).id.to_bytes(2, "big"))


class Rate(tap.Case):
    def most_within(self, came: list[float], seconds: float) -> int:
        return max(sum(1 for other in came if at <= other < at + seconds) for at in came)

    def test_thirty_seconds(self) -> None:
        """rate: with 'max_rate' 10 for 30 s there are in no second more than that and the burst"""
        broker = self.use(StampingBroker())
        build = Path(os.environ["CULVERT_BUILD"])
        text = TEXT
        for name, value in {"FIXTURES": build / "tests" / "fixtures", "PLUGINS": build / "plugins",
                            "PORT": broker.port}.items():
            text = text.replace(name, str(value))
        run = self.use(culvert.run_text(self.folder, text, "--once"))
        self.assertEqual(0, run.wait(3 * SECONDS), run.err.texts())
        came = broker.came
        self.assertEqual(RATE * SECONDS, len(came))
        took = came[-1] - came[0]
        print(f"# at most {self.most_within(came, 1)} in a second, {took:.2f} s in all", flush=True)
        for seconds in (1, 5):
            self.assertLessEqual(self.most_within(came, seconds), seconds * RATE + BURST)
        # Neither faster nor much slower than it may be.
        self.assertGreaterEqual(took, SECONDS - 0.2)
        self.assertLessEqual(took, SECONDS * 1.2)


tap.main()
