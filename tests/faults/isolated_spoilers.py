# SPDX-License-Identifier: MIT
"""Plugins that break every rule there is, each in a process of its own, beside nodes that must not notice."""

import re
import signal
from pathlib import Path
from typing import NamedTuple

import culvert
import tap
from control import named, status, wait_restarts, wait_status
from pipelines import counter, head, node, route
from process import Process, is_there
from until import until

LONG = 120
# A sanitizer takes seconds to tell of a crash, in the call that crashed.
SECONDS = 8 if culvert.is_sanitized() else 1
HANG = f"isolate = true\nhang_timeout = '{SECONDS}s'\n"
# One that is in a process of its own stands beside one that is not.
NEIGHBOURS = ("here", "beside")


class Spoiler(NamedTuple):
    plugin: str
    options: str
    reason: str  # of each of its ends; empty where it is none
    is_source: bool = False


def crasher(how: str, reason: str, where: str = "process") -> Spoiler:
    return Spoiler("crasher", f"how = '{how}'\nwhere = '{where}'", f"its process {reason}")


def hanging(call: str, is_source: bool = False) -> Spoiler:
    emits = "\ncount = 1000000" if is_source else ""
    return Spoiler("unruly", f"in = '{call}'\nhow = 'hang'{emits}",
                   f"the plugin has not returned from '{call}' for {SECONDS} s, its process was killed", is_source)


CUT = "closed or spoiled one of its channels, did not end within 1 s and was killed"
SPOILERS = {
    "segv": crasher("null", "ended by SIGSEGV"),
    "aborts": crasher("abort", "ended by SIGABRT"),
    "stack": crasher("stack", "ended by SIGSEGV"),
    "thrower": crasher("throw", "ended by SIGABRT", where="thread"),
    "exits": crasher("exit", "ended with 3"),
    "forks": crasher("fork", "ended with 4"),
    "closes": crasher("close", f"({CUT}|ended .*)"),
    "writes": crasher("garbage", f"({CUT}|wrote garbage to its control channel)"),
    "shuts": crasher("shut", CUT),
    "freezes": crasher("freeze", f"said nothing for {SECONDS + 2} s and was killed"),
    "throws": Spoiler("unruly", "in = 'process'", "broken in process of life '1'"),
    "lates": Spoiler("unruly", "in = 'process'\nhow = 'emit_late'", "broken in process of life '1'"),
    "returns": Spoiler("swallow", "how = 'late'\npath = '%s/tokens'", "its process ended by SIGABRT"),
    "in_start": hanging("start"),
    "in_process": hanging("process"),
    "in_flush": hanging("flush"),
    "in_poll": hanging("poll", is_source=True),
    "in_room": hanging("room", is_source=True),
    "in_acked": hanging("acked", is_source=True),
}
# These fail nobody before the end.
TWICE = Spoiler("swallow", "how = 'twice'", "")
AT_THE_END = {
    "in_quiesce": hanging("quiesce")._replace(reason=f"(the plugin has not returned from 'quiesce' for {SECONDS} s, its process was "
                                                     "killed|its process did not stop within [0-9.]+ s and was killed)"),
    "in_stop": hanging("stop")._replace(reason="its process did not stop within [0-9.]+ s and was killed"),
    "in_destroy": hanging("destroy")._replace(reason="its process had stopped and did not end within [0-9.]+ s and was killed"),
}


