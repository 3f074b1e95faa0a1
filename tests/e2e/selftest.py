# SPDX-License-Identifier: MIT
"""`culvert doctor --tls-selftest`: what an operator sees on a box, and that nothing but the plugin is needed for it."""

import json
import os
import re
import resource
import shutil
import subprocess
import time
from pathlib import Path

import culvert
import tap

BUILD = Path(os.environ["CULVERT_BUILD"])
LINE = re.compile(r"^(OK|failed|not run) +([a-z0-9.-]+): (.+): must be (.+?); (.+)$")


class Selftest(tap.Case):
    def doctor(self, *words: str) -> subprocess.CompletedProcess[str]:
        """In a folder that must stay empty, with no program to be found."""
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        done = subprocess.run([culvert.executable(), "doctor", "--tls-selftest", *words], cwd=work, text=True,
                              capture_output=True, timeout=120, env=culvert.environment(self.folder, PATH="/nowhere"))
        self.assertEqual([], [one for one in self.folder.rglob("*") if one.is_file() and one.suffix != ".so"])
        return done

    def only(self, *objects: str) -> str:
        """A folder with these of the build's shared objects in it."""
        folder = self.folder / "plugins"
        folder.mkdir()
        for name in objects:
            shutil.copy(BUILD / name, folder)
        return str(folder)

    def test_it_holds_here(self) -> None:
        """selftest: all that can be tried on this box holds, and each case is a line"""
        start = time.monotonic()
        done = self.doctor()
        spent = time.monotonic() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertEqual((0, ""), (done.returncode, done.stderr), done.stdout)
        head, *lines, last = done.stdout.splitlines()
        self.assertRegex(head, r"^plugin 'mqtt' in '.+/mqtt\.so', wolfSSL \d+\.\d+\.\d+$")
        cases = [LINE.match(line) for line in lines]
        self.assertNotIn(None, cases, done.stdout)
        self.assertEqual([], [case[2] for case in cases if case[1] == "failed"])
        self.assertEqual(["tls-1.0"], [case[2] for case in cases if case[1] == "not run"])
        self.assertEqual(f"{len(cases) - 1} OK, 0 failed, 1 not run", last)
        print(f"# {len(cases)} cases in {spent:.2f} s, {peak} KiB resident at most", flush=True)
        if not culvert.is_sanitized():
            self.assertLess(peak, 48 * 1024)

    def test_json(self) -> None:
        """selftest: as JSON it is the same, for a program"""
        text, done = self.doctor(), self.doctor("--format", "json")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        (plugin,) = json.loads(done.stdout)
        self.assertEqual(("mqtt", True, 0, 1), tuple(plugin[key] for key in ("plugin", "passed", "failed", "not_run")))
        self.assertEqual([LINE.match(line).groups()[1:] for line in text.stdout.splitlines()[1:-1]],
                         [(one["case"], one["tried"], one["expected"], one["happened"]) for one in plugin["cases"]])
        self.assertEqual(plugin["ok"], sum(one["verdict"] == "ok" for one in plugin["cases"]))

    def test_a_failure_is_1(self) -> None:
        """selftest: a case that failed, or whose verdict nobody knows, ends with 1"""
        folder = self.only("tests/fixtures/sick.so")
        done = self.doctor("--plugin-path", folder)
        self.assertEqual((1, ""), (done.returncode, done.stderr))
        self.assertEqual([
            f"plugin 'sick' in '{folder}/sick.so', a library",
            "OK       good: one: must be fine; it was",
            "failed   bad: two: must be fine; it was not",
            "not run  away: three: must be fine; nobody there",
            "failed   new: four: must be fine; who knows",
            "1 OK, 2 failed, 1 not run",
        ], done.stdout.splitlines())
        (plugin,) = json.loads(self.doctor("--plugin-path", folder, "--format", "json").stdout)
        self.assertEqual((False, 1, 2, 1), tuple(plugin[key] for key in ("passed", "ok", "failed", "not_run")))

    def test_nothing_to_try_is_no_pass(self) -> None:
        """selftest: plugins without TLS are 69, a file that cannot be loaded is 1"""
        done = self.doctor("--plugin-path", self.only("plugins/console/console.so"))
        self.assertEqual((69, "", "culvert: no plugin here has rules for TLS\n"),
                         (done.returncode, done.stdout, done.stderr))
        (self.folder / "plugins" / "mqtt.so").write_bytes((BUILD / "plugins/mqtt/mqtt.so").read_bytes()[:4096])
        done = self.doctor("--plugin-path", str(self.folder / "plugins"))
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertRegex(done.stderr, r"^culvert: '.*/mqtt\.so' .+\n$")

    def test_usage(self) -> None:
        """selftest: a word that is unknown is 64"""
        self.assertEqual(64, self.doctor("--format", "xml").returncode)


tap.main()
