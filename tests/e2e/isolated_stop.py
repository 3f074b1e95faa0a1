# SPDX-License-Identifier: MIT
"""The end of a runtime whose nodes, in processes of their own, would take for ever."""

import signal
import time

import culvert
import tap
from control import named, wait_status
from pipelines import counter, head, node, route
from process import Process, children, is_there
from until import until

LONG = 60
# Longer than any test: nothing but the runtime's own end ends it.
NEVER = "hang = '1h'\nhang_timeout = '1h'\nisolate = true"


class Stop(tap.Case):
    def start(self, *parts: str) -> Process:
        return self.use(culvert.run_text(self.folder, head() + "".join(parts), before=culvert.HEARS_HUP))

    def hanging(self, name: str, call: str, more: str = "") -> str:
        return node(name, "unruly", f"in = '{call}'\nhow = 'hang'\n{NEVER}\n{more}")

    def ends(self, run: Process, pids: list[int], last_line: str) -> None:
        """On a SIGTERM, with all its children."""
        begun = time.monotonic()
        self.assertEqual(0, run.stop(LONG), run.err.texts())
        print(f"# ended after {time.monotonic() - begun:.2f} s", flush=True)
        self.assertRegex(run.err.texts()[-1], last_line)
        self.assertEqual([], [pid for pid in pids if is_there(pid)])

    def test_create(self) -> None:
        """stop: a SIGTERM ends the runtime while a process still creates its plugin, as it would later"""
        run = self.start(counter(), self.hanging("s", "create"), node("o", "console"), route("counter", "s"), route("counter", "o"))
        run.err.wait_for("^info s: hangs in create$", timeout=LONG)
        pids = children(run.pid)
        self.assertEqual(1, len(pids))
        self.ends(run, pids, "^info runtime: stopped: 0 messages delivered$")
        run.err.wait_for("^info runtime: stopping, a second signal ends it at once$")
        self.assertEqual([], run.err.matching("^(error|warn) "))

    def test_reload(self) -> None:
        """stop: a SIGTERM ends the runtime while a reload has a process create its plugin"""
        parts = [head(), counter(), node("o", "console"), route("counter", "o")]
        run = self.start(*parts[1:])
        run.out.wait_for(".", timeout=LONG)
        (self.folder / "test.toml").write_text("".join(parts) + self.hanging("s", "create") + route("counter", "s"))
        run.signal(signal.SIGHUP)
        run.err.wait_for("^info s: hangs in create$", timeout=LONG)
        pids = children(run.pid)
        self.assertEqual(1, len(pids))
        self.ends(run, pids, "^info runtime: stopped: [0-9]+ messages delivered$")
        self.assertEqual([], run.err.matching("^error "))

    def test_deadline(self) -> None:
        """stop: a source and a sink that both hang have one deadline, however long the drain has taken"""
        run = self.start(self.hanging("t", "stop", "count = 5"), self.hanging("s", "process"), route("t", "s"))
        run.err.wait_for("^info s: hangs in process$", timeout=LONG)
        pids = children(run.pid)
        self.assertEqual(2, len(pids))
        # The drain takes 2.5 s of the 5 then, as the sink might go on.
        self.ends(run, pids, "^warn runtime: stopped: 0 messages delivered, 5 not delivered$")
        for name in ("t", "s"):
            line = run.err.wait_for(f"^error {name}: its process did not stop within [0-9.]+ s and was killed$")
            self.assertLess(float(line.text.split()[-5]), 2.5)

    def test_nothing_unseen(self) -> None:
        """stop: what a source has emitted and its full route has no room for is the route's at the end, and is counted there"""
        run = self.start(node("t", "unruly", "lives = 0\ncount = 100000\nisolate = true"), self.hanging("s", "process"),
                         route("t", "s", "max_messages = 10"))
        # The route is full, its reader has what it holds, and the source has emitted all that its window takes.
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> s")["queue"]["messages"] == 10, LONG)
        self.ends(run, children(run.pid), "^warn runtime: stopped: 0 messages delivered, [0-9]+ not delivered$")
        self.assertGreaterEqual(int(run.err.texts()[-1].split()[-3]), 512)
        self.assertEqual([], run.err.matching("^warn t: "))

    def test_sink_has_time(self) -> None:
        """stop: a source that hangs in its stop keeps no sink from stopping, and what came before is delivered"""
        run = self.start(self.hanging("t", "stop", "count = 5"), node("s", "unruly", f"path = '{self.folder}/s.txt'\nlives = 0\nisolate = true"),
                         route("t", "s"))
        file = self.folder / "s.txt"
        until(lambda: file.exists() and len(file.read_text().splitlines()) == 5, LONG, lambda: "not all came", run)
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> s")["counters"]["delivered"] == 5, LONG)
        self.ends(run, children(run.pid), "^info runtime: stopped: 5 messages delivered$")
        run.err.wait_for("^error t: its process did not stop within [0-9.]+ s and was killed$")
        self.assertEqual(1, len(run.err.matching("^error ")), run.err.texts())


tap.main()
