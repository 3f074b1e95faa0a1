# SPDX-License-Identifier: MIT
"""A running pipeline takes a changed configuration: what differs is made anew, all else runs on."""

import os
import shutil
import signal
import threading
from pathlib import Path

import culvert
import reloading
import tap
from control import named, status, wait_status
from manager import Manager
from pipelines import BUILD, node, route
from reloading import LONG, Reload, head
from until import until


class Plain(Reload):
    def test_changed(self) -> None:
        """reload: only what differs is made anew, the diff says what, and no message is lost or comes twice"""
        def text(hang: str) -> str:
            return (head() + node("n", "numbered", f"count = 3000\npath = '{self.folder / 'n'}'") +
                    self.sink("a") + self.sink("b", f"hang_timeout = '{hang}'") + route("n", "a") + route("n", "b"))

        run = self.start(text("30s"))
        same = self.reload(text("30s"))
        self.assertEqual("done, nothing differs\n", same.stdout)
        found = reloading.report(self.reload(text("20s"), "--format", "json"))
        self.assertEqual({"n": "unchanged", "a": "unchanged", "b": "changed"}, reloading.fates(found["nodes"]))
        self.assertEqual(["hang_timeout"], named(found["nodes"], "b")["what"])
        self.assertEqual({"n -> a": "unchanged", "n -> b": "unchanged"}, reloading.fates(found["routes"]))
        for name in ("a", "b"):
            self.wait_lines(name, [str(number) for number in range(1, 3001)], run)
        nodes = status(self.folder, "edge")["nodes"]
        self.assertLess(named(nodes, "b")["uptime_s"], named(nodes, "a")["uptime_s"])
        self.assertEqual(1, len(run.err.matching("^info a: life ")))
        self.assertEqual(2, len(run.err.matching("^info b: life ")))
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_source(self) -> None:
        """reload: a source that is made anew has all its tokens back before it goes, and nothing comes twice"""
        def text(hang: str) -> str:
            return (head() + node("n", "numbered", f"count = 20000\npath = '{self.folder / 'n'}'\nhang_timeout = '{hang}'") +
                    self.sink("a") + route("n", "a"))

        run = self.start(text("30s"))
        self.reload(text("20s"))
        self.reload(text("10s"))
        self.wait_lines("a", [str(number) for number in range(1, 20001)], run)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_unfinished(self) -> None:
        """reload: what a node that goes has taken in, and what it was sent, is said when it does not end in time"""
        def text(hang: str) -> str:
            timeout = f"hang_timeout = '{hang}'"
            return (head() + node("n", "numbered", f"count = 9\npath = '{self.folder / 'n'}'\n{timeout}") +
                    node("s", "slow", f"{reloading.NEVER}\n{timeout}") + route("n", "s"))

        run = self.start(text("30s"))
        self.queued("n -> s", 9)
        self.reload(text("20s"))
        late = "did not end within 2.5 s, and may come twice$"
        run.err.wait_for(f"^warn reload: node 'n': 9 messages that it has taken in {late}", timeout=LONG)
        run.err.wait_for(f"^warn reload: route 'n -> s': 9 messages that its reader was sent {late}", timeout=LONG)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_new_and_gone(self) -> None:
        """reload: nodes and routes come and go while the others run on"""
        counter = node("c", "sensor", "kind = 'counter'\ninterval = '5ms'\nformat = '{value}'")
        small = head() + counter + self.sink("a") + route("c", "a")
        large = (head() + counter + self.sink("a") + node("x", "relay_transform") + self.sink("b") + route("c", "a") +
                 route("c", "x") + route("x", "b"))
        run = self.start(small)
        found = reloading.report(self.reload(large, "--format", "json"))
        self.assertEqual({"c": "unchanged", "a": "unchanged", "x": "new", "b": "new"}, reloading.fates(found["nodes"]))
        until(lambda: len(self.lines("b")) > 20, LONG, lambda: str(run.err.texts()), run)
        found = reloading.report(self.reload(small, "--format", "json"))
        self.assertEqual({"c": "unchanged", "a": "unchanged", "x": "removed", "b": "removed"},
                         reloading.fates(found["nodes"]))
        self.assertEqual(["c", "a"], [one["name"] for one in status(self.folder, "edge")["nodes"]])
        # All that was sent that way has come through it: each number from the first on.
        taken = list(dict.fromkeys(int(line) for line in self.lines("b")))
        self.assertEqual(list(range(taken[0], taken[0] + len(taken))), taken)
        self.assertEqual(0, run.stop(), run.err.texts())
        numbers = [int(line) for line in self.lines("a")]
        self.assertEqual(list(range(numbers[0], numbers[0] + len(numbers))), numbers)

    def test_bad_file(self) -> None:
        """reload: a bad file leaves all as it was, with the words of `culvert check` and 78"""
        good = head() + node("t", "tokens", "count = 10") + self.sink("a") + route("t", "a")
        run = self.start(good)
        found = self.reload(good.replace("count = 10", "count = 'ten'") + "[node.b]\n", code=reloading.BAD_FILE)
        check = culvert.check(self.folder, self.folder / "test.toml")
        self.assertEqual(check.stderr, found.stderr)
        self.assertIn("refused, all is as it was: the configuration has errors", found.stdout)
        self.assertEqual(1, len(run.err.matching("^info a: life ")))
        self.assertEqual(["t", "a"], [one["name"] for one in status(self.folder, "edge")["nodes"]])
        self.reload(good)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_refused(self) -> None:
        """reload: a node that can't be created, and a [runtime] name that differs, leave all as it was"""
        good = head() + node("t", "tokens", "count = 10") + self.sink("a") + route("t", "a")
        run = self.start(good)
        bad = good + node("u", "unruly", "in = 'create'") + route("t", "u")
        found = self.reload(bad, code=reloading.REFUSED)
        self.assertIn("node 'u' could not be created: ", found.stdout)
        found = self.reload(good.replace("name = 'edge'", "name = 'other'"), code=reloading.REFUSED)
        self.assertIn("[runtime] 'name' can't change while it runs, restart the runtime", found.stdout)
        self.assertEqual(["t", "a"], [one["name"] for one in status(self.folder, "edge")["nodes"]])
        self.assertEqual(1, len(run.err.matching("^info a: life ")))
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_rolled_back(self) -> None:
        """reload: a node that fails within health_window has the configuration of before put back, with 75"""
        def text(options: str) -> str:
            return (head() + node("n", "numbered", f"count = 5000\npath = '{self.folder / 'n'}'") +
                    self.sink("a", options) + self.sink("b") + route("n", "a") + route("n", "b"))

        run = self.start(text(""))
        bad = text("on_failure = 'fail'").replace("lives = 0", "in = 'start'", 1)
        found = self.reload(bad + node("z", "slow") + route("n", "z"), code=reloading.ROLLED_BACK)
        self.assertIn("rolled back, the configuration of before runs again: node 'a' failed: broken in start", found.stdout)
        self.assertEqual(["n", "a", "b"], [one["name"] for one in status(self.folder, "edge")["nodes"]])
        for name in ("a", "b"):
            self.wait_lines(name, [str(number) for number in range(1, 5001)], run)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_hangup(self) -> None:
        """reload: SIGHUP reloads, and the log has the verdict"""
        good = head() + node("t", "tokens", "count = 10") + self.sink("a") + route("t", "a")
        run = self.start(good)
        reloading.write(self.folder, good + self.sink("b") + route("t", "b"))
        run.signal(signal.SIGHUP)
        run.err.wait_for("^info reload: done: nodes 1 new; routes 1 new$", timeout=LONG)
        reloading.write(self.folder, good + "[[route]]\n")
        run.signal(signal.SIGHUP)
        run.err.wait_for("^error config: .*'from' is missing", timeout=LONG)
        run.err.wait_for("^error reload: refused, all is as it was: ", timeout=LONG)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_one_at_a_time(self) -> None:
        """reload: while one is watched a second one is told so, and SIGTERM ends it all properly"""
        good = head(window="1m") + node("t", "tokens", "count = 10") + self.sink("a") + route("t", "a")
        run = self.start(good)
        reloading.write(self.folder, good + self.sink("b") + route("t", "b"))
        first: list = []
        asking = threading.Thread(target=lambda: first.append(reloading.command(self.folder)))
        asking.start()
        wait_status(self.folder, "edge", lambda seen: len(seen["nodes"]) == 3, LONG)
        second = reloading.command(self.folder)
        self.assertEqual(reloading.REFUSED, second.returncode, second.stdout + second.stderr)
        self.assertIn("a reload is under way (watching): ask again when it is over", second.stderr)
        self.assertEqual(0, run.stop(), run.err.texts())
        asking.join(LONG)
        self.assertEqual(reloading.UNAVAILABLE, first[0].returncode, first[0].stdout + first[0].stderr)

    def test_nobody(self) -> None:
        """reload: without a runtime it is 69"""
        self.assertEqual(reloading.UNAVAILABLE, reloading.command(self.folder).returncode)

    def test_manager(self) -> None:
        """reload: the service manager is told that it begins, and when it is over"""
        manager = self.use(Manager(self.folder))
        text = head() + node("t", "tokens", "count = 10") + self.sink("a") + route("t", "a")
        run = self.use(culvert.run_text(self.folder, text, env=manager.env()))
        manager.wait_for(lambda message: message.get("READY") == "1")
        self.reload(text + "[[route]]\n", code=reloading.BAD_FILE)
        begun = manager.wait_for(lambda message: message.get("RELOADING") == "1")
        self.assertGreater(int(begun["MONOTONIC_USEC"]), 0)
        manager.wait_for(lambda message: message.get("READY") == "1")
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_quarantined(self) -> None:
        """reload: a node that had failed for good is tried anew, although its settings are the same"""
        flag = self.folder / "there"
        text = (head() + node("t", "tokens", "count = 10") + self.sink("a") + route("t", "a") +
                node("u", "unruly", f"path = '{flag / 'u.txt'}'\nlives = 0\non_failure = 'ignore'") + route("t", "u"))
        run = self.use(culvert.run_text(self.folder, text))
        wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "u")["state"] == "failed", LONG)
        flag.mkdir()
        found = reloading.report(self.reload(text, "--format", "json"))
        self.assertEqual(("changed", ["it had failed"]), tuple(named(found["nodes"], "u")[key] for key in ("fate", "what")))
        until(lambda: (flag / "u.txt").exists() and len((flag / "u.txt").read_text().splitlines()) == 10, LONG,
              lambda: str(run.err.texts()), run)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_level(self) -> None:
        """reload: [runtime] log_level and memory change while all nodes run on"""
        text = head() + node("t", "tokens", "count = 10") + self.sink("a") + route("t", "a")
        run = self.start(text)
        found = reloading.report(self.reload(text.replace("health", "log_level = 'debug'\nmemory = '8MiB'\nhealth"),
                                          "--format", "json"))
        self.assertEqual(["log_level", "memory"], found["runtime"])
        run.err.wait_for(r"^info reload: done: \[runtime\] log_level; \[runtime\] memory$", timeout=LONG)
        self.assertEqual({"t": "unchanged", "a": "unchanged"}, reloading.fates(found["nodes"]))
        self.assertEqual(8 << 20, status(self.folder, "edge")["runtime"]["max_queued_bytes"])
        self.assertEqual(0, run.stop(), run.err.texts())


