# SPDX-License-Identifier: MIT
"""Nodes that fail, or do not return: started again, quarantined, or left as they are, and what becomes of messages."""


import culvert
import tap
from control import named, status, status_command, wait_status
from pipelines import head, node, route
from process import Process

# A loaded machine may take its time; what is waited for comes all the same.
LONG = 60


class Supervision(tap.Case):
    def start(self, *parts: str, arguments: tuple[str, ...] = ()) -> Process:
        return self.use(culvert.run_text(self.folder, head() + "".join(parts), *arguments))

    def unruly(self, name: str, options: str = "") -> str:
        """An unruly node that writes what it takes to a file of its name."""
        return node(name, "unruly", f"path = '{self.folder / name}.txt'\n{options}")

    def file(self, name: str) -> str:
        """One that keeps the rules."""
        return self.unruly(name, "lives = 0")

    def lines(self, name: str) -> list[str]:
        file = self.folder / f"{name}.txt"
        return file.read_text().splitlines() if file.exists() else []

    def numbers(self, count: int) -> list[str]:
        return [str(number) for number in range(count)]

    def test_retried(self) -> None:
        """supervision: a sink that throws three times is made anew each time, and nothing is lost, twice or out of order"""
        run = self.start(node("t", "tokens", "count = 1000"), self.unruly("s", "after = 200\nlives = 3"), self.file("o"),
                         route("t", "s"), route("t", "o"))
        run.err.wait_for("acked all: 1000 delivered, 0 not", timeout=LONG)
        self.assertEqual(self.numbers(1000), self.lines("s"))
        self.assertEqual(self.numbers(1000), self.lines("o"))
        # Less up to a quarter, and rounded to a tenth of a second.
        run.err.wait_for(r"^warn s: failed, next try in 0\.[45] s$")
        self.assertEqual([f"error s: broken in process of life '{life}'" for life in (1, 2, 3)],
                         [line.text for line in run.err.matching("^error ")])
        seen = named(status(self.folder, "edge")["nodes"], "s")
        self.assertEqual(("running", 3, "", None, False), tuple(seen[key] for key in (
            "state", "restarts", "reason", "next_try_s", "quarantined")))
        self.assertEqual("broken in process of life '3'", seen["last_failure"]["reason"])
        self.assertIn("info life '3'", seen["last_failure"]["lines"])
        self.assertIn("3 restarts, last failure ", status_command(self.folder, "--name", "edge").stdout)
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual(3, run.err.times(r"^warn s: failed, next try in [0-9.]+ s$"), run.err.texts())

    def test_quarantined(self) -> None:
        """supervision: the fifth failure within ten minutes is the last, and another route goes on"""
        run = self.start(node("t", "tokens", "count = 100"), self.unruly("s"), self.file("o"), route("t", "s"),
                         route("t", "o"))
        waiting = wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["next_try_s"] is not None)
        self.assertEqual("failed", named(waiting["nodes"], "s")["state"])
        run.err.wait_for("^error s: it has failed 5 times in 10 minutes, and is not tried again: ", timeout=LONG)
        self.assertEqual(5, len(run.err.matching("^error s: broken in process of life ")))
        seen = named(wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["quarantined"])["nodes"], "s")
        self.assertEqual(("failed", 4, None), (seen["state"], seen["restarts"], seen["next_try_s"]))
        table = status_command(self.folder, "--name", "edge").stdout
        self.assertIn("  quarantined after 5 failures in 10 minutes\n", table)
        self.assertLessEqual(max(map(len, table.splitlines())), 80)
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> o")["counters"]["delivered"] == 100)
        self.assertEqual(self.numbers(100), self.lines("o"))
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertIn("100 not delivered", run.err.texts()[-1])

    def test_last(self) -> None:
        """supervision: the runtime ends with 1 once its last node that takes messages is quarantined, not before"""
        run = self.start(node("t", "tokens"), self.unruly("s"), route("t", "s"))
        self.assertEqual(1, run.wait(LONG), run.err.texts())
        self.assertEqual(5, len(run.err.matching("^error s: broken")), run.err.texts())
        run.err.wait_for("^error runtime: no node is left that takes messages, ending")

    def test_fail(self) -> None:
        """supervision: with on_failure = "fail" the first failure ends the runtime with 1 and the node's name"""
        run = self.start(node("t", "tokens"), self.unruly("s", "on_failure = 'fail'"), self.file("o"), route("t", "s"),
                         route("t", "o"))
        self.assertEqual(1, run.wait(LONG), run.err.texts())
        run.err.wait_for("^error runtime: node 's' failed, ending")

    def test_ignore(self) -> None:
        """supervision: with on_failure = "ignore" a node stays failed and the others go on, with --once to their end"""
        parts = (node("t", "tokens", "count = 100"), self.unruly("s", "on_failure = 'ignore'\nafter = 7"), self.file("o"),
                 node("x", "relay_transform"), route("t", "s"), route("t", "o"), route("t", "x"), route("x", "s"))
        run = self.start(*parts)
        run.err.wait_for("^warn s: stays failed")
        wait_status(self.folder, "edge", lambda seen: named(seen["routes"], "t -> o")["counters"]["delivered"] == 100)
        self.assertEqual(("failed", 0), tuple(named(status(self.folder, "edge")["nodes"], "s")[key] for key in (
            "state", "restarts")))
        self.assertEqual(0, run.stop(), run.err.texts())
        once = self.start(*parts, arguments=("--once", "--timeout", "60s"))
        self.assertEqual(0, once.wait(LONG), once.err.texts())
        self.assertEqual(2 * self.numbers(100), self.lines("o"))

    def test_once(self) -> None:
        """supervision: with --once nothing is tried again: a failure ends it with 1"""
        run = self.start(node("t", "tokens"), self.unruly("s", "lives = 1"), route("t", "s"), arguments=("--once",))
        self.assertEqual(1, run.wait(LONG), run.err.texts())
        run.err.wait_for("^error runtime: node 's' failed, ending")
        self.assertEqual([], run.err.matching("next try"))

    def test_each_call(self) -> None:
        """supervision: whatever call throws, something that is no exception too, or answers nonsense, its node alone fails"""
        cases = {"start": "throw", "process": "garbage", "flush": "throw_int", "poll": "garbage", "acked": "throw"}
        text = node("t", "tokens", "count = 100")
        for call, how in cases.items():
            text += self.unruly(call, f"in = '{call}'\nhow = '{how}'\nlives = 1\ncount = 3\n") + route("t", call)
            text += route(call, "o")
        run = self.start(text, self.file("o"))
        run.err.wait_for("acked all: 100 delivered, 0 not", timeout=LONG)
        for call in cases:
            self.assertEqual(self.numbers(100), self.lines(call), call)
            run.err.wait_for(f"^info {call}: runs again, restart 1", timeout=LONG)
            self.assertEqual(1, len(run.err.matching(f"^error {call}: ")), run.err.texts())
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_emits_late(self) -> None:
        """supervision: what a plugin emits after its stop is refused and said, and reaches nobody, at the next instance neither"""
        run = self.start(node("t", "tokens", "count = 100"), self.unruly("s", "how = 'emit_late'\nlives = 1\nafter = 50"),
                         self.file("o"), route("t", "s"), route("s", "o"))
        run.err.wait_for("^warn s: a message was refused: it came after its node was stopped", timeout=LONG)
        run.err.wait_for("acked all: 100 delivered, 0 not", timeout=LONG)
        self.assertEqual(self.numbers(100), self.lines("s"))
        self.assertEqual([], self.lines("o"))
        self.assertGreater(named(status(self.folder, "edge")["nodes"], "s")["counters"]["refused"], 0)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_source(self) -> None:
        """supervision: a source that fails with messages on their way is told of its new instance's alone"""
        run = self.start(node("s", "unruly", "in = 'acked'\nafter = 20\nlives = 2\ncount = 500"), self.file("o"),
                         route("s", "o"))
        run.err.wait_for("^info s: acked all 500 of life '3'", timeout=LONG)
        self.assertEqual([], run.err.matching("which is another's"))
        # Each life begins anew, and all that any of them has emitted has come.
        self.assertEqual([str(number) for number in range(1, 501)], self.lines("o")[-500:])
        seen = named(status(self.folder, "edge")["nodes"], "s")
        self.assertEqual(seen["counters"]["emitted"], len(self.lines("o")))
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_hang(self) -> None:
        """supervision: a call that does not return within hang_timeout marks its node, and the mark goes when it returns"""
        run = self.start(node("t", "tokens", "count = 100"), self.unruly("s", "how = 'hang'\nlives = 1\nhang = '8s'\n"
                                                                         "hang_timeout = '2s'"),
                         self.file("o"), route("t", "s"), route("t", "o"))
        run.err.wait_for(r"^warn s: the plugin has not returned from 'process' for \d+ s, still waiting", timeout=LONG)
        seen = wait_status(self.folder, "edge", lambda seen: True)
        returned = run.err.matching("^info s: the plugin has returned")
        if not returned:
            self.assertEqual("degraded", named(seen["nodes"], "s")["state"])
            self.assertRegex(named(seen["nodes"], "s")["reason"], r"^the plugin has not returned from 'process' for \d+ s$")
        run.err.wait_for(r"^info s: the plugin has returned from 'process', after \d+ s", timeout=LONG)
        run.err.wait_for("acked all: 100 delivered, 0 not", timeout=LONG)
        seen = named(wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "s")["state"] == "running")["nodes"],
                     "s")
        self.assertEqual(("", 0), (seen["reason"], seen["restarts"]))
        self.assertEqual(1, len(run.err.matching("^warn s: the plugin has not returned")))
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_hang_start(self) -> None:
        """supervision: a restart that hangs is marked too"""
        run = self.start(node("t", "tokens"), node("s", "unruly", "in = 'start'\nlives = 1"),
                         self.file("o"), node("h", "unruly", "in = 'start'\nhow = 'hang'\nhang = '6s'\nlives = 1\n"
                                                "hang_timeout = '2s'"),
                         route("t", "s"), route("t", "h"), route("t", "o"))
        run.err.wait_for("^warn h: the plugin has not returned from 'start' for ", timeout=LONG)
        run.err.wait_for("^info h: the plugin has returned from 'start'", timeout=LONG)
        run.err.wait_for("acked all", timeout=LONG)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_in_create(self) -> None:
        """supervision: a node that cannot be created at the start of the runtime ends it with 1, and says why"""
        run = self.start(node("t", "tokens"), self.unruly("s", "in = 'create'"), route("t", "s"))
        self.assertEqual(1, run.wait(LONG), run.err.texts())
        run.err.wait_for("^error s: broken in create of life '1'")

    def test_checked(self) -> None:
        """supervision: a wrong on_failure or hang_timeout is refused with its place and what is possible"""
        file = self.folder / "bad.toml"
        for option, why in (
            ("on_failure = 'retrry'", "'on_failure' must be 'retry', 'fail' or 'ignore', got 'retrry', did you mean 'retry'?"),
            ("hang_timeout = 30", "'hang_timeout' must have a unit: write it with one, such as \"30s\""),
            ("hang_timeout = '10ms'", "'hang_timeout' must be from 1s to 1h, got '10ms'"),
            ("on_failur = 'retry'", "did you mean 'on_failure'?"),
        ):
            file.write_text(head() + node("t", "tokens") + node("s", "swallow", option) + route("t", "s"))
            done = culvert.check(self.folder, file)
            self.assertNotEqual(0, done.returncode, option)
            self.assertRegex(done.stdout + done.stderr, r"bad\.toml:\d+:\d+: node 's': ")
            self.assertIn(why, done.stdout + done.stderr)


tap.main()
