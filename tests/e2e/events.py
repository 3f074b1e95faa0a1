# SPDX-License-Identifier: MIT
"""The events of the log: each has an id that a reference explains, and comes once in 10 s with a count."""

import json
import re
import subprocess

import culvert
import tap
from control import named, wait_status
from pipelines import head, node, route
from process import Process

CORE = culvert.SOURCE / "core"
TABLE = CORE / "util" / "events.hpp"
PAGE = CORE / "EVENTS.md"
LINES = 10_000
LONG = 120


def asked(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """`culvert events ...`, ended so."""
    done = subprocess.run([culvert.executable(), "events", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done
    return done


def known() -> list[dict]:
    return json.loads(asked("--format", "json").stdout)


def name_of(event_id: str) -> str:
    """Of 'journal.no-room' the name in the sources."""
    return re.sub("[.-]", "_", event_id)


class Reference(tap.Case):
    def test_page(self) -> None:
        """events: core/EVENTS.md is what `culvert events --format markdown` writes"""
        self.assertEqual(asked("--format", "markdown").stdout, PAGE.read_text(), f"write it anew to {PAGE}")

    def test_used(self) -> None:
        """events: each is named after its id, and the sources log it"""
        table = TABLE.read_text()
        names = re.search(r"enum class LogEvent : uint8_t \{(.*?)\};", table, re.S)[1].replace(",", " ").split()
        self.assertEqual([name_of(event["id"]) for event in known()], names)
        sources = "".join(file.read_text() for file in CORE.rglob("*.[ch]pp") if file != TABLE)
        self.assertEqual([], [name for name in names if not re.search(rf"\bLogEvent::{name}\b", sources)])

    def test_formats(self) -> None:
        """events: all or one as text, JSON or a page, each with what it means and what to do"""
        events = known()
        self.assertGreater(len(events), 50)
        self.assertEqual(sorted(event["id"] for event in events), [event["id"] for event in events])
        text, page = asked().stdout, asked("--format", "markdown").stdout
        for event in events:
            level = event["level"] or "as said"
            self.assertIn(f"{event['id']} ({level})\n  {event['meaning']}\n  {event['action']}\n", text)
            self.assertIn(f"| `{event['id']}` | {level} | `{event['repeats']}` | {event['meaning']} | {event['action']} |\n", page)
        self.assertRegex(asked("node.failed").stdout, r"^node\.failed \(error\)\n  .*\n  .*\n$")
        self.assertEqual(["node.failed"], [event["id"] for event in json.loads(asked("node.failed", "--format", "json").stdout)])

    def test_unknown(self) -> None:
        """events: an id that is none is refused with 64, and the nearest is named"""
        done = asked("node.faild", status=64)
        self.assertEqual(("", "culvert: there is no event 'node.faild', did you mean 'node.failed'?, see 'culvert --help'\n"),
                         (done.stdout, done.stderr))
        self.assertIn("there is no event 'x'", asked("x", status=64).stderr)


class Log(tap.Case):
    def start(self, sink: str, *arguments: str) -> Process:
        """A message for a sink."""
        text = head() + node("t", "numbered", f"path = '{self.folder}/told'\ncount = 1") + route("t", "s") + sink
        return self.use(culvert.run_text(self.folder, text, *arguments))

    def delivered(self, run: Process) -> None:
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> s")["counters"]["delivered"] == 1, LONG)
        self.assertEqual(0, run.stop(LONG), run.err.texts())

    def flood(self, run: Process) -> None:
        """The first line, and then those that tell how many there were; less than one a second."""
        self.delivered(run)
        told = run.err.matching("^info s: again [0-9]+$")
        self.assertEqual("info s: again 0", told[0].text)
        lost = self.lost(run)
        self.assertEqual(LINES, sum(line.times for line in told) + lost)
        if lost == 0:
            self.assertEqual(f"info s: again {LINES - 1}", told[-1].text)
        self.assertLessEqual(len(told) - 2, (told[-1].at - told[0].at) / 10)
        # In front of the last line of the run.
        self.assertRegex(run.err.texts()[-1], "^info runtime: stopped")

    def lost(self, run: Process) -> int:
        return sum(int(line.text.split()[3]) for line in run.err.matching("^warn s: wrote [0-9]+ lines? more"))

    def test_flood(self) -> None:
        """events: of 10,000 lines of a plugin that say the same the first is written, and the rest told with its number"""
        run = self.start(node("s", "crasher", "how = 'repeat'"))
        self.flood(run)
        self.assertEqual(0, self.lost(run))

    def test_isolated(self) -> None:
        """events: the same when the node is a process of its own"""
        self.flood(self.start(node("s", "crasher", "how = 'repeat'\nisolate = true\nhang_timeout = '5m'")))

    def test_debug(self) -> None:
        """events: lines of debug are all written"""
        run = self.start(node("s", "crasher", "how = 'debug'\nlog_level = 'debug'"))
        self.delivered(run)
        self.assertEqual([f"debug s: again {number}" for number in range(100)],
                         [line.text for line in run.err.matching("^debug s: again ")])

    def test_json(self) -> None:
        """events: as JSON each line has its event, and a line that stands for more their count"""
        run = self.start(node("s", "crasher", "how = 'repeat'"), "--log-format", "json")
        self.delivered(run)
        lines = [json.loads(line.text) for line in run.err.all()]
        ids = {event["id"] for event in known()}
        self.assertLessEqual({line["event"] for line in lines}, ids)
        self.assertEqual("runtime.stopped", lines[-1]["event"])
        own = [line for line in lines if line["event"] == "plugin.line" and line["subject"] == "s"]
        self.assertEqual(("again 0", f"again {LINES - 1}"), (own[0]["message"], own[-1]["message"]))
        self.assertNotIn("count", own[0])
        self.assertEqual(LINES, 1 + sum(line["count"] for line in own[1:]))

    def test_loop(self) -> None:
        """events: a node that crashes in a loop is told once in 10 s, with the number of its crashes"""
        run = self.start(node("s", "crasher", "where = 'process'\nhow = 'abort'\nisolate = true"))
        last = run.err.wait_for("^error s: it has failed 5 times in 10 minutes", timeout=LONG)
        self.assertEqual("node.quarantined", last.event)
        # There is no other that takes messages.
        self.assertEqual(1, run.wait(LONG), run.err.texts())
        for event, pattern, times in (("node.failed", "^error s: its process ended by SIGABRT$", 5),
                                      ("node.retries", "^warn s: failed, next try in [0-9.]+ s$", 4)):
            told = run.err.matching(pattern)
            self.assertEqual((times, {event}), (sum(line.times for line in told), {line.event for line in told}), pattern)
            self.assertLessEqual(len(told) - 2, (told[-1].at - told[0].at) / 10)


tap.main()
