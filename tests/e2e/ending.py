# SPDX-License-Identifier: MIT
"""How a run ends: the status, the last words, the terminal that went away."""

import signal
import subprocess

import culvert
import tap
from process import Process

SCREEN = """
[node.source]
plugin   = "sensor"
kind     = "counter"
interval = "10ms"
format   = "line {value}"
%s

[node.screen]
plugin = "console"

[[route]]
from = "source"
to   = "screen"
"""


class Ending(tap.Case):
    def test_counted(self) -> None:
        """ending: with --once a counted source finishes, everything is printed, and the status is 0"""
        run = self.use(culvert.run_text(self.folder, SCREEN % "count = 25", "--once"))
        self.assertEqual(0, run.wait(), run.err.texts())
        self.assertEqual([f"line {number}" for number in range(25)], run.out.texts())

    def test_one_round(self) -> None:
        """ending: with --once a source without an end makes one round"""
        run = self.use(culvert.run_text(self.folder, SCREEN % "", "--once"))
        self.assertEqual(0, run.wait(), run.err.texts())
        self.assertEqual(["line 0"], run.out.texts())

    def test_signals(self) -> None:
        """ending: SIGTERM and SIGINT end it with 0, and what was emitted is printed"""
        for number in (signal.SIGTERM, signal.SIGINT):
            run = self.use(culvert.run_text(self.folder, SCREEN % ""))
            run.out.wait_for("line 9")
            run.signal(number)
            self.assertEqual(0, run.wait(), run.err.texts())
            self.assertEqual([f"line {number}" for number in range(run.out.count())], run.out.texts())

    def test_closed_stdout(self) -> None:
        """ending: a closed stdout fails that node with one line, and no signal ends the process"""
        run = self.use(culvert.run_text(self.folder, SCREEN % "", stdout=subprocess.PIPE))
        run.out.wait_for("line 3")
        run.end()
        head = self.use(Process(
            ["sh", "-c", 'exec 3>&1; { "$0" run "$1" 2>&3; echo "status $?" >&3; } | head -n 3 >/dev/null',
             culvert.executable(), str(self.folder / "test.toml")], env=culvert.environment(self.folder), name="sh"))
        line = head.out.wait_for("screen: ", timeout=20).text
        self.assertRegex(line, "^error screen: .*(stdout|pipe|closed)")
        self.assertEqual(1, len(head.out.matching("^error screen: ")), head.out.texts())

    def test_usage(self) -> None:
        """ending: a wrong argument ends with 64, a wrong file with 78, and nothing is on stdout"""
        for status, arguments, why in (
            (64, ["--no-such-thing"], ""), (64, ["no-such-command"], "there is no command 'no-such-command'"),
            (64, ["run", "a", "b"], "culvert: run takes one file, and 'b' is a second one, see 'culvert --help'\n"),
            (64, ["status", "a", "b"], "culvert: 'b' is one argument too many, see 'culvert --help'\n"),
            (78, ["check", "/not/there.toml"], "/not/there.toml"),
        ):
            done = subprocess.run([culvert.executable(), *arguments], env=culvert.environment(self.folder),
                                  capture_output=True, text=True, timeout=20)
            self.assertEqual(status, done.returncode, (arguments, done.stderr))
            self.assertEqual("", done.stdout)
            self.assertNotEqual("", done.stderr)
            self.assertIn(why, done.stderr)

    def test_second_start(self) -> None:
        """ending: a second start on the same state folder ends with 73, and the first one goes on"""
        first = self.use(culvert.run_text(self.folder, SCREEN % ""))
        first.out.wait_for("line 1")
        second = self.use(culvert.run_text(self.folder, SCREEN % "", name="second.toml"))
        self.assertEqual(73, second.wait(), second.err.texts())
        self.assertEqual([], second.out.texts())
        first.out.wait_for("line", start=first.out.count())


tap.main()
