# SPDX-License-Identifier: MIT
"""`culvert reload` of a pipeline that a test rewrites."""

import json
import re
import subprocess
from pathlib import Path

import culvert
import tap
from control import named, wait_status
from pipelines import BUILD, node
from process import Process
from until import until

# A loaded machine may take its time; what is waited for comes all the same.
LONG = 60
LATE = re.compile(r"^warn reload: .*(?:: (\d+) messages? | is busy ).* may come twice$")
MOST = 512  # that a source here has on its way
NEVER = "delay = '1h'"  # of a `slow` node: it takes nothing
DONE, REFUSED, UNAVAILABLE, ROLLED_BACK, BAD_FILE = 0, 1, 69, 75, 78


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`culvert reload --name edge ...`, ended."""
    return subprocess.run([culvert.executable(), "reload", "--name", "edge", *arguments],
                          env=culvert.environment(folder), capture_output=True, text=True, timeout=120)


def write(folder: Path, text: str, name: str = "test.toml") -> Path:
    """Puts the file in place whole, as an editor does."""
    file, draft = folder / name, folder / f"{name}.new"
    draft.write_text(text)
    draft.chmod(0o600)
    draft.replace(file)
    return file


def to(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Has the pipeline become that one."""
    write(folder, text)
    return command(folder, *arguments)


def report(run: subprocess.CompletedProcess[str]) -> dict:
    """Of one with --format json."""
    return json.loads(run.stdout)


def fates(parts: list[dict]) -> dict[str, str]:
    return {part["name"]: part["fate"] for part in parts}


def head(more: str = "", window: str = "1s") -> str:
    return (f"[runtime]\nname = 'edge'\nhealth_window = '{window}'\n{more}"
            f"plugin_path = ['{BUILD / 'tests' / 'fixtures'}', '{BUILD / 'plugins'}']\n")


class Reload(tap.Case):
    def start(self, text: str) -> Process:
        # Who runs the tests may have it ignored, as nohup does.
        run = self.use(culvert.run_text(self.folder, text, before=culvert.HEARS_HUP))
        wait_status(self.folder, "edge", lambda seen: all(one["state"] == "running" for one in seen["nodes"]), LONG)
        return run

    def reload(self, text: str, *arguments: str, code: int = DONE) -> subprocess.CompletedProcess[str]:
        found = to(self.folder, text, *arguments)
        self.assertEqual(code, found.returncode, found.stdout + found.stderr)
        return found

    def sink(self, name: str, options: str = "") -> str:
        """It writes what it takes to a file of its name."""
        return node(name, "unruly", f"path = '{self.folder / name}.txt'\nlives = 0\n{options}")

    def lines(self, name: str) -> list[str]:
        file = self.folder / f"{name}.txt"
        return file.read_text().splitlines() if file.exists() else []

    def wait_lines(self, name: str, wanted: list[str], run: Process) -> None:
        """Each once and in order; but for what a reload has said may come twice, on a machine that stood still."""
        until(lambda: set(self.lines(name)) >= set(wanted), LONG,
              lambda: f"{len(self.lines(name))} of {len(wanted)} lines; {run.err.texts()[-8:]}", run)
        late = [int(LATE.search(line.text)[1] or MOST) for line in run.err.matching(LATE.pattern)]
        lines = self.lines(name)
        self.assertEqual(wanted, list(dict.fromkeys(lines)))
        self.assertLessEqual(len(lines) - len(wanted), sum(late), run.err.texts())

    def queued(self, name: str, count: int) -> None:
        wait_status(self.folder, "edge", lambda seen: self.held(seen, name) == count, LONG)

    def held(self, seen: dict, name: str) -> int:
        found = named(seen["routes"], name)
        return found["queue"]["messages"] + (found["journal"] or {}).get("messages", 0)
