# SPDX-License-Identifier: MIT
"""Power is cut while a runtime writes to a real file system: ext4 on a loop device, whose disk is a program of ours
(tests/support/cut_disk.cpp, through FUSE) that has a cache as a drive has. It sees each write of the kernel and each flush,
in their order, and so knows at any moment what a drive would have for certain and what it might have. Copying the file
behind a loop device while it is in use would show less and more than that: what the kernel has handed over is all in the
copy, as if a drive had no cache, and a later write may be there without an earlier one that was flushed before it, which
no drive does.

A cut comes behind a write, mostly, before the flush that follows. The disk is left with what was flushed, and with any
part of the rest, by sectors. What the source was told until then stands in a file elsewhere, and the broker is no part of
the box. The next start is on what was left, mounted, so that ext4 replays its own log first. 200 cuts are one after the
other, in starting, writing, draining and erasing; the broker is there in each third life, so that what is read of a journal
in the others can have gone nowhere else.

Everything is mounted in a namespace of this program's own, and gone with it.
"""

import ctypes
import json
import os
import random
import subprocess
from pathlib import Path

import culvert
import tap
from ledger import Ledger
from process import Process
from recorded import RecordingBroker
from told import Told
from until import until

DISK_BYTES = 64 << 20
CUT_DISK = Path(os.environ["CULVERT_BUILD"]) / "tests" / "faults" / "cut_disk"
CLONE_NEWNS = 0x00020000

TEXT = """
[runtime]
plugin_path = ['%(build)s/tests/fixtures', '%(build)s/plugins']

[node.reader]
plugin = "numbered"
path   = "numbers"
count  = %(count)d

[node.cloud]
plugin         = "mqtt"
url            = "mqtt://127.0.0.1:%(port)d"
client_id      = "box"
clean_start    = false
session_expiry = "1h"
backoff        = { min = "10ms", max = "50ms" }

[[route]]
from    = "reader"
to      = "cloud"
topic   = "t/{seq}"
durable = true
sync    = "%(sync)s"
"""


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"


def what_is_missing() -> str | None:
    """Why nothing can be cut here; None when it can. Afterwards this program has mounts of its own."""
    if os.geteuid() != 0:
        return "needs root, to mount"
    if not CUT_DISK.exists():
        return "was built without libfuse3-dev"
    for tool in ("losetup", "mkfs.ext4", "mount", "umount"):
        if culvert.tool(tool) is None:
            return f"needs {tool}"
    for device in ("/dev/fuse", "/dev/loop-control"):
        if not os.access(device, os.W_OK):
            return f"needs {device}"
    if (found := subprocess.run([culvert.tool("losetup"), "--find"], capture_output=True, text=True)).returncode != 0:
        return f"needs a loop device: {found.stderr.strip()}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        return f"needs a mount namespace: {os.strerror(ctypes.get_errno())}"
    private = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True)
    # Of a chroot "/" is no mount, and what is above it stays as it is.
    return None if private.returncode == 0 or "not mount point" in private.stderr else private.stderr.strip()


class Disk:
    """The program, and what is mounted of it at `place` while it is on."""

    def __init__(self, folder: Path, place: Path) -> None:
        self._place = place
        mount = folder / "disk"
        mount.mkdir()
        self._file = mount / "disk"
        self._process = Process([str(CUT_DISK), str(mount), str(DISK_BYTES)], stdin=subprocess.PIPE)
        until(self._file.exists, 20, lambda: "no disk", self._process)
        run(culvert.tool("mkfs.ext4"), "-q", "-F", "-E", "nodiscard", str(self._file))
        self.lost = self.hits = 0
        self.mount()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", str(self._place)], capture_output=True)
        self._process.popen.stdin.close()
        self._process.wait()

    def mount(self) -> None:
        self._place.mkdir(exist_ok=True)
        # The loop device goes with the mount. What nobody syncs ext4 writes each second, so that cuts come into that too.
        run("mount", "-t", "ext4", "-o", "loop,nodiscard,commit=1", str(self._file), str(self._place))
        self._place.chmod(0o700)

    def cut(self, seed: int, writes: int) -> None:
        """Behind so many more writes, where somebody writes. What is written after it does not count."""
        answer = self._ask(f"cut {seed} {writes}")
        lost = int(answer.split()[1])
        self.lost += lost
        self.hits += lost > 0

    def power_on(self) -> None:
        run("umount", str(self._place))
        self._ask("on")
        self.mount()

    def _ask(self, request: str) -> str:
        start = self._process.out.count()
        self._process.popen.stdin.write(f"{request}\n".encode())
        self._process.popen.stdin.flush()
        return self._process.out.wait_for("^(cut|on)", 60, start=start).text


