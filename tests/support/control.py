# SPDX-License-Identifier: MIT
"""The control socket of a runtime: through `culvert status`, and byte by byte for what that would never send."""

import json
import os
import socket
import struct
import subprocess
from pathlib import Path
from typing import Callable

import culvert
from until import until

REQ, REP = 0x30, 0x31  # NNG's numbers of the two ends


def status_command(folder: Path, *arguments: str, before: tuple[str, ...] = (),
                   env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`culvert status ...`, ended."""
    return subprocess.run([*before, culvert.executable(), "status", *arguments],
                          env=culvert.environment(folder, **(env or {})), capture_output=True, text=True, timeout=60)


def status(folder: Path, name: str) -> dict:
    run = status_command(folder, "--name", name, "--format", "json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def named(parts: list[dict], name: str) -> dict:
    """The node or route of that name."""
    return next(part for part in parts if part["name"] == name)


def wait_status(folder: Path, name: str, condition: Callable[[dict], bool], timeout: float = 30) -> dict:
    """Asks until the condition holds, and answers that status. A runtime that is not there yet is waited for."""
    seen: object = None

    def holds() -> bool:
        nonlocal seen
        run = status_command(folder, "--name", name, "--format", "json")
        seen = json.loads(run.stdout) if run.returncode == 0 else run.stderr
        return isinstance(seen, dict) and condition(seen)

    until(holds, timeout, lambda: f"the last: {json.dumps(seen, indent=1)}")
    return seen


def wait_restarts(folder: Path, name: str, node: str, times: int, timeout: float = 30) -> None:
    """Until a node has been started again so often. The log tells of some of these only with a count."""
    wait_status(folder, name, lambda seen: named(seen["nodes"], node)["restarts"] >= times, timeout)


class Raw:
    """One connection that speaks NNG's framing over a Unix socket."""

    def __init__(self, path: Path, timeout: float = 20) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(str(path))

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def greet(self, protocol: int = REQ) -> bytes:
        """Exchanges the first eight bytes; answers theirs, empty when they cut the connection."""
        self.send(b"\0SP\0" + struct.pack(">HH", protocol, 0))
        return self.take(8)

    def ask(self, body: bytes, number: int = 0x80000001) -> bytes:
        """The answer to one request; empty when they cut the connection."""
        self.send_frame(struct.pack(">I", number) + body)
        head = self.take(9)
        return self.take(struct.unpack(">Q", head[1:])[0])[4:] if len(head) == 9 else b""

    def send_frame(self, body: bytes, size: int | None = None) -> None:
        self.send(b"\1" + struct.pack(">Q", len(body) if size is None else size) + body)

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # They have cut it; the next `take` shows that.

    def take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                part = self.socket.recv(size - len(data))
            except ConnectionResetError:
                part = b""
            if not part:
                return b""
            data += part
        return data


def path(folder: Path, name: str) -> Path:
    return folder / "runtime" / f"{name}.sock"


REQUEST = json.dumps({"version": 1, "command": "status"}).encode()


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))
