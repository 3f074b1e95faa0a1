# SPDX-License-Identifier: MIT
"""`culvert doctor`, run, and what it said."""

import re
import subprocess
from pathlib import Path

import culvert

PIPELINE = """
[node.cloud]
plugin    = "mqtt"
url       = "{url}"
username  = "edge"
password  = "{password}"
tls.ca    = "{ca}"
subscribe = ["plant/commands/#", {{ topic = "plant/alarms/+", qos = 2 }}]
{more}
[node.screen]
plugin = "console"

[[route]]
from = "cloud"
to   = "screen"
"""


class Visit:
    """`steps` are (heading, result, step, detail); `hints` hold what stood below each."""

    def __init__(self, folder: Path, text: str, *arguments: str, before: list[str] | None = None) -> None:
        file = folder / "edge.toml"
        file.write_text(text)
        file.chmod(0o600)  # There may be a password in it.
        command = [*(before or []), culvert.executable(), "doctor", str(file), *arguments]
        done = subprocess.run(command, env=culvert.environment(folder), capture_output=True, text=True, timeout=120)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.steps: list[tuple[str, str, str, str]] = []
        self.hints: list[str] = []
        heading = ""
        for line in self.out.splitlines()[:-1]:
            if not line.startswith(" "):
                heading = line
            elif match := re.match(r"  (ok|warning|failed|not done) +(\S+) +(.*)", line):
                self.steps.append((heading, *match.groups()))
                self.hints.append("")
            elif match := re.match(r" +-> (.*)", line):
                self.hints[-1] = match[1]
        bare = [step for step, hint in zip(self.steps, self.hints) if step[1] == "failed" and not hint]
        assert not bare, f"failed without a hint: {bare}"

    def said(self, step: str) -> list[tuple[str, str]]:
        """Result and detail of each step of this name."""
        return [(result, detail) for _, result, name, detail in self.steps if name == step]

    def hint(self, step: str) -> str:
        """What stands below the last step of this name."""
        return [hint for (_, _, name, _), hint in zip(self.steps, self.hints) if name == step][-1]

    def results(self) -> list[str]:
        return [f"{name} {result}" for _, result, name, _ in self.steps]
