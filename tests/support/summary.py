# SPDX-License-Identifier: MIT
"""Adds up what `meson test` left in its logs: lists failures and skips with their reasons, and ends with the one line
`N passed, N failed, N skipped`. Cases are counted, not executables.

    summary.py [--passed NAME]... [--failed NAME]... [--skipped NAME=REASON]... [LABEL=]TESTLOG.json...

The options add results of checks that Meson did not run. A test that the tables of faults and of TLS name, and that was
skipped or did not run, is a failure. Ends with 1 when anything failed, or nothing was run.
"""

import argparse
import json
import sys
from pathlib import Path

import named_tests
import tap


class Sum:
    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []
        self.skipped: list[tuple[str, str]] = []

    def add(self, test: dict, label: str) -> None:
        name = label + test["name"]
        output = test.get("stdout", "")
        cases = list(tap.results(output))
        passed = sum(case.ok and case.why is None for case in cases)
        failed = [case.claim for case in cases if not case.ok]
        skipped = [(case.claim, case.why) for case in cases if case.ok and case.why is not None]
        if test["result"] == "SKIP" and not skipped:
            skipped = [("", last_line(output + "\n" + test.get("stderr", "")))]
        elif test["result"] in ("OK", "EXPECTEDFAIL") and not (passed or failed or skipped):
            passed = 1
        elif test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP") and not failed:
            failed = [test["result"].lower()]  # It crashed, or ran out of time, between its cases.
        self.passed += passed
        self.failed += [f"{name}: {case}" for case in failed]
        self.skipped += [(f"{name}: {case}" if case else name, why) for case, why in skipped]


def last_line(text: str) -> str:
    """Where a test that skips as a whole says why."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it gave no reason"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passed", action="append", default=[])
    parser.add_argument("--failed", action="append", default=[])
    parser.add_argument("--skipped", action="append", default=[])
    parser.add_argument("logs", nargs="*")
    arguments = parser.parse_args()
    total = Sum()
    for log in arguments.logs:
        label, _, path = log.rpartition("=")
        for line in Path(path).read_text().splitlines():
            total.add(json.loads(line), label and label + ": ")
        total.failed += [f"{label and label + ': '}{what}" for what in named_tests.not_shown(named_tests.ROOT, Path(path))]
    total.passed += len(arguments.passed)
    total.failed += arguments.failed
    total.skipped += [tuple(one.split("=", 1)) for one in arguments.skipped]
    for name, why in total.skipped:
        print(f"skipped: {name}: {why}")
    for name in total.failed:
        print(f"failed: {name}")
    skips = f", {len(total.skipped)} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {len(total.failed)} failed{skips}", flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
