# SPDX-License-Identifier: MIT
"""What a service manager is told of a run, and when the watchdog is."""

import os
import signal
from pathlib import Path

import culvert
import tap
from control import wait_status
from manager import Manager, own_watchdog
from pipelines import counter, head, node, route
from ports import free_port
from process import Process
from until import until

SCREEN = head() + counter(interval="10ms") + node("screen", "console") + route("counter", "screen")


class Service(tap.Case):
    def run_for(self, manager: Manager, text: str, watchdog_s: float = 0, **how: object) -> Process:
        env = manager.env(watchdog_s) | how.pop("env", {})
        return self.use(culvert.run_text(self.folder, text, env=env, **how))

    def test_from_start_to_end(self) -> None:
        """service: it is told READY once the pipeline runs, how it is, and STOPPING at SIGTERM, over a path or a name"""
        for in_folder in (True, False):
            manager = self.use(Manager(self.folder, in_folder))
            run = self.run_for(manager, SCREEN)
            manager.wait_for(lambda message: "READY" in message)
            self.assertEqual("1", manager.told[0]["READY"], manager.told)
            run.err.wait_for("^info runtime: running 2 nodes$", timeout=60)
            self.assertRegex(manager.told[0]["STATUS"], "^2 nodes: [0-2] running")
            if "2 running" not in manager.told[0]["STATUS"]:
                manager.wait_for(lambda message: "2 nodes: 2 running" in message.get("STATUS", ""))
            self.assertEqual(0, run.stop(60), run.err.texts())
            manager.take_all()
            end = manager.told[-1]
            self.assertEqual(("1", "5000000"), (end.get("STOPPING"), end.get("EXTEND_TIMEOUT_USEC")), manager.told)
            self.assertEqual(1, sum("READY" in message for message in manager.told))
            self.assertFalse(any("WATCHDOG" in message for message in manager.told))

    def test_broker_away(self) -> None:
        """service: with the broker away it is ready all the same, and the status says what waits"""
        manager = self.use(Manager(self.folder))
        cloud = node("cloud", "mqtt", f"url = 'mqtt://127.0.0.1:{free_port()}'")
        self.run_for(manager, head() + counter(interval="10ms") + cloud + route("counter", "cloud"))
        self.assertIn("READY", manager.next(60) or {})
        manager.wait_for(lambda message: message.get("STATUS", "").endswith("messages wait"))

    def test_failed(self) -> None:
        """service: a node that fails is in the status, and a pipeline that cannot start is never ready"""
        manager = self.use(Manager(self.folder))
        text = SCREEN + node("bad", "thrower", "after = 3") + route("counter", "bad", "required = false")
        run = self.run_for(manager, text)
        manager.wait_for(lambda message: "1 failed ('bad')" in message.get("STATUS", ""))
        self.assertEqual(0, run.stop(60), run.err.texts())
        second = self.use(Manager(self.folder, in_folder=False))
        run = self.run_for(second, text.replace("after = 3", "in_create = true"))
        self.assertEqual(1, run.wait(60), run.err.texts())
        self.assertIsNone(second.next(0))

    def test_watchdog(self) -> None:
        """service: the watchdog is told at half of its time, and not while the process stands still"""
        manager = self.use(Manager(self.folder))
        run = self.run_for(manager, SCREEN, 0.2, before=own_watchdog(), stdout=os.open(os.devnull, os.O_WRONLY))
        self.assertIn("WATCHDOG", manager.wait_for(lambda message: "READY" in message))
        # Once a second, as often as the loop looks after all else, would take 100 s.
        manager.wait_alive(100)
        run.signal(signal.SIGSTOP)
        state = Path(f"/proc/{run.pid}/task/{run.pid}/stat")
        until(lambda: state.read_text().rsplit(")", 1)[1].split()[0] == "T", 60, state.read_text)
        manager.take_all()
        self.assertIsNone(manager.next(1.5))
        run.signal(signal.SIGCONT)
        manager.wait_alive(3)
        self.assertEqual(0, run.stop(60), run.err.texts())
        manager.take_all()
        last = next(index for index, message in enumerate(manager.told) if "STOPPING" in message)
        self.assertEqual(last, len(manager.told) - 1)

    def test_not_ours(self) -> None:
        """service: the watchdog of another process is not told"""
        manager = self.use(Manager(self.folder))
        run = self.run_for(manager, SCREEN, 0.1, env={"WATCHDOG_PID": str(os.getpid())})
        self.assertNotIn("WATCHDOG", manager.wait_for(lambda message: "READY" in message))
        run.out.wait_for("^.*$", times=100, timeout=60)
        self.assertEqual(0, run.stop(60), run.err.texts())
        manager.take_all()
        self.assertFalse(any("WATCHDOG" in message for message in manager.told), manager.told)

    def test_stuck(self) -> None:
        """service: a plugin whose call does not return leaves the watchdog quiet"""
        manager = self.use(Manager(self.folder))
        run = self.run_for(manager, head() + counter(interval="10ms") + node("s", "stuck") + route("counter", "s"), 0.2,
                           before=own_watchdog())
        run.err.wait_for("info s: stuck", timeout=60)
        manager.take_all()
        manager.wait_alive(30)
        # The call keeps the end from coming, which it is told all the same.
        run.signal(signal.SIGTERM)
        manager.wait_for(lambda message: "STOPPING" in message)
        run.kill()

    def test_hung_disk(self) -> None:
        """service: a disk that hangs leaves the watchdog quiet"""
        manager = self.use(Manager(self.folder))
        hung = self.folder / "hung"
        preload = Path(os.environ["CULVERT_BUILD"]) / "tests" / "e2e" / "hung_disk.so"
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        text = (head() + counter(interval="10ms") + node("cloud", "slow", "delay = '1h'")
                + route("counter", "cloud", "durable = true\nrequired = false"))
        run = self.run_for(manager, text, 0.2, before=own_watchdog(),
                           env={"LD_PRELOAD": str(preload), "HUNG_DISK": str(hung), "ASAN_OPTIONS": options})
        self.addCleanup(hung.unlink, missing_ok=True)
        manager.wait_for(lambda message: "READY" in message)
        hung.touch()
        # What cannot be written any more grows.
        wait_status(self.folder, "edge", lambda seen: seen["routes"][0]["journal"]["unwritten"] > 100, timeout=60)
        manager.take_all()
        manager.wait_alive(60)
        self.assertIsNone(run.popen.poll())
        hung.unlink()
        self.assertEqual(0, run.stop(60), run.err.texts())


tap.main()
