# SPDX-License-Identifier: MIT
"""What runs on Node.js: MQTT.js as a client, aedes as a broker, taplo as an editor's reader of TOML and JSON Schema. None
of them shares anything with Culvert."""

import json
import os
import re
import subprocess
import unittest
from pathlib import Path

import culvert
from process import Process

FOLDER = culvert.SOURCE / "tests" / "npm"


def needs(package: str):
    """Skips a test class where the package is not there, and says why."""
    if culvert.tool("node") is None:
        return unittest.skip("node is not installed")
    missing = not (FOLDER / "node_modules" / package).is_dir()
    return unittest.skipIf(missing, f"tests/npm/node_modules/{package} is not there: run 'npm ci' in tests/npm")


class Node(Process):
    """A script of tests/npm, which says what happens as lines of JSON, and ends when its stdin does."""

    def __init__(self, script: str, **env: str) -> None:
        node = culvert.tool("node")
        assert node is not None
        super().__init__([node, str(FOLDER / script)], stdin=subprocess.PIPE, env={"PATH": os.environ["PATH"], **env},
                         name=script)

    def said(self, key: str) -> list[dict]:
        """Every line so far that has that key."""
        return [line for line in map(json.loads, self.out.texts()) if key in line]

    def wait_for(self, key: str, value: object = None, timeout: float = 30) -> None:
        """Until a line has that key, with that value if it is given."""
        self.out.wait_for(f'"{key}":' + ("" if value is None else json.dumps(value).replace("/", "\\/")), timeout)

    def close(self) -> int:
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        return self.wait(20)


class Client(Node):
    """MQTT.js. `subscribe`: filters with their options as MQTT.js has them. Ready when it returns."""

    def __init__(self, url: str, subscribe: dict[str, dict] | None = None, **env: str) -> None:
        super().__init__("client.mjs", MQTT_URL=url, MQTT_SUBSCRIBE=json.dumps(subscribe or {}), **env)
        self.wait_for("subscribed")

    def publish(self, topic: str, payload: str, **options: object) -> None:
        """`options` as MQTT.js has them; correlation data is hexadecimal."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(json.dumps({"topic": topic, "payload": payload, **options}).encode() + b"\n")
        self.popen.stdin.flush()

    def messages(self) -> list[dict]:
        return self.said("payload")


class Aedes(Node):
    """A broker without MQTT 5."""

    def __init__(self) -> None:
        super().__init__("aedes.mjs")
        self.wait_for("port")
        self.port: int = self.said("port")[0]["port"]


def lint(*files: Path, schema: Path | None = None) -> dict[str, str]:
    """What taplo has against files, by their names; only of those that it refuses. Without `schema` each names its own."""
    node = culvert.tool("node")
    assert node is not None
    named = ["--schema", schema.as_uri()] if schema else []
    command = [node, str(FOLDER / "node_modules" / "@taplo" / "cli" / "dist" / "cli.js"), "lint", "--no-auto-config",
               "--colors=never", *named, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=files[0].parent)
    refused: dict[str, str] = {}
    said = ""
    for line in done.stderr.splitlines():
        said += line + "\n"
        if match := re.search(r'invalid file error=.* path="(.*)"', line):
            refused[Path(match[1]).name] = said
            said = ""
    # A schema that cannot be read, and its like, is no verdict about a file.
    assert (done.returncode == 0) == (not refused), done.stderr
    assert f"total={len(files)} excluded=0" in done.stderr, done.stderr
    return refused