class Cut(tap.Case):
    def setUp(self) -> None:
        if why := MISSING:
            self.skipTest(why)
        super().setUp()

    def cut(self, cuts: int, sync: str) -> int:
        """Answers how many were lost: told, not on the broker's record, and not in the journal after the cut."""
        chance = random.Random(11)
        self.disk = self.use(Disk(self.folder, self.folder / "state"))
        self.broker = self.use(RecordingBroker(self.folder))
        self.ledger = Ledger(self.broker.record)
        self.told = Told(self.folder / "numbers")
        self.numbers: dict[int, int] = {}  # what each number of the journal stood for
        self.sync = sync
        lost: set[int] = set()
        waited = 0
        for cut in range(cuts):
            has_broker = cut % 3 == 2
            if has_broker:
                self.broker.start()
            # In the middle of the first group, or much later.
            start = self.told.last()
            runtime = self.start(aim := start + chance.randrange(chance.choice((2, 400, 3000))))
            self.wait_told(runtime, aim)
            if has_broker:
                # A part of the backlog is sent, or nearly all.
                self.wait_sent(runtime, chance.randint(self.ledger.highest, max(self.ledger.highest, start)))
            told = self.told.last()
            self.disk.cut(cut, chance.randrange(1, 12))
            runtime.kill()
            # Told by a box that has no power.
            self.told.forget(told)
            if has_broker:
                self.broker.process.kill()
            # Whatever there is to say about a journal names its file.
            self.assertEqual([], runtime.err.matching(r"\.db"))
            self.disk.power_on()
            there = self.journal()
            waited += len(there)
            self.ledger.update()
            lost.update(number for number in range(1, told + 1) if not self.ledger.has(number) and number not in there)
        print(f"# {cuts} cuts, {self.disk.hits} of them with something not synced, {self.disk.lost} sectors lost with them; {told} told, {self.ledger.new} sent, {waited} found "
              f"in journals, {len(lost)} lost", flush=True)
        self.drain(told, lost)
        return len(lost)

    def start(self, aim: int) -> Process:
        """The source goes on past `aim`, but not so far that the journal gets full."""
        text = TEXT % {"build": os.environ["CULVERT_BUILD"], "port": self.broker.port, "sync": self.sync, "count": aim + 2000}
        return self.use(culvert.run_text(self.folder, text))

    def wait_told(self, runtime: Process, aim: int) -> None:
        until(lambda: self.told.last() >= aim, 60, lambda: f"{self.told.last()} told; {runtime.err.texts()[-5:]}", runtime)

    def wait_sent(self, runtime: Process, number: int) -> None:
        """Until the broker has that number, or one behind it where that one is lost."""
        def holds() -> bool:
            self.ledger.update()
            return self.ledger.highest >= number

        until(holds, 60, lambda: f"{self.ledger.highest} of {number} sent; {runtime.err.texts()[-5:]}", runtime)

    def journal(self) -> set[int]:
        """What is on disk, none of it damaged, and no number for two messages."""
        files = list((self.folder / "state" / "journal").glob("*"))
        if not any(file.name == "reader.cloud.db" for file in files):
            return set()  # The cut came before there was one.
        self.assertEqual([], [file.name for file in files if "aside" in file.name])
        done = subprocess.run([culvert.executable(), "journal", "export", "reader.cloud", "--state-dir",
                               str(self.folder / "state")], env=culvert.environment(self.folder), capture_output=True, text=True)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        found = [json.loads(line) for line in done.stdout.splitlines()]
        for message in found:
            number = int(message["payload"])
            self.assertEqual(number, self.numbers.setdefault(message["seq"], number), "a number for two messages")
        return {int(message["payload"]) for message in found}

    def drain(self, told: int, lost: set[int]) -> None:
        """In the end everything is on record that is not lost."""
        self.broker.start()
        runtime = self.start(told)
        self.wait_told(runtime, told + 1000)
        self.assertEqual(0, runtime.stop(60), runtime.err.texts())
        there = self.journal()
        missing = set(self.ledger.missing(self.told.last())) - there - lost
        self.assertEqual(set(), missing)

    def test_full(self) -> None:
        """power: cut 200 times under ext4 on a loop device, nothing that was told as committed is lost, and nothing is damaged"""
        self.assertEqual(0, self.cut(200, "full"))
        self.assertGreater(self.disk.hits, 20, "most cuts came in the middle of nothing")

    def test_normal(self) -> None:
        """power: with sync = 'normal' a cut costs messages of the last commits, as it says, and nothing is damaged"""
        self.assertGreater(self.cut(20, "normal"), 0)


MISSING = what_is_missing()
tap.main()
