# SPDX-License-Identifier: MIT
"""What the help of `culvert` names: so that what else is made of the table of commands can be compared with it."""

import re
import subprocess

import culvert


def said(*arguments: str) -> str:
    done = subprocess.run([culvert.executable(), *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def helped_commands(*before: str) -> dict[tuple[str, ...], str]:
    """Each command that help names, by its words, with its own help: so that nothing here knows the table."""
    _, _, listed = said(*before, "--help").partition("Subcommands:\n")
    found = {}
    for names in re.findall(r"^  ([^\s,]+(?:, [^\s,]+)*) ", listed, re.M):
        for name in names.split(", "):
            words = (*before, name)
            found[words] = said(*words, "--help")
            found |= helped_commands(*words)
    return found


def options_in(text: str) -> set[str]:
    return {one for line in re.findall(r"^  (-\S+)", text, re.M) for one in line.split(",")}
