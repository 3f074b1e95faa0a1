# SPDX-License-Identifier: MIT
"""A broker as people have them: TLS only, with a password, its certificate from a CA made for the test."""

from pathlib import Path

import certs
from broker import PASSWORD, USER, Broker


class Secured(Broker):
    """`ca` is the file that a client trusts."""

    def __init__(self, folder: Path, **more: object) -> None:
        self.authority = certs.Authority(folder / "certs")
        self.ca: Path = self.authority.file
        good = self.authority.issue("broker", names=["localhost"], addresses=["127.0.0.1"])
        super().__init__(folder, certificate=good.certificate, key=good.key, password=True, **more)

    def environment(self) -> dict[str, str]:
        """What the files in config/ take from it."""
        return {"MQTT_HOST": "localhost", "MQTT_PORT": str(self.port), "MQTT_CA": str(self.ca),
                "MQTT_USERNAME": USER, "MQTT_PASSWORD": PASSWORD}
