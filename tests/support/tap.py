# SPDX-License-Identifier: MIT
"""Runs the test cases of a file and says each result as a line of TAP, as it comes; a skip says why."""

import os
import re
import shutil
import sys
import tempfile
import traceback
import unittest
from pathlib import Path
from typing import Iterator, NamedTuple

LINE = re.compile(r"^(ok|not ok)\b\s*\d*\s*-?\s*(.*?)(?:\s+#\s*(?i:skip)\S*\s*(.*))?$")


class Result(NamedTuple):
    ok: bool
    claim: str
    why: str | None  # it was skipped


def results(output: str) -> Iterator[Result]:
    """Reads what a test said in this form."""
    for line in output.splitlines():
        if match := LINE.match(line):
            yield Result(match[1] == "ok", match[2], match[3])


class Case(unittest.TestCase):
    """A test case with a folder of its own, short enough for socket paths, gone afterwards."""

    folder: Path

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="culvert-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def use(self, context):
        """Enters a context until the end of the test."""
        return self.enterContext(context)


class TapResult(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.said = 0

    def _say(self, ok: bool, test: unittest.TestCase, more: str = "") -> None:
        self.said += 1
        print(f"{'ok' if ok else 'not ok'} {self.said} - {claim(test)}{more}", flush=True)

    def _fail(self, test: unittest.TestCase, error: object) -> None:
        self._say(False, test)
        # On stderr, which Meson shows of a test that failed.
        print(claim(test), "".join(traceback.format_exception(*error)), sep="\n", file=sys.stderr, flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._say(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fail(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._fail(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._say(True, test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fail(subtest, err)


def claim(test: unittest.TestCase) -> str:
    """The first line of the doc string is the claim, else class and method."""
    text = test.shortDescription() or getattr(test, "test_case", test).id().removeprefix("__main__.")
    if params := getattr(test, "params", None):
        text += f" ({', '.join(f'{name} {value}' for name, value in params.items())})"
    return text.replace("#", "number")


def main() -> None:
    """Call it from a test file's end. Arguments choose test cases by name, as unittest has it."""
    import __main__
    names = sys.argv[1:]
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names, __main__) if names else loader.loadTestsFromModule(__main__)
    print("TAP version 13", flush=True)
    result = TapResult()
    suite.run(result)
    # Last, so that a run that was cut short has none and counts as failed.
    print(f"1..{result.said}", flush=True)
    # A worker of the test that hangs must not keep the run from ending; everything is said by now.
    os._exit(0 if result.wasSuccessful() else 1)
