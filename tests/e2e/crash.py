# SPDX-License-Identifier: MIT
"""A plugin that ends the process: by which signal, and what the next starts say of it."""

import os
import re
import signal
from pathlib import Path

import culvert
import tap
from control import status, status_command, wait_status
from pipelines import counter, head, node, route
from process import Process

GONE = "^error runtime: the last run was ended by "
AGO = r"(\d+ (s|min|h) ?)+ago"
HINT = ("; all plugins run in one process: if it happens again, give the node one of its own with isolate = true, or take "
        "another version of that plugin")


def crasher(how: str, where: str) -> str:
    return (head() + counter(interval="10ms") + node("boiler", "crasher", f"how = '{how}'\nwhere = '{where}'")
            + route("counter", "boiler"))


SOUND = head() + counter(interval="10ms") + node("screen", "console") + route("counter", "screen")


class Crash(tap.Case):
    def start(self, text: str) -> Process:
        # Nobody wants these dumps.
        return self.use(culvert.run_text(self.folder, text, before=["prlimit", "--core=0"]))

    @property
    def file(self) -> Path:
        return self.folder / "state" / "crash"

    def crashed(self, text: str, number: int, stop: bool = False) -> None:
        """It runs, and ends by that signal. A sanitizer ends it by itself for some, after its report."""
        run = self.start(text)
        if stop:
            run.err.wait_for("^info runtime: running", timeout=60)
            run.signal(signal.SIGTERM)
        ended = run.wait(60)
        if not culvert.is_sanitized():
            self.assertEqual(-number, ended, run.err.texts())
        self.assertNotEqual(0, ended, run.err.texts())
        self.assertEqual(0o100600, self.file.stat().st_mode)

    def next_start(self) -> tuple[str, dict]:
        """What the next one says of it, in its log and when it is asked; the one after it says nothing."""
        run = self.start(SOUND)
        line = run.err.wait_for(GONE, timeout=60).text
        shown = wait_status(self.folder, "edge", lambda seen: seen["nodes"][1]["state"] == "running")
        crash = shown["runtime"]["last_crash"]
        text = " ".join(status_command(self.folder, "--name", "edge").stdout.split())
        self.assertIn("its last run was ended by " + crash["signal"], text)
        self.stopped(run)
        self.silent()
        return line, crash

    def stopped(self, run: Process) -> None:
        run.err.wait_for("^info runtime: running", timeout=60)
        self.assertEqual(0, run.stop(60), run.err.texts())

    def silent(self) -> None:
        """A start that has heard of no crash."""
        run = self.start(SOUND)
        run.out.wait_for("^.+$", timeout=60)
        self.assertIsNone(status(self.folder, "edge")["runtime"]["last_crash"])
        self.stopped(run)
        self.assertEqual([], run.err.matching("last run|crash"), run.err.texts())

    def named(self, how: str, where: str, number: int, stop: bool = False) -> None:
        self.crashed(crasher(how, where), number, stop)
        line, crash = self.next_start()
        name = signal.Signals(number).name
        said = f"{GONE}{name} in node 'boiler' \\(plugin 'crasher', in '{where}'\\), {AGO}{HINT}$"
        self.assertRegex(line, said)
        self.assertEqual({"signal": name, "node": "boiler", "plugin": "crasher", "call": where, "sent_by": None},
                         {key: crash[key] for key in ("signal", "node", "plugin", "call", "sent_by")})
        self.assertGreater(crash["wall_time_ns"], 1_600_000_000 * 10**9)
        self.assertGreaterEqual(crash["ago_s"], 0)

    def test_kinds(self) -> None:
        """crash: whatever the fault, the process ends by its signal, and the next start names node, plugin and call"""
        kinds = {"null": signal.SIGSEGV, "bus": signal.SIGBUS, "abort": signal.SIGABRT, "raise": signal.SIGSEGV,
                 "sigtrap": signal.SIGTRAP}
        if os.uname().machine == "x86_64":
            kinds["trap"] = signal.SIGILL
        for how, number in kinds.items():
            with self.subTest(how):
                self.named(how, "process", number)

    def test_calls(self) -> None:
        """crash: it is named in each call, on the main thread as well"""
        for where in ("create", "start", "poll", "stop", "destroy"):
            with self.subTest(where):
                self.named("null", where, signal.SIGSEGV, stop=where in ("stop", "destroy"))

    def test_stack(self) -> None:
        """crash: a stack that is used up is named too, a node's and the main thread's"""
        for where in ("process", "create"):
            with self.subTest(where):
                self.named("stack", where, signal.SIGSEGV)

    def test_own_thread(self) -> None:
        """crash: of a plugin's own thread the name is said, which it has from the node's"""
        for how, number in (("null", signal.SIGSEGV), ("throw", signal.SIGABRT)):
            with self.subTest(how):
                self.crashed(crasher(how, "thread"), number)
                line, crash = self.next_start()
                self.assertRegex(line, f"{GONE}{signal.Signals(number).name} in a thread named 'boiler', {AGO}$")
                self.assertEqual(("", "", "", "boiler"), tuple(crash[key] for key in ("node", "plugin", "call", "thread")))

    def test_both(self) -> None:
        """crash: of two threads that crash at once the first is recorded, and whole"""
        for _ in range(10):
            self.crashed(crasher("both", "process"), signal.SIGSEGV)
            line, _ = self.next_start()
            self.assertRegex(line, f"{GONE}SIGSEGV in (node 'boiler' .+in 'process'\\)|a thread named 'boiler'), {AGO}")

    def test_sent(self) -> None:
        """crash: a signal that somebody has sent is said to be theirs, and blames no node"""
        for number in (signal.SIGABRT, signal.SIGSEGV):
            with self.subTest(number.name):
                run = self.start(SOUND)
                run.out.wait_for("^.+$", timeout=60)
                run.signal(number)
                ended = run.wait(60)
                if not culvert.is_sanitized():
                    self.assertEqual(-number, ended, run.err.texts())
                line, crash = self.next_start()
                self.assertRegex(line, f"{GONE}{number.name} that process {os.getpid()} sent, {AGO}$")
                self.assertEqual(os.getpid(), crash["sent_by"])

    def test_repeated(self) -> None:
        """crash: as long as a start does not come to run, each one names the crash before it"""
        self.crashed(crasher("null", "process"), signal.SIGSEGV)
        self.crashed(crasher("abort", "create"), signal.SIGABRT)
        # It fails before it runs, and takes nothing with it.
        run = self.start(SOUND + node("bad", "thrower", "in_create = true") + route("counter", "bad"))
        self.assertEqual(1, run.wait(60), run.err.texts())
        self.assertRegex(run.err.matching(GONE)[0].text, "SIGABRT in node 'boiler' .+in 'create'")
        line, _ = self.next_start()
        self.assertRegex(line, "SIGABRT in node 'boiler' .+in 'create'")

    def test_other_ends(self) -> None:
        """crash: an end of its own, a kill and a crash of a plugin's child leave no record"""
        run = self.start(SOUND)
        run.out.wait_for("^.+$", timeout=60)
        run.kill()
        self.silent()
        run = self.start(crasher("child", "process"))
        run.err.wait_for("did not crash in process", timeout=60)
        self.stopped(run)
        self.silent()

    def test_unusable(self) -> None:
        """crash: a damaged, foreign or short file is said, ignored and replaced, and a link is not followed"""
        self.crashed(crasher("null", "process"), signal.SIGSEGV)
        good = self.file.read_bytes()
        run = bytearray(good)
        run[24] ^= 1
        bad = {"it is no record of a crash": [b"x", good[:-1], good + b"x", bytes(len(good))],
               "another version of Culvert has written it": [good[:8] + b"\2" + good[9:]],
               "it is damaged": [bytes(run), good[:56] + b"\1" + good[57:]],
               "a crash was not recorded to the end": [good[:16] + b"\1" + bytes(7) + good[24:]]}
        for why, contents in bad.items():
            for content in contents:
                with self.subTest(why, size=len(content)):
                    self.file.write_bytes(content)
                    run = self.start(SOUND)
                    self.stopped(run)
                    self.assertEqual([f"warn runtime: '{self.file}' is ignored and made anew: {why}"],
                                     [line.text for line in run.err.matching("crash")])
        self.crashed(crasher("null", "process"), signal.SIGSEGV)
        self.next_start()
        aim = self.folder / "aim"
        aim.write_bytes(b"kept")
        self.file.unlink()
        self.file.symlink_to(aim)
        run = self.start(SOUND)
        self.stopped(run)
        self.assertRegex(run.err.matching("crash")[0].text, f"^warn runtime: '{re.escape(str(self.file))}': cannot be written: "
                         "Too many levels of symbolic links, a crash of this run will not be recorded$")
        self.assertEqual(b"kept", aim.read_bytes())

    def test_last_bytes(self) -> None:
        """crash: what is in a record is bounded and printable, whatever somebody wrote there"""
        self.crashed(crasher("null", "process"), signal.SIGSEGV)
        content = bytearray(self.file.read_bytes())
        begin = content.index(b"boiler\0", content.index(b"boiler\0") + 1)
        content[begin:begin + 72] = b"\x1b[2J\xff" + b"n" * 67
        self.file.write_bytes(content)
        line, crash = self.next_start()
        self.assertIn(r"in node '\x1b[2J", line)
        self.assertEqual(72, len(crash["node"]))


tap.main()
