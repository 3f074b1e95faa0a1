# SPDX-License-Identifier: MIT
"""`culvert journal` and a runtime whose broker is away: what its tests have in common."""

import hashlib
import json
import sqlite3
import struct
import subprocess

import culvert
import tap
from pipelines import head, node, route
from ports import free_port
from process import Process

ROUTE = "source -> cloud"


def pipeline(port: int, count: int) -> str:
    cloud = node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:{port}'\nclient_id = 'box'\n"
                                  "backoff = { min = '10ms', max = '100ms' }")
    return (head() + node("source", "tokens", f"count = {count}") + cloud
            + route("source", "cloud", "topic = 't'\ndurable = true"))


def checksum(seq: int, at_ns: int, messages: int, entry: bytes) -> int:
    """Of a row of the table `message`: FNV-1a of 64 bits over words, each step folded, as a signed number."""
    total = 0xcbf29ce484222325
    padded = entry + bytes(8 - len(entry) % 8)
    for word in (seq, at_ns, messages, *struct.unpack(f"<{len(padded) // 8}Q", padded)):
        total = (total ^ word) * 0x100000001b3 % (1 << 64)
        total ^= total >> 32
    return total - (1 << 64) if total >> 63 else total


class Journal(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.state = self.folder / "state"
        self.file = self.state / "journal" / "source.cloud.db"
        self.config = str(self.folder / "test.toml")

    def start(self, count: int = 7, port: int | None = None) -> Process:
        """A runtime whose broker is away, with `count` messages on disk."""
        run = self.use(culvert.run_text(self.folder, pipeline(port or free_port(), count)))
        run.err.wait_for("acked all", timeout=60)
        return run

    def stopped(self, count: int = 7) -> None:
        run = self.start(count)
        self.assertEqual(0, run.stop(30), run.err.texts())

    def ask(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([culvert.executable(), "journal", *arguments], env=culvert.environment(self.folder),
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        if status != 0:
            self.assertRegex(done.stderr, r"culvert: .+\n$")
        return done

    def listed(self, *arguments: str, status: int = 0) -> list[dict]:
        return json.loads(self.ask("list", self.config, "--format", "json", *arguments, status=status).stdout)["journals"]

    def exported(self, *arguments: str, status: int = 0) -> list[dict]:
        done = self.ask("export", ROUTE, self.config, *arguments, status=status)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def files(self) -> dict[str, tuple[int, str]]:
        """What is in the folder: the size of each file, and a digest of its bytes."""
        return {path.name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
                for path in self.file.parent.iterdir()}

    def insert(self, *entries: bytes) -> None:
        with sqlite3.connect(self.file) as database:
            for each in entries:
                seq = struct.unpack_from("<Q", each, 4)[0]
                database.execute("INSERT INTO message VALUES(?, 5, 1, ?, ?)", (seq, checksum(seq, 5, 1, each), each))
        database.close()
