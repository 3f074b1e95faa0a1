# SPDX-License-Identifier: MIT
"""`culvert journal` on a box that runs: the same commands and words, answered by the runtime itself."""

import json
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import culvert
import tap
from broker import Broker
from control import named, status, wait_status
from journals import ROUTE, Journal, pipeline
from pipelines import counter, head, node, route
from ports import free_port
from process import Process

MESSAGES = 3000


def in_flight(folder: Path) -> int:
    return named(status(folder, "edge")["routes"], ROUTE)["queue"]["in_flight"]


class Running(Journal):
    def dropped_by_hand(self) -> int:
        return status(self.folder, "edge")["routes"][0]["counters"]["dropped_by_hand"]

    def settled(self) -> None:
        """Waits until the reader has been sent what it takes, and all else is on disk."""
        seen = -1

        def is_still(found: dict) -> bool:
            nonlocal seen
            before, seen = seen, found["routes"][0]["queue"]["in_flight"]
            return found["routes"][0]["journal"]["unwritten"] == 0 and before == seen

        wait_status(self.folder, "edge", is_still)


class Look(Running):
    def test_same(self) -> None:
        """journal: a box that runs lists, shows and exports what it does when it is stopped, and says it in the same words"""
        run = self.start(MESSAGES)
        self.settled()
        first, = self.listed()
        self.assertEqual((MESSAGES, True, None, 256 << 20),
                         tuple(first[key] for key in ("messages", "in_use", "error", "max_bytes")))
        table = self.ask("list", self.config)
        self.assertEqual("", table.stderr)
        self.assertRegex(table.stdout, r"from 20\d\d-\S+Z to 20\d\d-\S+Z")
        asked = [["show", ROUTE, self.config], ["show", "source.cloud", self.config, "--limit", "300"],
                 ["export", ROUTE, self.config], ["export", ROUTE, "--state-dir", str(self.state)],
                 ["show", ROUTE, self.config, "--dead"]]
        running = [self.ask(*arguments).stdout for arguments in asked]
        self.assertEqual(0, run.stop(30), run.err.texts())
        self.assertEqual(MESSAGES, running[2].count("\n"))
        for arguments, before in zip(asked, running):
            self.assertEqual(before, self.ask(*arguments).stdout, arguments)
        after, = self.listed()
        same = ("route", "name", "messages", "bytes", "oldest_ns", "newest_ns", "dead", "set_aside")
        self.assertEqual([first[key] for key in same], [after[key] for key in same])

    def test_large(self) -> None:
        """journal: of a box that runs a message larger than a part is exported whole"""
        text = pipeline(free_port(), 3).replace("count = 3", "count = 3\npad = 100000")
        run = self.use(culvert.run_text(self.folder, text))
        run.err.wait_for("acked all", timeout=60)
        self.assertEqual([100002] * 3, [len(each["payload"]) for each in self.exported()])

    def test_dead(self) -> None:
        """journal: dead letters of a box that runs are shown, and dropped alone"""
        content = (head() + node("source", "sensor", "kind = 'counter'\ninterval = '1ms'\ncount = 3\nformat = 'bad'")
                   + node("cloud", "reject") + route("source", "cloud", "durable = true"))
        run = self.use(culvert.run_text(self.folder, content))
        wait_status(self.folder, "edge", lambda seen: seen["routes"][0]["counters"]["rejected"] == 3)
        shown = self.ask("show", ROUTE, self.config, "--dead").stdout
        self.assertEqual(3, shown.count("it is bad]\n"))
        letters = self.exported("--dead")
        self.assertEqual((0, 3), (self.listed()[0]["messages"], self.listed()[0]["dead"]))
        self.assertEqual(f"dropped of route '{ROUTE}': 3 dead letters\n", self.ask("drop", ROUTE, self.config, "--dead").stdout)
        self.assertEqual(0, self.listed()[0]["dead"])
        self.assertEqual([], self.exported("--dead"))
        self.assertEqual(0, run.stop(30), run.err.texts())
        self.assertEqual(0, self.listed()[0]["dead"])
        self.assertEqual(3, len(letters))


