# SPDX-License-Identifier: MIT
"""`culvert status` against running pipelines: exact counters, and runtimes that are found by their names."""

import json
import signal

import control
import culvert
import tap
from broker import Broker
from control import named, status, status_command, wait_status
from pipelines import counter, head, node, route
from process import Process

MESSAGES = 500


class Counters(tap.Case):
    def test_exact(self) -> None:
        """status: after a known number of messages every counter is exact, to a broker and a console"""
        broker = self.use(Broker(self.folder / "broker"))
        cloud = node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:{broker.port}'\n")
        run = self.use(culvert.run_text(
            self.folder, head() + counter(MESSAGES) + cloud + node("screen", "console")
            + node("bad", "sensor", "kind = 'counter'\ninterval = '1ms'\ncount = 30\nformat = 'bad'")
            + node("reject", "reject") + route("counter", "cloud", "topic = 'a/b'\nqos = 1") + route("counter", "screen")
            + route("bad", "reject") + route("bad", "reject", "filter = 'none'")))
        expected = {"counter -> cloud": MESSAGES, "counter -> screen": MESSAGES, "bad -> reject": 30}
        done = wait_status(self.folder, "edge", lambda seen: all(
            each["counters"]["delivered"] + each["counters"]["rejected"] == expected.get(each["name"], 0)
            for each in seen["routes"]))
        source, sink = named(done["nodes"], "counter"), named(done["nodes"], "screen")
        self.assertEqual((MESSAGES, 0), (source["counters"]["emitted"], source["counters"]["unrouted"]))
        self.assertEqual((MESSAGES, 0), (sink["counters"]["received"], sink["counters"]["rejected"]))
        rejecting = named(done["nodes"], "reject")["counters"]
        self.assertEqual((30, 30), (rejecting["received"], rejecting["rejected"]))
        self.assertEqual({"placed": MESSAGES, "delivered": MESSAGES, "rejected": 0, "dropped": 0, "dropped_oldest": 0,
                          "dropped_newest": 0, "dropped_downstream": 0, "dropped_by_hand": 0, "expired": 0, "damaged": 0, "stale_frames": 0,
                          "damaged_frames": 0, "stray_ranges": 0}, named(done["routes"], "counter -> cloud")["counters"])
        rejected = named(done["routes"], "bad -> reject")
        self.assertEqual((0, 30), (rejected["counters"]["delivered"], rejected["counters"]["rejected"]))
        self.assertEqual({"messages": 0, "max_messages": 1024, "bytes": 0, "max_bytes": 1 << 20, "in_flight": 0},
                         rejected["queue"])
        self.assertIsNone(rejected["journal"])
        self.assertEqual(0, named(done["routes"], "bad -> reject #2")["counters"]["placed"])
        self.assertEqual("up", named(done["nodes"], "cloud")["link"]["state"])
        # Up to a second old.
        own = named(wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "cloud")["plugin_counters"].get(
            "acknowledged") == MESSAGES)["nodes"], "cloud")["plugin_counters"]
        self.assertEqual((1, MESSAGES), (own["connected"], own["published"]))
        self.assertEqual([0, 0, 0, 0], [own[name] for name in ("refused", "given_back", "set_aside", "received")])
        self.assertEqual({"rounds": MESSAGES, "rounds_skipped": named(done["nodes"], "counter")["plugin_counters"][
            "rounds_skipped"], "bad_readings": 0}, named(done["nodes"], "counter")["plugin_counters"])
        self.assertEqual(["running"] * 5, [each["state"] for each in done["nodes"]])
        self.assertEqual(run.pid, done["runtime"]["pid"])
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertEqual(MESSAGES, len(broker.publishes("a/b")))
        self.assertEqual(MESSAGES, run.out.count())

    def test_dropped(self) -> None:
        """status: what a full route drops is counted by reason, and every message has one place in the sums"""
        run = self.use(culvert.run_text(
            self.folder, head() + node("t", "tokens", "count = 5000") + node("s", "slow", "delay = '1h'")
            + node("r", "slow", "delay = '1h'") + route("t", "s", "required = false\nmax_messages = 10")
            + route("t", "r", "required = false\nmax_messages = 10\nwhen_full = 'drop_oldest'")))
        run.err.wait_for("acked all: 5000 delivered", timeout=30)
        seen = status(self.folder, "edge")
        newest, oldest = seen["routes"]
        self.assertEqual(("drop_newest", "drop_oldest"), (newest["when_full"], oldest["when_full"]))
        self.assertEqual((10, 4990), (newest["queue"]["messages"], newest["counters"]["dropped_newest"]))
        self.assertEqual(0, newest["counters"]["dropped_oldest"])
        for each in seen["routes"]:
            counts, queue = each["counters"], each["queue"]
            self.assertEqual(counts["placed"], queue["messages"] + counts["delivered"] + counts["rejected"]
                             + counts["dropped_oldest"] + counts["dropped_downstream"])
            self.assertEqual(5000, counts["placed"] + counts["dropped_newest"])
        self.assertEqual(4990, oldest["counters"]["dropped"])
        self.assertGreater(oldest["counters"]["dropped_oldest"], 0)
        table = status_command(self.folder, str(self.folder / "test.toml"))
        self.assertEqual(0, table.returncode, table.stderr)
        self.assertIn("dropped_newest 4990", table.stdout)
        self.assertLessEqual(max(map(len, table.stdout.splitlines())), 80)
        run.signal(signal.SIGKILL)

    def test_reasons(self) -> None:
        """status: a failed node says why, a link that is down too, and a secret is nowhere"""
        secret = "correct-horse-battery"
        cloud = node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:1'\nusername = 'edge'\npassword = '{secret}'\n")
        run = self.use(culvert.run_text(
            self.folder, head() + node("t", "tokens", "count = 10") + node("bad", "thrower", "after = 3\non_failure = 'ignore'")
            + cloud + route("t", "bad") + route("t", "cloud")))
        run.err.wait_for("^error bad: ")
        seen = wait_status(self.folder, "edge", lambda seen: named(seen["nodes"], "bad")["state"] == "failed"
                           and (named(seen["nodes"], "cloud")["link"] or {}).get("state") == "down")
        self.assertIn("thrown after 3 messages", named(seen["nodes"], "bad")["reason"])
        self.assertEqual(0, named(seen["nodes"], "bad")["uptime_s"])
        self.assertIn("refused", named(seen["nodes"], "cloud")["link"]["detail"])
        table = status_command(self.folder, "--name", "edge").stdout
        self.assertIn("thrown after 3 messages", table)
        self.assertNotIn(secret, json.dumps(seen) + table)


