# SPDX-License-Identifier: MIT
"""`culvert journal` on a box that is stopped: what it shows, and what it deletes."""

import base64
import json
import sqlite3
import struct
import subprocess
from pathlib import Path

import culvert
import tap
from broker import Broker
from journals import ROUTE, Journal, pipeline
from pipelines import counter, head, node, route
from ports import free_port


def text(value: bytes, width: str = "<H") -> bytes:
    return struct.pack(width, len(value)) + value


def entry(seq: int, *, flags: int = 0, topic: bytes = b"t", content_type: bytes = b"", payload: bytes | None = None,
          properties: tuple[tuple[bytes, bytes], ...] = (), fields: tuple[bytes, ...] = ()) -> bytes:
    """As core/channel/FRAMES.md has it."""
    body = struct.pack("<QqIBBHHHI", seq, 1_000_000_000, flags, 0 if payload is None else 1, len(properties), len(fields),
                       len(topic), len(content_type), len(payload or b"")) + topic + content_type
    body += b"".join(struct.pack("<HH", len(name), len(value)) + name + value for name, value in properties)
    return text(body + b"".join(fields) + (payload or b""), "<I")


def field(kind: int, name: bytes, value: bytes, quality: int = 0, unit: bytes = b"") -> bytes:
    return struct.pack("<BBHH", kind, quality, len(name), len(unit)) + name + unit + value


