# SPDX-License-Identifier: MIT
"""A service manager of the test's own: the socket that it would name to a service, and what it is told there."""

import os
import socket
import time
from pathlib import Path
from typing import Callable


class Manager:
    """Use it as a context manager. One thread."""

    def __init__(self, folder: Path, in_folder: bool = True) -> None:
        self.address = str(folder / "notify") if in_folder else f"@culvert-{os.getpid()}-{folder.name}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address if in_folder else "\0" + self.address[1:])
        self.told: list[dict[str, str]] = []

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def env(self, watchdog_s: float = 0) -> dict[str, str]:
        """Of a service. Whose watchdog it is, `own_watchdog` adds."""
        watchdog = {"WATCHDOG_USEC": str(int(watchdog_s * 1e6))} if watchdog_s else {}
        return {"NOTIFY_SOCKET": self.address} | watchdog

    def next(self, timeout: float) -> dict[str, str] | None:
        """What is told next, by name; None when nothing comes in that time."""
        self._socket.settimeout(timeout)
        try:
            text = self._socket.recv(4096).decode()
        except (TimeoutError, BlockingIOError):
            return None
        self.told.append(dict(line.split("=", 1) for line in text.splitlines()))
        return self.told[-1]

    def take_all(self) -> None:
        """What is there already."""
        while self.next(0) is not None:
            pass

    def wait_for(self, holds: Callable[[dict[str, str]], bool], timeout: float = 60) -> dict[str, str]:
        """The next message that it holds for."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            message = self.next(left)
            if message is not None and holds(message):
                return message
        raise AssertionError(f"no such message within {timeout} s; all: {self.told}")

    def wait_alive(self, times: int, timeout: float = 60) -> None:
        """Until the watchdog has been told so often."""
        deadline = time.monotonic() + timeout
        for _ in range(times):
            self.wait_for(lambda message: "WATCHDOG" in message, deadline - time.monotonic())


def own_watchdog() -> list[str]:
    """In front of a command: the watchdog is for that process, as a service manager says it."""
    return ["/bin/sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh"]
