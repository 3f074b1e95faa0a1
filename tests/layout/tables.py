# SPDX-License-Identifier: MIT
"""The tables of faults and of TLS as a test: each line names a test that is in the sources. That each ran is looked at
by `deploy/test` at its end (tests/support/summary.py)."""

import json
import tempfile
from pathlib import Path
from unittest import mock

import named_tests
import tap

TABLE = """
| fault | test |
|---|---|
| one | `e2e/one.py` "one: holds", `One.test_other` |
| two | `one.cpp` "two: holds, too" |
| three | not yet: needs a journal |
| four | COULD_BE_WRONG |

| no test here | what |
|---|---|
| x | y |

| rule | test in `e2e/one.py` |
|---|---|
| five | `One.test_h*`; `one.cpp` "two: holds, too" |
"""
PYTHON = '''
class One:
    def test_holds(self):
        """one: holds"""

    def test_other(self):
        pass
'''
CPP = 'TEST_CASE("two: holds, "\n          "too") {}\n'
# What may stand in the fourth line, and a part of the complaint.
WRONG = [
    ("", "names no test"),
    ("some day", "names no test"),
    ("not yet:", "names no test"),
    ("not yet: x | not yet: x", "not as many cells"),
    ('`e2e/none.py` "one: holds"', "no test 'one: holds' in tests/e2e/none.py"),
    ('`e2e/one.py` "one: is not there"', "no test 'one: is not there'"),
    ("`e2e/one.py` `One.test_nothing*`", "no test 'One.test_nothing*'"),
    ('`one.cpp` "one: holds"', "no test 'one: holds' in tests/one.cpp"),
]


def commands(root: Path, *programs: str) -> list[list[str]]:
    """How the tests of one of these classes, or of the C++ program, are run."""
    return [[f"{root}/build/cpp"] if one == "cpp" else ["python", f"{root}/build/../tests/e2e/one.py", one] for one in programs]


class Tables(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.use(mock.patch.object(named_tests, "TABLES", ("tests/table.md",)))

    def tree(self, fourth: str) -> Path:
        """A project with one table."""
        root = Path(tempfile.mkdtemp(dir=self.folder))
        (root / "tests" / "e2e").mkdir(parents=True)
        (root / "tests" / "table.md").write_text(TABLE.replace("COULD_BE_WRONG", fourth))
        (root / "tests" / "e2e" / "one.py").write_text(PYTHON)
        (root / "tests" / "one.cpp").write_text(CPP)
        return root

    def test_the_test_itself(self) -> None:
        """tables: a line without a test, or with one that is not there, is noticed, and sound lines are left alone"""
        self.assertEqual([], named_tests.problems(self.tree('`one.cpp` "two: holds, too"; not yet: needs more')))
        for fourth, complaint in WRONG:
            found = named_tests.problems(self.tree(fourth))
            self.assertEqual(1, len(found), f"{fourth}: {found}")
            self.assertIn(f"table.md:7: ", found[0])
            self.assertIn(complaint, found[0])
        (empty := self.tree("") / "tests" / "table.md").write_text("nothing\n")
        self.assertEqual(1, len(named_tests.problems(empty.parent.parent)))

    def log(self, root: Path, asked: tuple[str, ...], *said: str) -> Path:
        """What Meson leaves of a run in which this was said, and only these programs were asked for."""
        about, logs = root / "meson-info", root / "meson-logs"
        about.mkdir()
        logs.mkdir()
        known = commands(root, "One", "Two", "cpp")
        (about / "intro-tests.json").write_text(json.dumps([{"cmd": one} for one in known]))
        sources = [{"linker": ["c++"]}, {"sources": [f"{root}/tests/one.cpp"]}]
        (about / "intro-targets.json").write_text(
            json.dumps([{"filename": [f"{root}/build/cpp"], "target_sources": sources}]))
        entries = [{"name": "x", "stdout": "\n".join(said), "command": one} for one in commands(root, *asked)]
        (logs / "testlog.json").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        return logs / "testlog.json"

    def not_shown(self, asked: tuple[str, ...], said: list[str]) -> list[str]:
        root = self.tree("not yet: x")
        return named_tests.not_shown(root, self.log(root, asked, *said))

    def test_run(self) -> None:
        """tables: a named test that failed, was skipped or did not run is noticed, unless it was not asked for"""
        good = ["ok 1 - one: holds", "ok 2 - One.test_other", "ok 3 - two: holds, too"]
        self.assertEqual([], self.not_shown(("One", "cpp"), good))
        for index, line in enumerate(good):
            for instead in ("# nothing", f"not {line}", f"{line} # SKIP no broker"):
                said = [*good[:index], instead, *good[index + 1:]]
                found = self.not_shown(("One", "cpp"), said)
                self.assertTrue(found, instead)
                self.assertIn("was skipped: no broker" if "SKIP" in instead else "did not pass", found[0])
                self.assertEqual(index == 2, bool(self.not_shown(("Two", "cpp"), said)))
                self.assertEqual(index != 2, bool(self.not_shown(("One",), said)))


class Project(tap.Case):
    def test_project(self) -> None:
        """tables: each line of FAULTS.md and POLICY.md names a test that is there, or says what it needs first"""
        found = named_tests.problems(named_tests.ROOT)
        self.assertEqual([], found, "\n" + "\n".join(found))


tap.main()