class Spoilers(tap.Case):
    def neighbours(self, folder: Path) -> str:
        """What a reading is on its way to each of them is counted from when it was made."""
        sinks = "".join(node(name, "unruly", f"path = '{folder / name}.txt'\nlate = true\nlives = 0\n"
                             + ("isolate = true" if name == "beside" else "")) for name in NEIGHBOURS)
        return head() + counter() + sinks + "".join(route("counter", name, "encode = '{value}'") for name in NEIGHBOURS)

    def start(self, folder: Path, text: str) -> Process:
        folder.mkdir()
        # Nobody wants these dumps.
        return self.use(culvert.run_text(folder, text, before=["prlimit", "--core=0"]))

    def seen(self, folder: Path, name: str) -> tuple[list[int], int]:
        """The numbers that came to a neighbour, and in microseconds how late the latest was, or how long nothing came."""
        lines = [[int(word) for word in line.split()] for line in (folder / f"{name}.txt").read_text().splitlines()]
        gaps = [after[1] - before[1] for before, after in zip(lines, lines[1:])]
        return [number for number, _, _ in lines], max(*gaps, *(late for _, _, late in lines))

    def last(self, folder: Path, name: str) -> int:
        with (folder / f"{name}.txt").open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 200))
            return int(file.read().rsplit(b"\n", 2)[-2].split()[0])

    def spoil(self, spoilers: dict[str, Spoiler], times: int) -> None:
        """Until each has failed so often. A second runtime, with the same neighbours and nobody else, tells how late the
        machine itself makes a message in that time: a bound that knows nothing of it would measure the machine."""
        alone, spoiled = self.folder / "alone", self.folder / "spoiled"
        control = self.start(alone, self.neighbours(alone))
        parts = [self.neighbours(spoiled), node("bin", "slow", "delay = '100us'")]
        for name, spoiler in (spoilers | AT_THE_END | {"twice": TWICE}).items():
            parts.append(node(name, spoiler.plugin, HANG + spoiler.options.replace("%s", str(spoiled))))
            # What they do not take delays nobody, as the file of whoever runs such things should say.
            parts.append(route(name, "bin") if spoiler.is_source else
                         route("counter", name, "encode = '{value}'\nrequired = false"))
        run = self.start(spoiled, "".join(parts))
        for name in spoilers:
            # The fifth time there is no more try.
            wait_restarts(spoiled, "edge", name, min(times, 4), LONG)
        if times == 5:
            wait_status(spoiled, "edge", lambda seen: all(named(seen["nodes"], name)["quarantined"] for name in spoilers), LONG)
        self.check_failures(spoiled, spoilers, times)
        self.check_forked(run, times)
        wait_status(spoiled, "edge", lambda seen: named(seen["nodes"], "twice")["counters"]["stale_completions"] > 0, LONG)
        emitted = {folder: named(status(folder, "edge")["nodes"], "counter")["counters"]["emitted"] for folder in (alone, spoiled)}
        # It has not stood still, with nobody to be late for.
        for folder, process in ((alone, control), (spoiled, run)):
            until(lambda: all(self.last(folder, name) > emitted[folder] + 100 for name in NEIGHBOURS), LONG,
                  lambda: f"nothing comes any more: {process.err.texts()[-10:]}", process)
        self.stop(run)
        self.assertEqual(0, control.stop(LONG), control.err.texts())
        self.check_neighbours(run, alone, spoiled, emitted)

    def check_failures(self, folder: Path, spoilers: dict[str, Spoiler], times: int) -> None:
        nodes = status(folder, "edge")["nodes"]
        for name, spoiler in spoilers.items():
            with self.subTest(name):
                seen = named(nodes, name)
                if times == 5:
                    self.assertEqual(("failed", True, 4), (seen["state"], seen["quarantined"], seen["restarts"]))
                reason = "its process " if culvert.is_sanitized() and "ended by" in spoiler.reason else f"{spoiler.reason}$"
                self.assertRegex(seen["last_failure"]["reason"], f"^{reason}")
        # What it completed was no present token, whatever number it had.
        if "returns" in spoilers:
            self.assertEqual(0, named(status(folder, "edge")["routes"], "counter -> returns")["counters"]["delivered"])

    def check_forked(self, run: Process, times: int) -> None:
        """What they left behind, with all their descriptors, is gone as they are."""
        left = [int(line.text.split("'")[1]) for line in run.err.matching("^info forks: leaves process '[0-9]+'$")]
        self.assertGreaterEqual(len(left), times)
        until(lambda: not any(is_there(pid) for pid in left[:times]), LONG, lambda: f"one of {left} is there", run)

    def stop(self, run: Process) -> None:
        """Those that hang at the end are ended, and what waits for no more than them is not kept from it."""
        run.signal(signal.SIGTERM)
        self.assertEqual(0, run.wait(LONG), run.err.texts()[-20:])
        for name, spoiler in AT_THE_END.items():
            self.assertTrue(run.err.matching(f"^error {name}: {spoiler.reason}$"), f"{name}: {run.err.texts()[-20:]}")

    def check_neighbours(self, run: Process, alone: Path, spoiled: Path, emitted: dict[Path, int]) -> None:
        latest = {}
        for folder in (alone, spoiled):
            for name in NEIGHBOURS:
                numbers, late = self.seen(folder, name)
                self.assertEqual(list(range(len(numbers))), numbers, "lost, twice or out of order")
                self.assertGreaterEqual(len(numbers), emitted[folder])
                latest[folder] = max(late, latest.get(folder, 0))
        print(f"# {emitted[spoiled]} messages, at most {latest[spoiled] / 1000:.0f} ms late; without spoilers "
              f"{latest[alone] / 1000:.0f} ms", flush=True)
        self.assertLess(latest[spoiled], 1_000_000 + 3 * latest[alone])
        for name in NEIGHBOURS:
            self.assertEqual([], [line for line in run.err.texts() if re.match(f"(warn|error) {name}: ", line)])


class Short(Spoilers):
    def test_short(self) -> None:
        """isolated: plugins that crash, exit, fork, hang, close what they have and lie are started again, and nobody else is late or loses a message"""
        self.spoil(SPOILERS, 1)


class Whole(Spoilers):
    def test_whole(self) -> None:
        """isolated: plugins that crash, exit, fork, hang, close what they have and lie are quarantined, and nobody else is late or loses a message"""
        self.spoil(SPOILERS, 5)

    def test_create(self) -> None:
        """isolated: one that never returns from 'create' ends the start, with a line that says so"""
        folder = self.folder / "create"
        run = self.start(folder, self.neighbours(folder) + node("s", "unruly", HANG + hanging("create").options)
                         + route("counter", "s"))
        self.assertEqual(1, run.wait(LONG), run.err.texts())
        error, = run.err.matching("^error ")
        self.assertEqual(f"error s: its process did not return from 'create' within {SECONDS + 2} s and was killed", error.text)


tap.main()
