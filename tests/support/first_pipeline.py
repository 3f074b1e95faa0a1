# SPDX-License-Identifier: MIT
"""`culvert init`, run in a folder of the test's."""

import re
import subprocess
from pathlib import Path

import culvert
import tap
from broker import PASSWORD


def write_tree(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n")


class Case(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "box" / "edge.toml"
        self.secret = self.file.with_suffix(".password")
        self.file.parent.mkdir()
        self.given = self.folder / "given"
        self.given.write_text(PASSWORD + "\n")

    def init(self, *arguments: str | Path, **run: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([culvert.executable(), "init", *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              env=culvert.environment(self.folder), stdin=run.pop("stdin", subprocess.DEVNULL), **run)

    def assert_nothing_written(self, done: subprocess.CompletedProcess[str], code: int, pattern: str) -> None:
        self.assertEqual((code, ""), (done.returncode, done.stdout), done.stderr)
        self.assertRegex(done.stderr, pattern)
        self.assertEqual([], list(self.file.parent.iterdir()))

    def written_nodes(self) -> set[str]:
        return set(re.findall(r"^\[node\.(.*)\]$", self.file.read_text(), re.M))
