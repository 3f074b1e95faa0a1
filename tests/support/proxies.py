# SPDX-License-Identifier: MIT
"""Proxies on loopback: real ones that go on from 127.0.0.2, so that a target's log tells who came, and one that a test
writes."""

import getpass
import grp
import os
import socket
import threading
from pathlib import Path
from typing import Callable

import culvert
from ports import free_port
from process import Process
from tcp_sink import TcpServer, shut

USER, PASSWORD = "me", "open sesame"
OUTSIDE = "127.0.0.2"


class RealProxy:
    """Starts a program on a port that was free a moment ago, and on another one when it is not any more."""

    def __init__(self, command: Callable[[int], list[str]]) -> None:
        for _ in range(10):
            self.port = free_port()
            self.process = Process(command(self.port))
            if self._is_up():
                return
            self.process.end()
        raise AssertionError(f"the proxy did not start: {self.process.err.texts()}")

    def _is_up(self) -> bool:
        while self.process.popen.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except ConnectionRefusedError:
                continue  # It has not come to listen yet; when it cannot, it ends.
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.process.end()


class Tinyproxy(RealProxy):
    """HTTP CONNECT to any port. `url` is what the connector is told."""

    def __init__(self, folder: Path, password: bool = False) -> None:
        self.log = folder / "tinyproxy.log"

        def command(port: int) -> list[str]:
            lines = [f"Port {port}", "Listen 127.0.0.1", f"Bind {OUTSIDE}", "Timeout 60", "MaxClients 20",
                     f'LogFile "{self.log}"', "LogLevel Connect", "Allow 127.0.0.1",
                     f"User {getpass.getuser()}", f"Group {grp.getgrgid(os.getgid()).gr_name}"]
            if password:
                lines.append(f"BasicAuth {USER} {PASSWORD.replace(' ', '-')}")
            file = folder / "tinyproxy.conf"
            file.write_text("\n".join(lines) + "\n")
            return [culvert.tool("tinyproxy") or "tinyproxy", "-d", "-c", str(file)]

        super().__init__(command)
        self.url = f"http://127.0.0.1:{self.port}"


class Microsocks(RealProxy):
    """SOCKS5."""

    def __init__(self, password: bool = False) -> None:
        secret = ["-u", USER, "-P", PASSWORD] if password else []
        super().__init__(lambda port: [culvert.tool("microsocks") or "microsocks", "-i", "127.0.0.1", "-p", str(port),
                                       "-b", OUTSIDE, *secret])
        self.url = f"socks5://127.0.0.1:{self.port}"


class Haproxy(RealProxy):
    """Passes TLS on by the name that its ClientHello asks for, to a port each; who asks for none of them is sent away."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        backends = "".join(f"""
backend {name}
  mode tcp
  server broker 127.0.0.1:{port}
""" for name, port in ports.items())

        def command(port: int) -> list[str]:
            file = folder / "haproxy.cfg"
            file.write_text(f"""
defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend tls
  mode tcp
  bind 127.0.0.1:{port}
  tcp-request inspect-delay 5s
  tcp-request content reject unless {{ req.ssl_sni -m found }}
{"".join(f"  use_backend {name} if {{ req.ssl_sni -i {name} }}{chr(10)}" for name in ports)}{backends}""")
            return [culvert.tool("haproxy") or "haproxy", "-db", "-f", str(file)]

        super().__init__(command)


class WrittenProxy(TcpServer):
    """Sends `answers`, each when it has got as many bytes as `asks` says, then joins the client to `target`, or waits for
    its end. `received` holds all that the client sent, the tunnel's content included."""

    def __init__(self, answers: list[bytes], asks: list[int], target: int = 0, in_bytes: bool = False) -> None:
        self._answers, self._asks, self._target, self._in_bytes = answers, asks, target, in_bytes
        self.received = b""
        super().__init__(self._talk)

    def _talk(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for size, answer in zip(self._asks, self._answers):
            self._take(peer, size)
            for piece in [answer[i : i + 1] for i in range(len(answer))] if self._in_bytes else [answer]:
                peer.sendall(piece)
        if not self._target:
            while self._take(peer, 1):
                pass
            return
        with socket.create_connection(("127.0.0.1", self._target)) as broker:
            threading.Thread(target=self._carry, args=(broker, peer), daemon=True).start()
            while data := self._take(peer, 1):
                broker.sendall(data)
            shut(broker)

    def _take(self, peer: socket.socket, least: int) -> bytes:
        taken = b""
        while len(taken) < least and (data := peer.recv(65536)):
            taken += data
            with self.changed:
                self.received += data
                self.changed.notify_all()
        return taken

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass  # One of the two has gone.
        shut(target)
