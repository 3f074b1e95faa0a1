#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-tidy over the sources that ship, as a build folder compiles them; the checks are in .clang-tidy.

    tidy.py BUILD [CHECK]...       # more of them, or with a '-' before it less

Most of clang-tidy's time goes into the headers of a file, and files of one target share theirs: so they go through in
batches, as one translation unit. What is found in a batch is looked for again in smaller ones, down to single files:
names that two files have of their own are no finding. Ends with 1 when there is one.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LARGEST_BATCH = 12
# GCC's options that clang lacks are no findings; each file that has one is to be known.
FOR_CLANG = ["-Wno-unknown-warning-option", "-ferror-limit=0"]
# Batches are made of includes that this would find; tests/layout forbids them.
NOT_IN_BATCHES = ["-bugprone-suspicious-include"]


class Batch(NamedTuple):
    folder: str  # where the compiler runs
    flags: tuple[str, ...]
    files: tuple[str, ...]


def flags_of(command: str) -> tuple[str, ...]:
    """What of a compiler's command line says how a file is read, without its own name and the target's private folder."""
    words = shlex.split(command)
    words = words[next(i for i, word in enumerate(words) if word.startswith("-")):]
    kept = []
    skip = False
    for word in words:
        if skip or word in ("-c", "-MD") or (word.startswith("-I") and word.endswith(".p")):
            skip = False
        elif word in ("-o", "-MF", "-MQ"):
            skip = True
        elif word.startswith("-"):
            kept.append(word)
    return tuple(kept)


def batches(build: Path) -> list[Batch]:
    """The sources below core and plugins, each once, by what they are compiled with; the largest batches first."""
    groups: dict[tuple[str, tuple[str, ...], str], set[str]] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = Path(entry["directory"], entry["file"]).resolve()
        if file.suffix != ".cpp" or not file.is_relative_to(ROOT):
            continue
        if file.relative_to(ROOT).parts[0] in ("core", "plugins"):
            key = entry["directory"], flags_of(entry["command"]), str(file.parent)
            groups.setdefault(key, set()).add(str(file))
    found = []
    for (folder, flags, _), group in groups.items():
        files = sorted(group)
        count = -(-len(files) // LARGEST_BATCH)
        found += [Batch(folder, flags, tuple(files[i::count])) for i in range(count)]
    return sorted(found, key=lambda batch: -len(batch.files))


def findings(batch: Batch, checks: str) -> list[str]:
    """What clang-tidy says of each file that is not as it should be."""
    *others, last = batch.files
    included = [word for file in others for word in ("-include", file)]
    done = subprocess.run(["clang-tidy", "--quiet", f"--config-file={ROOT}/.clang-tidy", f"--checks={checks}", last, "--",
                           *batch.flags, *included, *FOR_CLANG],
                          cwd=batch.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    names = " ".join(os.path.relpath(file, ROOT) for file in batch.files)
    if done.returncode == 0:
        print(f"tidy: {names}", flush=True)
        return []
    if others:
        return [text for part in parts(batch, done.stdout) for text in findings(part, checks)]
    print(f"tidy: {names}: not as it should be", flush=True)
    return [done.stdout]


def parts(batch: Batch, said: str) -> list[Batch]:
    """The files that something was said of, and the others; or halves, where that would part nothing."""
    named = {match[1] for match in re.finditer(r"^(/[^:]+):\d+:\d+: (?:error|warning)", said, re.M)}
    first = [file for file in batch.files if file in named]
    if len(first) in (0, len(batch.files)):
        first = batch.files[:len(batch.files) // 2]
    rest = [file for file in batch.files if file not in first]
    return [batch._replace(files=tuple(files)) for files in (rest, first)]


def main() -> int:
    build, checks = Path(sys.argv[1]).resolve(), ",".join([*sys.argv[2:], *NOT_IN_BATCHES])
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = pool.map(lambda batch: findings(batch, checks), batches(build))
    texts = [text for result in results for text in result]
    print("".join(texts), end="")
    return 1 if texts else 0


if __name__ == "__main__":
    sys.exit(main())
