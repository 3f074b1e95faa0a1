# SPDX-License-Identifier: MIT
"""A private Mosquitto on loopback: its own port, folder and log, and nothing to do with one that the box runs."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path

from lines import Line, Lines
from ports import free_port
from process import Process

USER, PASSWORD = "edge", "correct horse"


def find_mosquitto() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class Broker:
    """`certificate` and `key` make it a TLS broker; `password` asks for USER and PASSWORD. `extra` are settings of the
    broker, `listener` those of its listener, `log_types` what it writes into its log."""

    def __init__(self, folder: Path, *, certificate: str | None = None, key: str | None = None,
                 password: bool = False, acl: str | None = None,
                 extra: str = "", listener: str = "", listens_on: tuple[str, ...] = ("127.0.0.1",),
                 log_types: tuple[str, ...] = ("all",)) -> None:
        self.folder = folder
        self.process: Process | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = [
            "log_dest stderr", *(f"log_type {each}" for each in log_types), "log_timestamp false", "connection_messages true",
            f"user {getpass.getuser()}", "persistence true", f"persistence_location {folder}/",
            f"allow_anonymous {'false' if password else 'true'}",
        ]
        if password:
            file = folder / "passwords"
            file.write_text(f"{USER}:{PASSWORD}\n")
            file.chmod(0o600)
            subprocess.run(["mosquitto_passwd", "-U", str(file)], check=True)
            self._settings.append(f"password_file {file}")
        if acl is not None:
            (folder / "acl").write_text(acl)
            (folder / "acl").chmod(0o600)
            self._settings.append(f"acl_file {folder}/acl")
        self._settings += extra.splitlines()
        # What belongs to the listener, and so comes after it.
        self._tls = [f"certfile {certificate}", f"keyfile {key}"] if certificate else []
        self._tls += listener.splitlines()
        self._listens_on = listens_on
        self.port = 0
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> Lines:
        assert self.process is not None
        return self.process.err

    def start(self) -> None:
        """Starts it; again on the same port once it had one."""
        for _ in range(1 if self.port else 10):
            port = self.port or free_port()
            config = self.folder / "mosquitto.conf"
            listeners = [line for address in self._listens_on for line in (f"listener {port} {address}", *self._tls)]
            config.write_text("\n".join([*self._settings, *listeners]) + "\n")
            binary = find_mosquitto()
            assert binary is not None, "mosquitto is not installed"
            self.process = Process([binary, "-c", str(config)], name="mosquitto", cwd=self.folder)
            line = self.log.wait_for(r"mosquitto version .* running|^Error")
            if "running" in line.text:
                self.port = port
                return
            self.process.end()
        raise AssertionError(f"mosquitto did not start: {line.text}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.end()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def publishes(self, topic: str, client: str | None = None) -> list[Line]:
        """What clients published to `topic`, as the log tells it: (d0, q1, r1, m1, 'topic', ... (34 bytes))."""
        return self.log.matching(rf"^Received PUBLISH from {client or '.*'} \(.*'{topic}'")

    def client_command(self, tool: str, *arguments: str, ca: str | None = None, password: bool = False) -> list[str]:
        """mosquitto_pub or mosquitto_sub towards this broker."""
        command = [tool, "-h", "localhost" if ca else "127.0.0.1", "-p", str(self.port), "-V", "mqttv5"]
        if ca is not None:
            command += ["--cafile", ca]
        if password:
            command += ["-u", USER, "-P", PASSWORD]
        return command + list(arguments)

    def publish(self, topic: str, payload: str, *options: str, ca: str | None = None, password: bool = False) -> None:
        command = self.client_command("mosquitto_pub", "-q", "1", "-t", topic, "-m", payload, *options, ca=ca,
                                      password=password)
        subprocess.run(command, check=True, timeout=20, env={"PATH": os.environ["PATH"]})
