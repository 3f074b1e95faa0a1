# SPDX-License-Identifier: MIT
"""The tables of what is survived and of what is refused: which test shows each line.

In a table whose last column is headed "test", or "test in `FILE`", each line names one test or more, or says `not yet:`
and what it needs. A test is named by its file, from tests/ on, and by what it claims: `e2e/tls.py` "tls: ...", or
`Class.test_method` of a Python test. Several may follow one file, and several methods one class; a method may end in a
star. A file that the column's head names need not be repeated.
"""

import ast
import fnmatch
import functools
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import tap

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ("tests/faults/FAULTS.md", "tests/tls/POLICY.md")
HEAD = re.compile(r"test(?: in `(?P<file>[\w/.-]+)`)?")
WORD = re.compile(r'`(?P<file>[\w/.-]+\.(?:cpp|py))`|"(?P<claim>[^"]+)"|`(?:(?P<holder>\w+)\.)?(?P<method>test_[\w*]+)`')
CPP_CASE = re.compile(r'^\s*TEST_CASE\(((?:\s*"(?:[^"\\]|\\.)*")+)', re.M)
CPP_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
NOT_YET = re.compile(r"\bnot yet: \w")


class Test(NamedTuple):
    file: str  # from tests/ on
    name: str  # its claim, or Class.method


class Line(NamedTuple):
    place: str  # FILE:NUMBER
    tests: list[Test]
    is_open: bool  # it says `not yet:`
    is_whole: bool  # it has as many cells as the table's head


def lines(table: Path) -> list[Line]:
    """Every line that has to name a test."""
    found = []
    head, width = None, 0
    for number, text in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", text)[1:-1]]
        if not cells:
            head, width = None, 0
        elif not width:
            head, width = HEAD.fullmatch(cells[-1]), len(cells)
        elif head and not re.fullmatch(r"[-: ]+", cells[-1]):
            place = f"{table.name}:{number}"
            is_open = bool(NOT_YET.search(cells[-1]))
            found.append(Line(place, tests(cells[-1], head["file"] or ""), is_open, len(cells) == width))
    return found


def tests(cell: str, file: str) -> list[Test]:
    found, holder = [], ""
    for word in WORD.finditer(cell):
        file, holder = word["file"] or file, word["holder"] or holder
        if not word["file"]:
            found.append(Test(file, word["claim"] or f"{holder}.{word['method']}"))
    return found


class Claim(NamedTuple):
    text: str  # as a log has it
    holder: str  # the class of a Python test


@functools.cache
def claims(file: Path) -> dict[str, Claim]:
    """The tests of a source by what they are called in a table."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".cpp":
        names = ["".join(CPP_TEXT.findall(texts)) for texts in CPP_CASE.findall(text)]
        return {name: Claim(name.replace("#", "number"), "") for name in names}
    found = {}
    for holder in ast.parse(text).body:
        for method in holder.body if isinstance(holder, ast.ClassDef) else []:
            if isinstance(method, ast.FunctionDef) and method.name.startswith("test"):
                name = f"{holder.name}.{method.name}"
                claim = (ast.get_docstring(method) or name).splitlines()[0].strip().replace("#", "number")
                found[name] = found[claim] = Claim(claim, holder.name)
    return found


def claims_of(root: Path, test: Test) -> list[Claim]:
    """The tests that are named so; empty when there is none."""
    file = root / "tests" / test.file
    known = claims(file) if file.is_file() else {}
    return [claim for name, claim in known.items() if name == test.name or fnmatch.fnmatchcase(name, test.name)]


def problems(root: Path) -> list[str]:
    """Each line of the tables without a test, and each name that the sources do not have, as place: what."""
    found = []
    for table in TABLES:
        held = lines(root / table)
        found += [] if held else [f"{table}: has no table whose last column is 'test'"]
        for line in held:
            if not line.is_whole:
                found.append(f"{line.place}: has not as many cells as the table's head")
            if not line.tests and not line.is_open:
                found.append(f"{line.place}: names no test, and does not say 'not yet:'")
            found += [f"{line.place}: there is no test '{test.name}' in tests/{test.file}"
                      for test in line.tests if not claims_of(root, test)]
    return found


def not_shown(root: Path, log: Path) -> list[str]:
    """What the tables name and a run of Meson's tests did not show; `log` is its testlog.json. What belongs to programs
    that were not asked for in that run is not missed."""
    entries = [json.loads(text) for text in log.read_text().splitlines()]
    passed, skipped = set(), {}
    for result in tap.results("\n".join(entry.get("stdout", "") for entry in entries)):
        if result.why is not None:
            skipped[result.claim] = result.why
        elif result.ok:
            passed.add(result.claim)
    about = log.parent.parent / "meson-info"
    programs = json.loads((about / "intro-targets.json").read_text())
    known = [test["cmd"] for test in json.loads((about / "intro-tests.json").read_text())]
    asked = [entry["command"] for entry in entries]
    found = []
    for line in [line for table in TABLES for line in lines(root / table)]:
        for test in line.tests:
            for claim in claims_of(root, test):
                is_elsewhere = not runs(asked, programs, test.file, claim.holder) and runs(known, programs, test.file, claim.holder)
                if claim.text not in passed and not is_elsewhere:
                    why = f"was skipped: {skipped[claim.text]}" if claim.text in skipped else "did not pass, or did not run"
                    found.append(f"{line.place}: {test.file}: {claim.text}: {why}")
    return found


def runs(commands: list[list[str]], programs: list[dict], file: str, holder: str) -> bool:
    """Whether one of these runs that C++ file, or that class of a Python file. A command is a program that has the file
    among its sources; or an interpreter, the file, and the classes of it that are run, all when none is named."""
    its = {name for one in programs for part in one["target_sources"] for source in part.get("sources", [])
           if os.path.normpath(source).endswith(f"/tests/{file}") for name in one["filename"]}
    for command in commands:
        if command[0] in its:
            return True
        for at, word in enumerate(command):
            if word.endswith(f"/tests/{file}") and (not command[at + 1:] or holder in command[at + 1:]):
                return True
    return False