class Names(tap.Case):
    def start(self, name: str, *, count: int = 0) -> Process:
        text = head(name) + f"state_dir = '{self.folder / name}'\n" + counter(count) + node("screen", "console")
        run = self.use(culvert.run_text(self.folder, text + route("counter", "screen"), name=f"{name}.toml"))
        run.err.wait_for("info runtime: running")
        return run

    def test_two(self) -> None:
        """status: two runtimes are told apart by their names, and by their files"""
        runs = {name: self.start(name) for name in ("one", "two")}
        for name, run in runs.items():
            self.assertEqual(run.pid, status(self.folder, name)["runtime"]["pid"])
            by_file = status_command(self.folder, "-c", str(self.folder / f"{name}.toml"))
            self.assertIn(f"runtime '{name}', process {run.pid}", by_file.stdout)

    def test_none(self) -> None:
        """status: without a runtime it ends with 69 and one line; a command line that is wrong ends with 64"""
        run = self.start("one")
        missing = status_command(self.folder, "--name", "edge")
        self.assertEqual((69, "", "culvert: no runtime 'edge' is running here, but 'one' is: name it with --name\n"),
                         (missing.returncode, missing.stdout, missing.stderr))
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertFalse(control.path(self.folder, "one").exists())
        self.assertEqual("culvert: no runtime 'one' is running here\n",
                         status_command(self.folder, "--name", "one").stderr)
        for wrong in (["--name", "a/b"], ["--format", "yaml"], ["a.toml", "--name", "one"], ["a.toml", "b.toml"]):
            self.assertEqual(64, status_command(self.folder, *wrong).returncode, wrong)
        self.assertEqual(78, status_command(self.folder, str(self.folder / "none.toml")).returncode)

    def test_stale(self) -> None:
        """status: the socket of a runtime that was killed is nobody's, and the next runtime replaces it"""
        self.start("edge").kill()
        self.assertTrue(control.path(self.folder, "edge").is_socket())
        self.assertEqual(69, status_command(self.folder, "--name", "edge").returncode)
        again = self.start("edge")
        self.assertEqual(again.pid, status(self.folder, "edge")["runtime"]["pid"])

    def test_same_name(self) -> None:
        """status: a second runtime of the same name carries messages, says why it cannot be asked, and takes nothing"""
        first = self.start("edge")
        text = head("edge") + f"state_dir = '{self.folder / 'other'}'\n" + counter(20) + node("screen", "console")
        second = self.use(culvert.run_text(self.folder, text + route("counter", "screen"), "--once", name="second.toml"))
        self.assertEqual(0, second.wait(30), second.err.texts())
        self.assertEqual(20, second.out.count())
        self.assertEqual(["warn control: another runtime is named 'edge', give this one another [runtime] name; "
                          "'culvert status', 'reload' and 'journal' cannot ask this runtime"],
                         [line.text for line in second.err.matching("control")])
        self.assertEqual(first.pid, status(self.folder, "edge")["runtime"]["pid"])

    def test_folder_of_others(self) -> None:
        """status: a runtime folder that others can write is not used, which is said, and messages go on"""
        (self.folder / "runtime").mkdir(mode=0o700)
        (self.folder / "runtime").chmod(0o1777)
        run = self.start("edge", count=5)
        run.err.wait_for("warn control: runtime folder '.*' can be written by others")
        run.out.wait_for("^4$")
        self.assertEqual([], list((self.folder / "runtime").iterdir()))


class Load(tap.Case):
    def test_same_delivery(self) -> None:
        """status: asked without end while a pipeline is under full load, it changes nothing of what is delivered"""
        count = 400_000
        text = (head() + node("t", "tokens", f"count = {count}") + node("x", "relay_transform") + node("s", "swallow")
                + route("t", "x") + route("x", "s"))
        run = self.use(culvert.run_text(self.folder, text, "--once", "--idle", "100ms"))
        run.err.wait_for("info runtime: running")
        asked, last = 0, {}
        while run.popen.poll() is None:
            answer = status_command(self.folder, "--name", "edge", "--format", "json")
            if answer.returncode == 0:
                asked, last = asked + 1, json.loads(answer.stdout)
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertGreater(asked, 1)
        self.assertLessEqual(named(last["routes"], "t -> x")["counters"]["delivered"], count)
        self.assertEqual([f"info t: acked all: {count} delivered, 0 not"], [line.text for line in run.err.matching("acked")])
        self.assertEqual([f"info runtime: stopped: {3 * count} messages delivered"],
                         [line.text for line in run.err.matching("stopped")])


tap.main()
