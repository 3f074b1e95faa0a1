# SPDX-License-Identifier: MIT
"""A pipeline under load is reloaded again and again, with good configurations and bad ones."""

import json
import time
from collections import Counter

import culvert
import reloading
import tap
from control import descriptors, status, wait_status
from pipelines import PLUGINS, node, route
from process import Process
from until import until

LONG = 120
# What toggles, one a reload: `hang_timeout` makes a node anew and changes nothing else of it. The counter is not made
# anew, which would begin again at 1.
TOGGLES = ("a anew", "i anew", "d anew", "x anew", "n anew", "b anew", "a isolated", "a longer", "b durable", "z there")


def resident_kib(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Rss:"))


class Reloads(tap.Case):
    def sink(self, name: str, options: str) -> str:
        return node(name, "unruly", f"path = '{self.folder / name}.txt'\nlives = 0\n{options}")

    def text(self, on: set[str], more: str = "") -> str:
        def anew(name: str) -> str:
            return f"hang_timeout = '{29 if f'{name} anew' in on else 30}s'\n"

        isolated = "isolate = true\n" if "a isolated" in on else ""
        z = node("z", "swallow") + route("c", "z") if "z there" in on else ""
        return (f"[runtime]\nname = 'edge'\nhealth_window = '1s'\n{PLUGINS}" +
                node("c", "sensor", "kind = 'counter'\ninterval = '1ms'\nformat = '{value}'") +
                node("n", "numbered", f"path = '{self.folder / 'n'}'\ncount = 100000000\n{anew('n')}") +
                node("x", "relay_transform", anew("x")) + self.sink("a", anew("a") + isolated) +
                self.sink("i", anew("i") + "isolate = true") + self.sink("d", anew("d")) + self.sink("y", "") +
                self.sink("b", anew("b")) + z +
                route("c", "a", f"max_messages = {20000 if 'a longer' in on else 10000}") +
                route("c", "i", "max_messages = 10000") +
                route("c", "d", "max_messages = 10000\ndurable = true") +
                route("c", "x", "max_messages = 10000") + route("x", "y", "max_messages = 10000") +
                # Its window waits here for a while each time, so that it leaves the machine to the others.
                route("n", "b", "batch = { max = 1000, within = '200ms' }\n" +
                      ("durable = true" if "b durable" in on else "")) + more)

    def bad(self, on: set[str]) -> list[tuple[str, int]]:
        """Configurations that are not taken, and what comes of them."""
        good = self.text(on)
        return [(good + "[[route]\n", reloading.BAD_FILE),
                (good + node("u", "unruly", "in = 'create'") + route("c", "u"), reloading.REFUSED),
                (good + node("u", "unruly", "in = 'start'") + route("c", "u"), reloading.ROLLED_BACK),
                (good.replace("lives = 0", "in = 'start'", 1) + node("v", "swallow") + route("c", "v"),
                 reloading.ROLLED_BACK)]

    def reload(self, text: str, code: int) -> None:
        found = reloading.to(self.folder, text)
        self.assertEqual(code, found.returncode, found.stdout + found.stderr + "\n".join(self.run_.err.texts()[-15:]))

    def cycle(self, toggles: tuple[str, ...], bad: int) -> int:
        """Each on, then each off, some bad ones between. Answers how many reloads that were."""
        on: set[str] = set()
        count = 0
        for half in (toggles, toggles):
            for index, toggle in enumerate(half):
                on ^= {toggle}
                self.reload(self.text(on), reloading.DONE)
                count += 1
                if index < bad // 2:
                    self.reload(*self.bad(on)[index + (0 if toggle in on else bad // 2)])
                    count += 1
        self.assertEqual(set(), on)
        return count

    def start(self) -> Process:
        self.run_ = self.use(culvert.run_text(self.folder, self.text(set())))
        wait_status(self.folder, "edge", lambda seen: all(one["state"] == "running" for one in seen["nodes"]), LONG)
        return self.run_

    def finish(self, run: Process) -> None:
        """Ends it, and looks what has become of all messages."""
        until(lambda: all((self.folder / f"{name}.txt").exists() for name in "aidyb"), LONG, lambda: "no files", run)
        self.assertEqual(0, run.stop(60), run.err.texts())
        self.assertNotIn("not delivered", run.err.texts()[-1])
        self.assertEqual([], run.err.matching("found no room on its routes"))
        last, again = 0, 0
        for name in "aidy":
            found = Counter(map(int, (self.folder / f"{name}.txt").read_text().split()))
            last = max(last, max(found))
            again += sum(found.values()) - len(found) * (2 if name == "y" else 1)
            with self.subTest(sink=name):
                self.assertEqual([], sorted(set(range(min(found), last + 1)) - set(found))[:20])
        taken = set()
        for line in (self.folder / "b.txt").read_text().splitlines():
            numbers = [int(number) for number in json.loads(line)]
            again += len(taken.intersection(numbers))
            taken.update(numbers)
        told = int((self.folder / "n").read_text().split()[-1])
        self.assertEqual([], sorted(set(range(1, told + 1)) - taken)[:20])
        print(f"# {last} messages of one source and {told} of the other; {again} came more than once")


class Short(Reloads):
    def test_short(self) -> None:
        """reload: a dozen reloads under load, good ones and bad ones, lose nothing"""
        run = self.start()
        self.cycle(("a anew", "i anew", "x anew", "n anew"), 4)
        self.finish(run)


class Whole(Reloads):
    def test_whole(self) -> None:
        """reload: a hundred reloads under load, good ones and bad ones, lose nothing and leave no memory or descriptor"""
        run = self.start()
        count, memory, files = 0, [], []
        while count < 100:
            count += self.cycle(TOGGLES, 4)
            # What was taken in meanwhile is through, so that each sample is of the same.
            wait_status(self.folder, "edge", lambda seen: seen["runtime"]["queued_bytes"] < 1 << 18, LONG)
            memory.append(resident_kib(run.pid))
            files.append(descriptors(run.pid))
        print(f"# {count} reloads; at the end of each cycle {memory} KiB resident, {files} descriptors")
        # The first cycle is the warm-up: what is loaded later stays.
        self.assertLessEqual(max(files[1:]) - files[1], 4, files)
        if not culvert.is_sanitized():
            self.assertLessEqual(memory[-1] - memory[1], 3 << 10, memory)
        self.finish(run)


tap.main()
