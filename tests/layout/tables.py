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


def command(root: Path, holder: str) -> list[str]:
    return ["python", f"{root}/build/../tests/e2e/one.py", holder]


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

    def log(self, root: Path, holder: str, *said: str) -> Path:
        """What Meson leaves of a run in which one program said this, when only tests of one class were asked for."""
        (root / "meson-info").mkdir()
        (root / "meson-logs").mkdir()
        (root / "meson-info" / "intro-tests.json").write_text(
            json.dumps([{"cmd": command(root, one)} for one in ("One", "Two")]))
        log = root / "meson-logs" / "testlog.json"
        log.write_text(json.dumps({"name": "all", "stdout": "\n".join(said), "command": command(root, holder)}) + "\n")
        return log

    def test_run(self) -> None:
        """tables: a named test that failed, was skipped or did not run is noticed, unless it was not asked for"""
        good = ["ok 1 - one: holds", "ok 2 - One.test_other", "ok 3 - two: holds, too"]
        root = self.tree("not yet: x")
        self.assertEqual([], named_tests.not_shown(root, self.log(root, "One", *good)))
        for index, line in enumerate(good):
            for instead in ("# nothing", f"not {line}", f"{line} # SKIP no broker"):
                said = [*good[:index], instead, *good[index + 1:]]
                root = self.tree("not yet: x")
                found = named_tests.not_shown(root, self.log(root, "One", *said))
                self.assertTrue(found, instead)
                self.assertIn("was skipped: no broker" if "SKIP" in instead else "did not pass", found[0])
                other = self.tree("not yet: x")
                self.assertEqual(index == 2, bool(named_tests.not_shown(other, self.log(other, "Two", *said))))


class Project(tap.Case):
    def test_project(self) -> None:
        """tables: each line of FAULTS.md and POLICY.md names a test that is there, or says what it needs first"""
        found = named_tests.problems(named_tests.ROOT)
        self.assertEqual([], found, "\n" + "\n".join(found))


tap.main()