class Drop(Running):
    def test_away(self) -> None:
        """journal: while the broker is away what waits is dropped at once and counted, and only what was on its way comes"""
        port = free_port()
        run = self.start(MESSAGES, port)
        self.settled()
        stay = in_flight(self.folder)
        self.assertGreater(stay, 0)
        aside = self.file.with_name("source.cloud.db.damaged-20260101T000000")
        aside.write_bytes(b"x")
        done = self.ask("drop", ROUTE, self.config, "--all")
        self.assertRegex(done.stdout, rf"^dropped of route '{ROUTE}': {MESSAGES - stay} messages of \S+ KiB and 0 dead letters, "
                                      rf"1 file set aside; {stay} messages are on their way and stay\n$")
        run.err.wait_for(f"info control: route '{ROUTE}': dropped by hand: {MESSAGES - stay} messages")
        self.assertFalse(aside.exists())
        self.assertEqual(MESSAGES - stay, self.dropped_by_hand())
        self.assertEqual(stay, self.listed()[0]["messages"])
        self.assertEqual([str(number) for number in range(stay)], [each["payload"] for each in self.exported()])
        self.assertEqual(0, run.stop(30), run.err.texts())
        self.assertRegex(run.err.texts()[-1], f"0 messages delivered, {MESSAGES - stay} dropped by hand, {stay} kept in journals")
        self.assertEqual([str(number) for number in range(stay)], [each["payload"] for each in self.exported()])
        broker = self.use(Broker(self.folder / "broker", log_types=("information", "notice")))
        run = self.use(culvert.run_text(self.folder, pipeline(broker.port, 1), "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertRegex(run.err.texts()[-1], f"stopped: {stay + 1} messages delivered$")

    def test_killed(self) -> None:
        """journal: what was dropped does not come back after a kill"""
        run = self.start(MESSAGES)
        self.settled()
        stay = in_flight(self.folder)
        self.ask("drop", ROUTE, self.config, "--all")
        run.kill()
        self.assertEqual([str(number) for number in range(stay)], [each["payload"] for each in self.exported()])

    def test_drains(self) -> None:
        """journal: dropped while it drains, each message is delivered or dropped, none both, and what comes then is delivered"""
        self.stopped(MESSAGES)
        text = (head() + node("source", "sensor", "kind = 'counter'\ninterval = '2ms'") + node("cloud", "slow", "delay = '1ms'")
                + route("source", "cloud", "durable = true"))
        run = self.use(culvert.run_text(self.folder, text))
        route_of = lambda seen: seen["routes"][0]
        wait_status(self.folder, "edge", lambda seen: route_of(seen)["counters"]["delivered"] > 100)
        done = self.ask("drop", ROUTE, self.config, "--all")
        dropped = int(re.search(r": (\d+) messages? of", done.stdout)[1])
        self.assertGreater(dropped, 0)
        delivered = route_of(status(self.folder, "edge"))["counters"]["delivered"]
        found = route_of(wait_status(
            self.folder, "edge", lambda seen: route_of(seen)["counters"]["delivered"] > delivered + 1000, timeout=60))
        counts = found["counters"]
        self.assertEqual(dropped, counts["dropped_by_hand"])
        self.assertEqual(counts["dropped"], dropped)
        self.assertEqual(MESSAGES + counts["placed"], counts["delivered"] + counts["dropped"] + found["queue"]["messages"]
                         + found["journal"]["messages"])
        self.assertNotIn("its queue is full", "\n".join(run.err.texts()))

    def test_stranger(self) -> None:
        """journal: a journal of no route is not dropped beside a runtime that is at work"""
        self.stopped(3)
        text = head() + counter(1) + node("screen", "console") + route("counter", "screen")
        run = self.use(culvert.run_text(self.folder, text))
        run.out.wait_for("^0$")
        said = self.ask("drop", ROUTE, self.config, "--all", status=73).stderr
        self.assertEqual(f"culvert: state folder '{self.state}' is in use by process {run.pid}, which has no such journal: "
                         "stop that runtime first\n", said)
        self.assertEqual(["0", "1", "2"], [each["payload"] for each in self.exported()])


class Interrupted(Running):
    def test_stop(self) -> None:
        """journal: a runtime that is stopped in the middle of an export ends it with an error, not as if that were all"""
        text = pipeline(free_port(), MESSAGES).replace(f"count = {MESSAGES}", f"count = {MESSAGES}\npad = 500")
        run = self.use(culvert.run_text(self.folder, text))
        run.err.wait_for("acked all", timeout=60)
        reading = self.use(subprocess.Popen([culvert.executable(), "journal", "export", ROUTE, self.config],
                                            env=culvert.environment(self.folder), stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True))
        first = reading.stdout.readline()
        # The pipe holds a part of it, and nobody reads on.
        self.assertEqual(0, run.stop(30), run.err.texts())
        rest, said = reading.stdout.read(), reading.stderr.read()
        self.assertEqual(1, reading.wait(60), said)
        self.assertRegex(said, rf"^culvert: journal of route '{ROUTE}': .+: what was written is not all of it\n$")
        read = [json.loads(line)["seq"] for line in (first + rest).splitlines()]
        self.assertEqual([*range(1, len(read) + 1)], read)
        self.assertLess(len(read), MESSAGES)
        self.assertEqual(MESSAGES, len(self.exported()))

    def test_hung(self) -> None:
        """journal: while its disk hangs every command says so within seconds, the runtime answers on, and all is well after it"""
        hung = self.folder / "hung"
        preload = Path(os.environ["CULVERT_BUILD"]) / "tests" / "e2e" / "hung_disk.so"
        # The sanitizers' library is not the first one then, which they would refuse.
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        text = (head() + node("source", "sensor", "kind = 'counter'\ninterval = '10ms'") + node("cloud", "slow", "delay = '1h'")
                + route("source", "cloud", "durable = true\nrequired = false"))
        run = self.use(culvert.run_text(self.folder, text, env={
            "LD_PRELOAD": str(preload), "HUNG_DISK": str(hung), "ASAN_OPTIONS": options}))
        self.addCleanup(hung.unlink, missing_ok=True)
        wait_status(self.folder, "edge", lambda seen: seen["routes"][0]["counters"]["placed"] > 700)
        hung.touch()
        wait_status(self.folder, "edge", lambda seen: seen["routes"][0]["journal"]["unwritten"] > 20)
        silent = f"journal of route '{ROUTE}': its disk does not answer, be it slow or broken"
        for command in ("show", "export"):
            done = self.ask(command, ROUTE, self.config, status=1)
            self.assertEqual(("", f"culvert: {silent}\n"), (done.stdout, done.stderr))
        each, = self.listed(status=1)
        self.assertEqual((silent, None), (each["error"], each["oldest_ns"]))
        self.assertGreater(each["messages"], 700)
        done = self.ask("drop", ROUTE, self.config, "--all", status=1)
        self.assertRegex(done.stdout, rf"^dropped of route '{ROUTE}': [1-9]\d* messages of ")
        self.assertIn("its disk has not erased all of that yet", done.stderr)
        hung.unlink()
        stay = in_flight(self.folder)
        self.assertEqual(stay, sum(each["seq"] <= stay for each in self.exported()))
        self.assertEqual(None, self.listed()[0]["error"])
        self.assertEqual(0, run.stop(30), run.err.texts())

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_another_user(self) -> None:
        """journal: another user can neither look into a box that runs nor drop anything of it"""
        self.start(5)
        self.folder.chmod(0o755)
        for command in (["list"], ["show", ROUTE], ["export", ROUTE], ["drop", ROUTE, "--all"], ["drop", ROUTE, "--dead"]):
            done = subprocess.run(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", culvert.executable(), "journal", *command,
                 "--state-dir", str(self.state)], env=culvert.environment(self.folder), capture_output=True, text=True, timeout=60)
            self.assertEqual((1, ""), (done.returncode, done.stdout), command)
            self.assertEqual(f"culvert: state folder '{self.state}': Permission denied, ask as root or as the user that it "
                             "belongs to\n", done.stderr)
        self.assertEqual(5, self.listed()[0]["messages"])


tap.main()
