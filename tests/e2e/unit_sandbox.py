# SPDX-License-Identifier: MIT
"""A pipeline under what the unit of systemd sets, without systemd: as another user, in namespaces and behind filters of
system calls of its own (tests/support/sandbox.py)."""

import os
import re
import shutil
import sys
import unittest
from pathlib import Path

import culvert
import sandbox
import tap
from broker import PASSWORD, USER
from control import named, status
from manager import Manager
from pipelines import node, route
from process import Process, children
from secured import Secured
from units import write_unit
from until import until

BUILD = Path(os.environ["CULVERT_BUILD"])
LONG = 60
AT_ONCE = 6


@unittest.skipIf(os.geteuid() != 0 or culvert.is_sanitized() or not shutil.which("systemd-analyze"),
                 "needs root, systemd-analyze (systemd), and a build without sanitizers, which do what the unit refuses")
class Sandbox(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.unit = write_unit(self.folder)
        self.settings = sandbox.settings(self.unit)
        self.all = self.settings.keys() & sandbox.DONE
        self.broker = self.use(Secured(self.folder / "broker"))
        self.folder.chmod(0o755)
        # The build is shown there, where the service's user may look.
        self.built = self.folder / "build"
        self.ca = self.own(self.folder / "ca.crt", Path(self.broker.ca).read_text())

    def own(self, path: Path, text: str | None = None) -> Path:
        """A file, or a folder, of the service's user."""
        if text is None:
            path.mkdir(mode=0o700)
        else:
            path.write_text(text)
            path.chmod(0o600)
        os.chown(path, sandbox.NOBODY, sandbox.NOBODY)
        return path

    def place(self, name: str, *more: str) -> Path:
        """A folder for one service: its pipeline, whose readings come back from the broker, and all that it has."""
        place = self.folder / name
        place.mkdir()
        for part in ("home", "state", "runtime", "credentials"):
            self.own(place / part)
        self.own(place / "credentials" / "culvert_mqtt", PASSWORD + "\n")
        plugins = f"plugin_path = ['{self.built}/tests/fixtures', '{self.built}/plugins']\n"
        self.own(place / "culvert.toml", "".join([
            f"[runtime]\nname = 'edge'\n{plugins}",
            node("load", "sensor", "read = '/proc/loadavg'\npattern = '^([0-9.]+)'\ninterval = '20ms'"),
            node("cloud", "mqtt", f"url = 'mqtts://localhost:{self.broker.port}'\nusername = '{USER}'\n"
                 f"password = {{ credential = 'culvert_mqtt' }}\ntls.ca = '{self.ca}'\nsubscribe = ['{name}/#']"),
            node("screen", "console"),
            route("load", "cloud", f"durable = true\ntopic = '{name}/load'"), route("cloud", "screen"), *more]))
        return place

    def inside(self, names: set[str], place: Path, *command: str, **env: str) -> Process:
        """A command of culvert for the pipeline of that place, under these settings."""
        twin = [sys.executable, sandbox.__file__, "--units", str(self.unit), "--set", *sorted(names),
                "--show", str(self.folder), f"{BUILD}={self.built}",
                "--write", str(place / "state"), str(place / "runtime"), "--",
                str(self.built / Path(culvert.executable()).relative_to(BUILD)), *command, str(place / "culvert.toml")]
        env = culvert.environment(place, CREDENTIALS_DIRECTORY=str(place / "credentials"),
                                  PYTHONPATH=os.environ["PYTHONPATH"], **env)
        return self.use(Process(twin, env=env, name="culvert"))

    def await_readings(self, run: Process) -> None:
        """Until what the sensor read has been at the broker and is on the console."""
        until(lambda: run.out.count() >= 3, LONG, lambda: str(run.err.texts()), run)
        self.assertEqual([], [line.text for line in run.err.matching("^error")])

    def test_all(self) -> None:
        """sandbox: under all that the unit sets sensor, mqtt and console run, the manager hears of it, and it takes a reload"""
        place = self.place("all")
        manager = self.use(Manager(self.folder))
        os.chmod(manager.address, 0o666)
        run = self.inside(self.all, place, "run", **manager.env())
        self.await_readings(run)
        manager.wait_for(lambda message: "READY" in message)
        self.assertEqual("up", named(status(place, "edge")["nodes"], "cloud")["link"]["state"])
        file = place / "culvert.toml"
        self.own(file, file.read_text().replace("'20ms'", "'30ms'"))
        for command in self.settings["ExecReload"]:
            done = self.inside(self.all, place, *command.split()[1:])
            self.assertEqual(0, done.wait(LONG), done.err.texts())
        self.assertEqual(0, run.stop(LONG), run.err.texts())
        self.assertTrue((place / "state" / "journal" / "load.cloud.db").exists())

    def test_each(self) -> None:
        """sandbox: under each of its settings by itself, as the service's user, they run, each in a process of its own"""
        names = sorted(self.all - {"User"})
        for first in range(0, len(names), AT_ONCE):
            runs = {name: self.inside({"User", name}, self.place(name), "run", CULVERT_ISOLATE="all")
                    for name in names[first:first + AT_ONCE]}
            for name, run in runs.items():
                with self.subTest(setting=name):
                    self.await_readings(run)
                    self.assertEqual(0, run.stop(LONG), run.err.texts())

    def test_isolated(self) -> None:
        """sandbox: under all of them isolated nodes run, and give up what they do not need as they do without"""
        run = self.inside(self.all, self.place("isolated"), "run", CULVERT_ISOLATE="all")
        self.await_readings(run)
        if sandbox.LIBC.syscall(444, None, 0, 1) > 0:  # The version of Landlock.
            self.assertEqual([], [line.text for line in run.err.matching("lacks .*(Landlock \\(|filters of system calls)")])
        filters = [int(re.search(r"Seccomp_filters:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
                   for pid in (run.pid, *children(run.pid))]
        self.assertEqual(4, len(filters))
        self.assertTrue(all(filters[0] < own for own in filters[1:]), filters)
        self.assertEqual(0, run.stop(LONG), run.err.texts())

    def test_memory(self) -> None:
        """sandbox: under all of them, which hide a process that hides its memory, one that leaks is ended at its limit"""
        leak = node("leak", "crasher", "where = 'process'\nhow = 'leak'\nisolate = { memory = '64MiB' }")
        run = self.inside(self.all, self.place("leaky", leak, route("load", "leak", "required = false")), "run")
        run.err.wait_for("^error leak: used [0-9.]+ MiB of memory, its limit is 64 MiB: its process was killed$", timeout=LONG)
        self.assertEqual(0, run.stop(LONG), run.err.texts())


tap.main()