class Look(Journal):
    def test_stopped(self) -> None:
        """journal: of a stopped box it shows every message in order and changes no byte of the folder"""
        self.stopped(700)
        before = self.files()
        each, = self.listed()
        with sqlite3.connect(self.file) as database:
            size, = database.execute("SELECT sum(length(entry)) FROM message").fetchone()
        database.close()
        self.assertEqual((ROUTE, "source.cloud", 700, size, 0, False, None, [], self.file.stat().st_size),
                         tuple(each[key] for key in ("route", "name", "messages", "bytes", "dead", "in_use", "error",
                                                     "set_aside", "file_bytes")))
        self.assertLessEqual(each["oldest_ns"], each["newest_ns"])
        table = self.ask("list", self.config).stdout
        self.assertRegex(table, r"(?m)^source -> cloud +700 +\S+ KiB +0 +\S+ KiB$")
        self.assertRegex(table, r"from 20\d\d-\S+Z to 20\d\d-\S+Z")
        self.assertLessEqual(max(map(len, table.splitlines())), 80)
        lines = self.ask("show", ROUTE, self.config).stdout.splitlines()
        self.assertEqual(700, len(lines))
        for number, line in enumerate(lines):
            self.assertRegex(line, rf"^{number + 1}  20\d\d-\S+Z  t  \d+ B  {number}$")
        limited = self.ask("show", "source.cloud", "-c", self.config, "--limit", "3").stdout
        self.assertEqual(lines[:3], limited.splitlines())
        self.assertEqual([str(number) for number in range(700)], [each["payload"] for each in self.exported()])
        self.assertEqual([*range(1, 701)], [each["seq"] for each in self.exported()])
        self.assertEqual(before, self.files())

    def test_killed(self) -> None:
        """journal: what a killed runtime left in the log is shown, stays there, and is sent by the next start"""
        port = free_port()
        self.start(500, port).kill()
        before = self.files()
        self.assertGreater(before["source.cloud.db-wal"][0], 0)
        self.assertEqual(500, self.listed()[0]["messages"])
        self.assertEqual(500, len(self.ask("show", ROUTE, self.config).stdout.splitlines()))
        self.assertEqual([str(number) for number in range(500)], [each["payload"] for each in self.exported()])
        self.assertEqual(before, self.files())
        broker = self.use(Broker(self.folder / "broker", log_types=("information", "notice")))
        run = self.use(culvert.run_text(self.folder, pipeline(broker.port, 1), "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertRegex(run.err.texts()[-1], "stopped: 501 messages delivered$")
        self.assertEqual((0, None), (self.listed()[0]["messages"], self.listed()[0]["oldest_ns"]))

    def test_exact(self) -> None:
        """journal: an export has all of a message, bytes, repeated properties, large numbers and NaN with them"""
        self.stopped(1)
        nan = struct.pack("<Q", 0x7ff8000000000123)
        self.insert(
            entry(50, flags=5, content_type=b"application/json", payload=b'{"a":"\xc3\xa9\n"}',
                  properties=((b"k", b"1"), (b"k", b"2"), (b"raw", b"\xff\x00"))),
            entry(51, payload=bytes(range(256))),
            entry(52, fields=(field(2, b"low", struct.pack("<q", -2**63), unit=b"Cel"),
                              field(3, b"high", struct.pack("<Q", 2**64 - 1), 1), field(4, b"nan", nan, 2),
                              field(4, b"tenth", struct.pack("<d", 0.1)), field(1, b"open", b"\1"), field(0, b"none", b""),
                              field(5, b"name", text(b"\xe2\x82\xac", "<I")), field(6, b"blob", text(b"\0\1", "<I")))))
        _, payload, binary, record = self.exported()
        self.assertEqual({"seq": 50, "time_ns": 1_000_000_000, "topic": "t", "flags": ["retained", "historical"],
                          "properties": [{"name": "k", "value": "1"}, {"name": "k", "value": "2"},
                                         {"name": "raw", "value": {"base64": "/wA="}}],
                          "content_type": "application/json", "payload": '{"a":"é\n"}', "messages": 1}, payload)
        self.assertEqual(bytes(range(256)), base64.b64decode(binary["payload"]["base64"]))
        self.assertEqual([("low", "i64", -2**63, "Cel", "good"), ("high", "u64", 2**64 - 1, "", "uncertain"),
                          ("nan", "f64", {"bits": "7ff8000000000123"}, "", "bad"), ("tenth", "f64", 0.1, "", "good"),
                          ("open", "bool", True, "", "good"), ("none", "null", None, "", "good"),
                          ("name", "string", "€", "", "good"), ("blob", "bytes", {"base64": "AAE="}, "", "good")],
                         [tuple(each.values()) for each in record["fields"]])
        self.assertNotIn("payload", record)

    def test_printable(self) -> None:
        """journal: no message can drive the terminal of who looks at it, or forge a line"""
        self.stopped(1)
        self.insert(entry(60, payload=b"a\x1b[31m\n\\\t\xc2\x9b\xe2\x80\xa8\xff\xc3\xa9"),
                    entry(61, fields=(field(5, b"value", text(b"x\ny", "<I")),)))
        _, payload, record = self.ask("show", ROUTE, self.config).stdout.splitlines()
        self.assertEqual(r"a\x1b[31m\n\\\t\xc2\x9b\xe2\x80\xa8\xffé", payload.split(" B  ")[1])
        self.assertEqual(r"x\ny", record.split(" B  ")[1])

    def test_damaged(self) -> None:
        """journal: a damaged message is left out and said, and of a damaged file it says so; both end with 1"""
        self.stopped(7)
        with sqlite3.connect(self.file) as database:
            database.execute("UPDATE message SET sum = sum + 1 WHERE seq = 4")
        database.close()
        self.assertEqual(["0", "1", "2", "4", "5", "6"], [each["payload"] for each in self.exported(status=1)])
        self.assertIn("1 message of it cannot be read, and is left out",
                      self.ask("show", ROUTE, self.config, status=1).stderr)
        content = bytearray(self.file.read_bytes())
        content[:16] = b"no database here"
        self.file.write_bytes(content)
        aside = self.file.with_name("source.cloud.db.damaged-20260101T000000")
        aside.write_bytes(b"x" * 2048)
        before = self.files()
        each, = self.listed(status=1)
        self.assertIn("not a database", each["error"])
        self.assertEqual([{"file": aside.name, "bytes": 2048}], each["set_aside"])
        self.assertIn("not a database", self.ask("show", ROUTE, self.config, status=1).stderr)
        self.assertEqual(before, self.files())


class Dead(Journal):
    def test_dead(self) -> None:
        """journal: dead letters are shown with when and why, and dropped alone"""
        content = (head() + node("source", "sensor", "kind = 'counter'\ninterval = '1ms'\ncount = 3\nformat = 'bad'")
                   + node("cloud", "reject") + route("source", "cloud", "durable = true"))
        run = self.use(culvert.run_text(self.folder, content, "--once"))
        run.wait(60)
        each, = self.listed()
        self.assertEqual((0, 3), (each["messages"], each["dead"]))
        lines = self.ask("show", ROUTE, self.config, "--dead").stdout.splitlines()
        self.assertEqual(3, len(lines))
        for line in lines:
            self.assertRegex(line, r"^\d+  20\d\d-\S+Z  edge/source  \d+ B  bad  \[20\d\d-\S+Z: it is bad\]$")
        letters = self.exported("--dead")
        self.assertEqual(["bad"] * 3, [each["payload"] for each in letters])
        self.assertTrue(all(each["reason"] == "it is bad" and each["ended_ns"] >= each["time_ns"] for each in letters), letters)
        self.insert(entry(70, payload=b"good"))
        self.assertEqual(f"dropped of route '{ROUTE}': 3 dead letters\n", self.ask("drop", ROUTE, self.config, "--dead").stdout)
        each, = self.listed()
        self.assertEqual((1, 0), (each["messages"], each["dead"]))
        self.assertEqual("good", self.exported()[0]["payload"])

    def test_refused_by_the_broker(self) -> None:
        """journal: a message that its broker refuses for good is a dead letter with the broker's reason"""
        broker = self.use(Broker(self.folder / "broker", acl="topic write other\n"))
        run = self.use(culvert.run_text(self.folder, pipeline(broker.port, 2), "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertEqual(["the broker refused it: not authorized (135)"] * 2, [each["reason"] for each in self.exported("--dead")])


class Drop(Journal):
    def test_all(self) -> None:
        """journal: all of a route is dropped, log and set-aside files with it, nothing of another, and a start goes on"""
        self.start(7).kill()
        self.file.with_name("source.cloud.db.damaged-20260101T000000").write_bytes(b"x")
        other = self.file.with_name("a.b.db")
        other.write_bytes(self.file.read_bytes())
        done = self.ask("drop", "source.cloud", self.config, "--all")
        self.assertRegex(done.stdout, rf"^dropped of route '{ROUTE}': 7 messages of \d+ B and 0 dead letters, 1 file set aside\n$")
        self.assertEqual({"a.b.db", "ballast"}, set(self.files()))
        broker = self.use(Broker(self.folder / "broker", log_types=("information", "notice")))
        run = self.use(culvert.run_text(self.folder, pipeline(broker.port, 2), "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertRegex(run.err.texts()[-1], "stopped: 2 messages delivered$")

    def test_damaged(self) -> None:
        """journal: a file that is no journal any more can be dropped too"""
        self.stopped()
        self.file.write_bytes(b"no database here" * 512)
        self.assertIn("a damaged file of 8 KiB", self.ask("drop", ROUTE, self.config, "--all").stdout)
        self.assertFalse(self.file.exists())


class Running(Journal):
    def test_start(self) -> None:
        """journal: somebody who reads slowly keeps no runtime from starting, and is told that this is not all"""
        self.stopped(5000)
        reading = self.use(subprocess.Popen([culvert.executable(), "journal", "export", ROUTE, self.config],
                                            env=culvert.environment(self.folder), stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True))
        first = reading.stdout.readline()
        # The pipe holds a part of it, and nobody reads on.
        run = self.start(1)
        rest, said = reading.stdout.read(), reading.stderr.read()
        self.assertEqual((73, f"culvert: journal of route '{ROUTE}': a runtime has it open: what was written is not all of it\n"),
                         (reading.wait(60), said))
        read = [json.loads(line)["payload"] for line in (first + rest).splitlines()]
        self.assertEqual([str(number) for number in range(len(read))], read)
        self.assertLess(len(read), 5000)
        self.assertEqual(0, run.stop(30), run.err.texts())
        self.assertEqual(5001, self.listed()[0]["messages"])

    def test_of_no_route(self) -> None:
        """journal: one that no runtime has open is shown beside a runtime that is at work"""
        self.stopped(3)
        run = self.use(culvert.run_text(self.folder, head() + counter(1) + node("screen", "console")
                                        + route("counter", "screen")))
        run.out.wait_for("^0$")
        self.assertEqual((3, False), (self.listed()[0]["messages"], self.listed()[0]["in_use"]))
        self.assertEqual(["0", "1", "2"], [each["payload"] for each in self.exported()])
        self.ask("drop", ROUTE, self.config, "--all", status=73)


class Refused(Journal):
    def test_refused(self) -> None:
        """journal: a route, a folder, a configuration or a command line that is wrong ends with its own status and one line"""
        self.stopped(1)
        self.assertIn(f"did you mean '{ROUTE}'?", self.ask("show", "sorce -> cloud", self.config, status=69).stderr)
        self.assertIn("'culvert journal list' shows which", self.ask("show", "../../lock", self.config, status=69).stderr)
        self.assertEqual(["0"], [json.loads(line)["payload"] for line in self.ask(
            "export", ROUTE, "--state-dir", str(self.state)).stdout.splitlines()])
        self.ask("list", "--state-dir", str(self.folder / "none"), status=69)
        self.assertIn("none.toml", self.ask("list", str(self.folder / "none.toml"), status=78).stderr)
        (self.folder / "bad.toml").write_text("[runtime]\nstate_dir = 3\n")
        self.assertRegex(self.ask("drop", ROUTE, str(self.folder / "bad.toml"), "--all", status=78).stderr,
                         "bad.toml:2:.*\n(.*\n)*culvert: .*--state-dir")
        for wrong in ([], ["lost"], ["show"], ["drop", ROUTE, self.config], ["drop", ROUTE, self.config, "--all", "--dead"],
                      ["list", self.config, "--state-dir", "x"], ["show", ROUTE, self.config, "--limit", "0"],
                      ["list", "--format", "yaml"], ["show", ROUTE, self.config, "more"]):
            self.ask(*wrong, status=64)
        self.assertEqual("culvert: there is no command 'lst', did you mean 'list'?, see 'culvert --help'\n",
                         self.ask("lst", status=64).stderr)
        self.assertEqual(1, self.listed()[0]["messages"])

    def test_none(self) -> None:
        """journal: without any journal the list is empty, no folder is made, and it ends with 0"""
        Path(self.config).write_text(pipeline(1, 1))
        done = self.ask("list", self.config)
        self.assertEqual(("", f"culvert: state folder '{self.state}' has no journals\n"), (done.stdout, done.stderr))
        self.assertEqual([], self.listed())
        self.assertEqual([], list(self.state.iterdir()))
        self.ask("show", ROUTE, self.config, status=69)

    def test_full_output(self) -> None:
        """journal: an export that could not be written whole ends with 1 and says so"""
        self.stopped(1)
        with open("/dev/full", "w") as full:
            done = subprocess.run([culvert.executable(), "journal", "export", ROUTE, self.config], stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=culvert.environment(self.folder), timeout=60)
        self.assertEqual((1, "culvert: write to stdout: No space left on device\n"), (done.returncode, done.stderr))


tap.main()
