# SPDX-License-Identifier: MIT
"""tests/bench/run: what it lists and refuses, and that a tiny run gives a table, JSON and a chart. No figure is judged."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import tap
from pages import blocks
from process import Process, children, is_there
from until import until

HERE = Path(__file__).resolve().parent
BUILD = os.environ["CULVERT_BUILD"]
SVG = "{http://www.w3.org/2000/svg}"


def run(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = os.environ | ({"PATH": path} if path is not None else {})
    return subprocess.run([sys.executable, str(HERE / "run"), *arguments], capture_output=True, text=True, timeout=100, env=env)


class Words(tap.Case):
    def test_list(self) -> None:
        """bench: --list names every case of the page, each with its reference among those who take part"""
        done = run("--list")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        found = dict(re.findall(r"^(\S+): .*\n((?:    .+\n)+)", done.stdout, re.M))
        told = re.findall(r"^\| (`[^|]*`) \|", (HERE / "README.md").read_text(), re.M)
        self.assertEqual(sorted(name for names in told for name in re.findall(r"`([^`]+)`", names)), sorted(found))
        self.assertIn("    bare Paho\n", found["out"])

    def test_refusals(self) -> None:
        """bench: a build that is not fit, a case that is not there and a wrong option end it with 64, and it says which"""
        facts = self.folder / "meson-info" / "intro-buildoptions.json"
        facts.parent.mkdir()
        refused = [
            (("--case", "out"), "--build is missing"),
            (("--build", str(self.folder / "none")), "is no build folder"),
            (("--build", BUILD, "--case", "nothing"), "--case 'nothing': there is no such case; there are out, "),
            (("--build", BUILD, "--who", "nobody"), "--who: nobody of that name takes part"),
            (("--build", BUILD, "--rounds", "0"), "--rounds must be at least 1"),
        ]
        for options, why in (({"optimization": "0", "b_sanitize": "none"}, "has optimization=0: figures need 2, 3 or s"),
                             ({"optimization": "2", "b_sanitize": "address"}, "has b_sanitize=address: figures need none"),
                             ({"optimization": "2", "b_sanitize": "none"}, "run 'ninja -C .* core/app/culvert'")):
            facts.write_text(json.dumps([{"name": name, "value": value} for name, value in options.items()]))
            done = run("--build", str(self.folder))
            self.assertEqual((64, ""), (done.returncode, done.stdout))
            self.assertRegex(done.stderr, f"^run: --build '{self.folder}' has .*\n$")
            self.assertRegex(done.stderr, why)
        for arguments, why in refused:
            with self.subTest(why=why):
                done = run(*arguments)
                self.assertEqual((64, ""), (done.returncode, done.stdout))
                self.assertRegex(done.stderr, r"^run: .*\n$")
                self.assertIn(why, done.stderr)

    def test_page(self) -> None:
        """bench: the commands of its page are such that it takes them"""
        text, = blocks(HERE / "README.md", "sh")
        commands = [shlex.split(line, comments=True) for line in text.splitlines()]
        ours = [words[1:] for words in commands if words[0] == "tests/bench/run"]
        self.assertGreater(len(ours), 4)
        for words in ours:
            done = run(*words, "--list")
            self.assertEqual((0, ""), (done.returncode, done.stderr), words)
        known = json.loads((Path(BUILD) / "meson-info" / "intro-benchmarks.json").read_text())
        names = re.findall(r"--benchmark (\w+)", (HERE / "README.md").read_text())
        self.assertLessEqual({"whole", "hop"}, set(names))
        self.assertLessEqual(set(names), {one["name"] for one in known})


class Runs(tap.Case):
    def programs(self, **scripts: str) -> str:
        """A PATH where there is nothing but what every box has, and these."""
        found = shutil.which("findmnt")
        assert found is not None
        (self.folder / "findmnt").symlink_to(found)
        for name, script in scripts.items():
            (self.folder / name).write_text(script)
            (self.folder / name).chmod(0o700)
        return str(self.folder)

    def test_hop(self) -> None:
        """bench: rounds take turns, the table has a ratio to the reference, JSON every round, and the chart a bar for each"""
        files = self.folder / "found.json", self.folder / "found.svg"
        done = run("--build", BUILD, "--anyway", "--case", "hop", "--who", "culvert", "--who", "bare pair0 inproc", "--rounds", "2",
                   "--seconds", "0.2", "--json", str(files[0]), "--svg", str(files[1]))
        self.assertEqual(0, done.returncode, done.stderr)
        turns = re.findall(r"^hop: round (\d) of 2: (.+)$", done.stderr, re.M)
        names = ["culvert", "bare pair0 inproc"]
        self.assertEqual([(number, name) for number in "12" for name in names], turns)
        number = r"[\d.,]+"
        self.assertRegex(done.stdout, rf"(?m)^  culvert +{number}  {number} \({number} to {number}\)  ")
        self.assertRegex(done.stdout, rf"(?m)^  bare pair0 inproc +{number} +1  ")
        case, = json.loads(files[0].read_text())["cases"]
        self.assertEqual([names, names], [list(each) for each in case["rounds"]])
        rates = [each["culvert"]["per_s"] for each in case["rounds"]]
        self.assertGreater(min(rates), 0)
        self.assertAlmostEqual(sum(rates) / 2, case["medians"]["culvert"]["per_s"])
        ratios = [each["culvert"]["per_s"] / each["bare pair0 inproc"]["per_s"] for each in case["rounds"]]
        self.assertEqual(sorted(ratios), case["ratios"]["culvert"]["per_s"])
        self.assertEqual(len(names), len(ElementTree.parse(files[1]).getroot().findall(f"{SVG}rect")))

    def test_broker(self) -> None:
        """bench: over a broker with TLS each of our own publishers is measured, and its latencies are in order"""
        found = self.folder / "found.json"
        names = ["culvert", "bare Paho", "raw wolfSSL"]
        who = [word for name in names for word in ("--who", name)]
        done = run("--build", BUILD, "--anyway", "--case", "rate-1000", *who, "--rounds", "1", "--seconds", "0.5", "--json", str(found))
        self.assertEqual(0, done.returncode, done.stderr)
        figures = json.loads(found.read_text())["cases"][0]["rounds"][0]
        self.assertEqual(names, list(figures))
        for name, its in figures.items():
            with self.subTest(name=name):
                # The window is short and the machine may be busy; a clock or a count that is wrong is further off.
                self.assertTrue(300 < its["per_s"] < 3000, its)
                self.assertTrue(0 < its["cpu_us"] < 100_000, its)
                self.assertTrue(1 < its["p50_us"] <= its["p99_us"] < 20_000_000, its)
                self.assertTrue(1000 < its["rss_kib"] < 500_000, its)

    def test_missing(self) -> None:
        """bench: a peer that is not installed is named with the reason, and when there is nothing else it ends with 1"""
        done = run("--build", BUILD, "--anyway", "--case", "out", "--who", "MQTT.js", "--who", "mosquitto_pub*", "--rounds", "1",
                   path=self.programs())
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertTrue(done.stdout.endswith("not run:\n  out: MQTT.js: 'node' is not installed\n"
                                             "  out: mosquitto_pub -l: 'mosquitto_pub' is not installed\n"), done.stdout)

    def test_failing(self) -> None:
        """bench: who fails is left out of the rounds that follow, with the reason, and the others are measured"""
        path = self.programs(mosquitto_pub="#!/bin/sh\nexit 3\n")
        done = run("--build", BUILD, "--anyway", "--case", "rate-1000", "--who", "mosquitto_pub*", "--who", "raw wolfSSL",
                   "--rounds", "2", "--seconds", "0.2", path=path)
        self.assertEqual(0, done.returncode, done.stderr)
        turns = re.findall(r"^rate-1000: round (\d) of 2: (.+)$", done.stderr, re.M)
        self.assertEqual([("1", "raw wolfSSL"), ("1", "mosquitto_pub -l"), ("2", "raw wolfSSL")], turns)
        self.assertRegex(done.stdout, "(?m)^  raw wolfSSL +[0-9]")
        self.assertRegex(done.stdout, r"\n  rate-1000: mosquitto_pub -l: failed in round 1: mosquitto_pub ended with 3: ")

    def test_stopped(self) -> None:
        """bench: a SIGTERM ends all that it has started"""
        words = [sys.executable, str(HERE / "run"), "--build", BUILD, "--anyway", "--case", "rate-1000", "--seconds", "60"]
        begun = self.use(Process([*words, "--who", "culvert"], env=os.environ | {"TMPDIR": str(self.folder)}))
        until(lambda: len(children(begun.pid)) == 3, 90, lambda: f"{children(begun.pid)}", begun)
        started = children(begun.pid)
        self.assertEqual(143, begun.stop(30))
        self.assertEqual([], [pid for pid in started if is_there(pid)])
        self.assertEqual([], list(self.folder.iterdir()))


tap.main()