class Isolated(Reload):
    def test_isolated(self) -> None:
        """reload: an isolated node is replaced, and one that moves between thread and process loses nothing"""
        def text(first: str, second: str) -> str:
            return (head() + node("n", "numbered", f"count = 20000\npath = '{self.folder / 'n'}'\n{first}") +
                    self.sink("a", second) + route("n", "a"))

        run = self.start(text("", "isolate = true"))
        for first, second in (("", "isolate = true\nhang_timeout = '20s'"), ("isolate = true", "isolate = true"),
                              ("isolate = true\nhang_timeout = '20s'", ""), ("", "")):
            self.reload(text(first, second))
        until(lambda: len(set(self.lines("a"))) == 20000, LONG, lambda: str(run.err.texts()), run)
        self.assertEqual(0, run.stop(), run.err.texts())
        again = len(self.lines("a")) - 20000
        print(f"# {again} messages came twice")
        self.assertLess(again, 5 * 512)

    def test_plugin_file(self) -> None:
        """reload: a plugin's file that has changed is a change of an isolated node, and asks for a restart in process"""
        folder = self.folder / "plugins"
        folder.mkdir()
        for name in ("tokens", "unruly"):
            shutil.copy(BUILD / "tests" / "fixtures" / f"{name}.so", folder)

        def text(isolate: str, more: str = "") -> str:
            return (f"[runtime]\nname = 'edge'\nhealth_window = '1s'\nplugin_path = ['{folder}']\n" +
                    node("t", "tokens", "count = 10") + self.sink("a", isolate + more) + route("t", "a"))

        run = self.start(text("isolate = true"))
        self.replace(folder / "unruly.so")
        found = reloading.report(self.reload(text("isolate = true"), "--format", "json"))
        self.assertEqual(("changed", ["its plugin's file"]),
                         tuple(named(found["nodes"], "a")[key] for key in ("fate", "what")))
        if os.environ.get("CULVERT_ISOLATE") != "all":
            self.reload(text(""))
            self.replace(folder / "unruly.so")
            self.reload(text(""))
            run.err.wait_for("^warn reload: node 'a': the file of its plugin, .* and only a restart takes it", timeout=LONG)
            found = self.reload(text("", "\nhang_timeout = '20s'"), code=reloading.REFUSED)
            self.assertIn("and only a restart, or isolate = true, takes it", found.stdout)
        self.assertEqual(0, run.stop(), run.err.texts())

    def replace(self, file: Path) -> None:
        shutil.copy(file, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)


tap.main()
