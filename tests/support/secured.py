# SPDX-License-Identifier: MIT
"""A broker as people have them: TLS only, with a password, its certificate from a CA made for the test."""

from pathlib import Path

import certs
from broker import PASSWORD, USER, Broker


class Secured(Broker):
    """`ca` is the file that a client trusts. With `password=False` it lets anybody in."""

    def __init__(self, folder: Path, *, password: bool = True, **more: object) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = certs.Authority()
        self.ca: str = self.authority.write_root(folder / "ca.crt")
        certificate, key = self.authority.server("localhost", "127.0.0.1").write(folder / "broker")
        super().__init__(folder, certificate=certificate, key=key, password=password, **more)

    def environment(self) -> dict[str, str]:
        """What the files in config/ take from it."""
        return {"MQTT_HOST": "localhost", "MQTT_PORT": str(self.port), "MQTT_CA": self.ca,
                "MQTT_USERNAME": USER, "MQTT_PASSWORD": PASSWORD}
