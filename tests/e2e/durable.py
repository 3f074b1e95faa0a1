# SPDX-License-Identifier: MIT
"""Durable routes as a user sees them: outages, restarts, and state folders that are not as they should be."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

import culvert
import tap
from broker import Broker
from ports import free_port
from process import Process

TEXT = """
[runtime]
plugin_path = ['%(build)s/tests/fixtures', '%(build)s/plugins']

[node.source]
plugin = "tokens"
count  = %(count)d

[node.cloud]
plugin    = "mqtt"
url       = "mqtt://127.0.0.1:%(port)d"
client_id = "box"
backoff   = { min = "10ms", max = "100ms" }

[[route]]
from    = "source"
to      = "cloud"
topic   = "t"
durable = true
%(more)s
"""


def text(port: int, count: int, more: str = "") -> str:
    return TEXT % {"build": os.environ["CULVERT_BUILD"], "port": port, "count": count, "more": more}


class Outage(tap.Case):
    def subscriber(self, broker: Broker) -> Process:
        found = self.use(Process(broker.client_command("mosquitto_sub", "-t", "t", "-q", "1")))
        broker.log.wait_for("Sending SUBACK")
        return found

    def test_restart(self) -> None:
        """durable: what was taken while the broker was away is sent by the next start, in order, and then what is new"""
        port = free_port()
        run = self.use(culvert.run_text(self.folder, text(port, 5000)))
        run.err.wait_for("acked all: 5000 delivered", timeout=60)
        self.assertEqual(0, run.stop(), run.err.texts())
        self.assertRegex(run.err.texts()[-1], "stopped: 0 messages delivered, 5000 kept in journals for the next start")

        broker = self.use(Broker(self.folder / "broker"))
        subscriber = self.subscriber(broker)
        run = self.use(culvert.run_text(self.folder, text(broker.port, 10), "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        run.err.wait_for("route 'source -> cloud': 5000 messages wait in its journal from before")
        subscriber.out.wait_for("^9$", times=2, timeout=30)
        self.assertEqual([*range(5000), *range(10)], [int(line) for line in subscriber.out.texts()])

    def test_readable(self) -> None:
        """durable: a journal is a database that any tool of SQLite's reads once the runtime has ended"""
        run = self.use(culvert.run_text(self.folder, text(free_port(), 7)))
        run.err.wait_for("acked all")
        self.assertEqual(0, run.stop())
        file = self.folder / "state" / "journal" / "source.cloud.db"
        self.assertEqual(["source.cloud.db", "ballast"], sorted(os.listdir(file.parent), reverse=True))
        with sqlite3.connect(file) as database:
            self.assertEqual([(number,) for number in range(1, 8)],
                             database.execute("SELECT seq FROM message ORDER BY seq").fetchall())
            self.assertEqual(("source -> cloud",),
                             database.execute("SELECT value FROM fact WHERE name = 'route'").fetchone())

    def test_sigterm(self) -> None:
        """durable: SIGTERM under full load ends it soon, and the next start finds and sends the rest"""
        port = free_port()
        run = self.use(culvert.run_text(self.folder, text(port, 10_000_000)))
        run.err.wait_for("running 2 nodes")
        file = self.folder / "state" / "journal" / "source.cloud.db"
        while not file.exists() or file.stat().st_size < 1 << 20:
            self.assertIsNone(run.popen.poll(), run.err.texts())
        # 5 s for what is on its way, and one to look.
        self.assertEqual(0, run.stop(timeout=30 if culvert.is_sanitized() else 5), run.err.texts())
        kept = int(re.search(r"(\d+) kept in journals", run.err.texts()[-1])[1])
        self.assertNotIn("not delivered", run.err.texts()[-1])
        self.assertGreater(kept, 1000)
        broker = self.use(Broker(self.folder / "broker", log_types=("information", "notice")))
        run = self.use(culvert.run_text(self.folder, text(broker.port, 1), "--once"))
        self.assertEqual(0, run.wait(120), run.err.texts())
        self.assertRegex(run.err.texts()[-1], f"stopped: {kept + 1} messages delivered$")

    def test_removed(self) -> None:
        """durable: a journal whose route is gone is named at the start, and left alone"""
        run = self.use(culvert.run_text(self.folder, text(free_port(), 7)))
        run.err.wait_for("acked all")
        self.assertEqual(0, run.stop())
        run = self.use(culvert.run_text(self.folder, text(free_port(), 7).replace("durable = true", "")))
        run.err.wait_for(r"journal '.*/journal/source\.cloud\.db' is of no durable route of this pipeline")
        run.stop()
        self.assertTrue((self.folder / "state" / "journal" / "source.cloud.db").exists())

    def test_damaged(self) -> None:
        """durable: a damaged journal is set aside with one line, what of it can be read is sent, and the start succeeds"""
        run = self.use(culvert.run_text(self.folder, text(free_port(), 7)))
        run.err.wait_for("acked all")
        self.assertEqual(0, run.stop())
        file = self.folder / "state" / "journal" / "source.cloud.db"
        content = bytearray(file.read_bytes())
        content[:16] = b"no database here"
        file.write_bytes(content)
        broker = self.use(Broker(self.folder / "broker"))
        subscriber = self.subscriber(broker)
        run = self.use(culvert.run_text(self.folder, text(broker.port, 1), "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        run.err.wait_for(r"^error journal: '.*/source\.cloud\.db' is damaged \(.*\): it is set aside as "
                         r"'.*\.damaged-\d{8}T\d{6}', 7 messages of it could be read and stay")
        subscriber.out.wait_for("^0$", times=2)
        self.assertEqual([*range(7), 0], [int(line) for line in subscriber.out.texts()])


class Folders(tap.Case):
    """As a user who is not root: root may do all."""

    def setUp(self) -> None:
        super().setUp()
        setpriv = shutil.which("setpriv")
        if os.geteuid() != 0 or setpriv is None:
            raise unittest.SkipTest("needs root, to become another user")
        self.before = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
        culvert.environment(self.folder)
        self.journal = self.folder / "state" / "journal"
        for path in (self.folder, self.folder / "state", self.folder / "home", self.folder / "runtime"):
            os.chown(path, 65534, 65534)

    def run_it(self) -> Process:
        content = text(free_port(), 3)
        file = self.folder / "test.toml"
        file.write_text(content)
        file.chmod(0o644)
        return self.use(culvert.run(self.folder, file, before=self.before))

    def assert_refused(self, why: str) -> None:
        run = self.run_it()
        self.assertEqual(1, run.wait(30), run.err.texts())
        self.assertRegex(run.err.texts()[-1], f"^error runtime: journal '.*/state/journal.*': {why}")

    def test_own(self) -> None:
        """durable: a user without root has a folder and a file that nobody else can look into"""
        run = self.run_it()
        run.err.wait_for("acked all")
        self.assertEqual(0, run.stop())
        self.assertEqual(0o40700, self.journal.stat().st_mode)
        for file in self.journal.iterdir():
            self.assertEqual(0o100600, file.stat().st_mode, file)

    def test_refused(self) -> None:
        """durable: a folder or file that is another's, may not be written or is a link is refused, with which and why"""
        self.journal.symlink_to("/tmp")
        self.assert_refused("is a symbolic link")
        self.journal.unlink()
        self.journal.mkdir(mode=0o777)
        self.assert_refused("belongs to user 0, and this is user 65534")
        os.chown(self.journal, 65534, 65534)
        file = self.journal / "source.cloud.db"
        file.symlink_to("/etc/passwd")
        self.assert_refused("is a symbolic link")
        file.unlink()
        file.write_text("root's")
        self.assert_refused("belongs to user 0")
        file.unlink()
        shutil.rmtree(self.journal)
        (self.folder / "state").chmod(0o500)
        (self.folder / "state" / "lock").touch()
        os.chown(self.folder / "state" / "lock", 65534, 65534)
        self.assert_refused("cannot be made: Permission denied")


class Full(tap.Case):
    def test_full_disk(self) -> None:
        """durable: on a full file system it keeps what it took and starts again, and goes on once there is room"""
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(self.folder)],
                                               capture_output=True).returncode != 0:
            self.skipTest("needs the right to mount")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.folder)], check=True)
        port = free_port()
        # Slow enough that the disk is full before the journal has reached its own limit.
        slow = text(port, 1).replace('"tokens"\ncount  = 1', '"sensor"\nkind = "counter"\ninterval = "1ms"')
        run = self.use(culvert.run_text(self.folder, slow))
        log = self.folder / "state" / "journal" / "source.cloud.db-wal"
        while not log.exists() or log.stat().st_size < 64 << 10:
            self.assertIsNone(run.popen.poll(), run.err.texts())
        junk = (self.folder / "junk").open("wb", buffering=0)

        def fill() -> None:
            try:
                while junk.write(b"x" * 4096):
                    pass
            except OSError:
                pass

        fill()
        run.err.wait_for("^error journal: .*the disk is full", timeout=60)
        fill()
        self.assertEqual(0, run.stop(timeout=30), run.err.texts())
        kept = int(re.search(r"(\d+) kept in journals", run.err.texts()[-1])[1])
        fill()
        # A start while it is full, with a reader: what was kept goes out, and what is new goes through memory. The file is
        # there already, and only its text changes.
        elsewhere = Path(tempfile.mkdtemp(prefix="culvert-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, elsewhere)
        broker = self.use(Broker(elsewhere / "broker", log_types=("information", "notice")))
        file = elsewhere / "again.toml"
        file.write_text(text(broker.port, 2000))
        run = self.use(culvert.run(self.folder, file, "--once"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertRegex(run.err.texts()[-1], f"stopped: {kept + 2000} messages delivered$")
        junk.truncate(0)
        junk.close()
        file.write_text(text(free_port(), 2000))
        run = self.use(culvert.run(self.folder, file))
        run.err.wait_for("acked all: 2000 delivered", timeout=60)


tap.main()
