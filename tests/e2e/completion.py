# SPDX-License-Identifier: MIT
"""`culvert completion`: real shells complete the command line, with names out of the pipeline that it names."""

import fcntl
import os
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

import culvert
import tap
from helped import helped_commands, options_in, said
from pages import README, blocks
from pipelines import counter, head, node, route
from shells import Shell

FILE = "it's my \"edge\".toml"
SECRET = "hunter2-7fQ"


def needs(shell: str):
    return unittest.skipIf(shutil.which(shell) is None, f"{shell} is not installed")


class Words(tap.Case):
    """What a shell proposes; a class for each is below."""

    shell = ""

    def shortDescription(self) -> str | None:
        return (super().shortDescription() or "").replace("SHELL", self.shell)

    def setUp(self) -> None:
        super().setUp()
        durable = route("counter", "screen", "durable = true") + route("counter", "cloud") + route("counter", "cloud", "durable = true")
        cloud = node("cloud", "mqtt", f"url = 'mqtts://localhost'\nusername = 'me'\npassword = '{SECRET}'")
        (self.folder / FILE).write_text(head() + counter() + node("screen", "console") + cloud + durable)
        (self.folder / "sub dir").mkdir()
        self.line = self.use(Shell(self.shell, self.folder))

    def test_every_option(self) -> None:
        """completion: SHELL proposes every command and every option that help names, and no others"""
        commands = helped_commands()
        self.assertIn(("journal", "show"), commands)
        for words, text in {(): said("--help"), **commands}.items():
            with self.subTest(words=words):
                self.assertEqual(options_in(text), set(self.line.proposed(" ".join(("culvert", *words, "-")))))
        for group in {words[:-1] for words in commands}:
            known = {words[-1] for words in commands if words[:-1] == group}
            found = {word for word in self.line.proposed(" ".join(("culvert", *group, ""))) if not word.startswith("-")}
            self.assertEqual(known, found)

    def test_words(self) -> None:
        """completion: SHELL completes commands, options and the words of a choice, and nothing where anything may stand"""
        self.assertEqual("culvert run ", self.line.completed("culvert ru"))
        self.assertEqual("culvert journal show ", self.line.completed("culvert journal sh"))
        self.assertEqual("culvert run --once --log-format ", self.line.completed("culvert run --once --log-f").replace("=", " "))
        self.assertEqual(["dot", "mermaid", "text"], self.line.proposed("culvert graph --format "))
        self.assertEqual("culvert graph --format=mermaid ", self.line.completed("culvert graph --format=m"))
        self.assertEqual(["bash", "fish", "zsh"], [one for one in self.line.proposed("culvert completion ") if one[0] != "-"])
        self.assertEqual([], self.line.proposed("culvert run --idle "))
        self.assertEqual([], self.line.proposed("culvert nonsense "))

    def test_names(self) -> None:
        """completion: SHELL proposes the nodes and routes of the file on the line, however that is quoted; plugins, runtimes and events"""
        nodes = ["cloud", "counter", "screen"]
        for how in (r"it\'s\ my\ \"edge\".toml", r"-c it\'s\ my\ \"edge\".toml", r"--config=it\'s\ my\ \"edge\".toml"):
            with self.subTest(how=how):
                self.assertEqual(nodes, self.line.proposed(f"culvert doctor {how} "))
                self.assertEqual(["screen"], self.line.proposed(f"culvert doctor {how} s"))
        quoted = r"""'it'\''s my "edge".toml'""" if self.shell != "fish" else r"""'it\'s my "edge".toml'"""
        self.assertEqual(nodes, self.line.proposed(f"culvert doctor {quoted} "))
        self.assertEqual(["counter.cloud.2", "counter.screen"], self.line.proposed(f"culvert journal show -c {quoted} "))
        self.assertLessEqual({"console", "mqtt", "sensor"}, set(self.line.proposed("culvert inspect ")))
        (self.folder / "runtime" / "edge-01.sock").touch()
        self.assertEqual(["edge-01"], self.line.proposed("culvert status --name "))
        self.assertEqual(["aws-iot", "emqx-serverless", "generic"], self.line.proposed("culvert init --profile "))
        self.assertEqual(["load", "memory"], self.line.proposed("culvert init --sys / --sensor "))
        self.assertEqual(["node.retries", "node.returned"], self.line.proposed("culvert events node.ret"))

    def test_program(self) -> None:
        """completion: SHELL asks culvert of PATH for names, and never runs the program that the line begins with"""
        (self.folder / "other").mkdir()
        for other in (self.folder / "culvert", self.folder / "other" / "culvert"):
            other.write_text(f"#!/bin/sh\ntouch '{self.folder}/was-run'\necho cuckoo\n")
            other.chmod(0o755)
        for program in ("./culvert", "other/culvert", f"{self.folder}/culvert"):
            with self.subTest(program=program):
                self.assertEqual(["cloud", "counter", "screen"], self.line.proposed(rf"{program} doctor it\'s\ my\ \"edge\".toml "))
                self.assertLessEqual({"console", "mqtt", "sensor"}, set(self.line.proposed(f"{program} inspect ")))
        self.assertFalse((self.folder / "was-run").exists())

    def test_files(self) -> None:
        """completion: SHELL proposes files with blanks and quotes in their names, and folders where one is wanted"""
        for command in ("run it", "check it", "run --config it", "check a.toml it"):
            with self.subTest(command=command):
                self.assertEqual([FILE], self.line.proposed(f"culvert {command}"))
        (self.folder / "a file").touch()
        folders = {name.rstrip("/") for name in self.line.proposed("culvert journal list --state-dir ")}
        self.assertIn("sub dir", folders)
        self.assertNotIn("a file", folders)


@needs("bash")
class Bash(Words):
    shell = "bash"

    def test_breaks(self) -> None:
        """completion: bash completes a value behind = where = does not break words, too"""
        self.line.type_line("COMP_WORDBREAKS=${COMP_WORDBREAKS//=}")
        self.assertEqual("culvert graph --format=mermaid ", self.line.completed("culvert graph --format=m"))


@needs("zsh")
class Zsh(Words):
    shell = "zsh"


@needs("fish")
class Fish(Words):
    shell = "fish"


del Words  # Of no shell: it is no test.


class Complete(tap.Case):
    """The command behind it."""

    def complete(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([culvert.executable(), "complete", "--", *words], capture_output=True, text=True, timeout=60,
                              env=culvert.environment(self.folder, **env), cwd=self.folder)

    def names(self, *words: str) -> list[str]:
        done = self.complete(*words)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return done.stdout.split()

    def test_mistakes(self) -> None:
        """complete: a file with mistakes gives what can be read of it, one that can't be read nothing, both without a word"""
        file = self.folder / "edge.toml"
        file.write_text("[node.good]\nplugin = 'nothing'\n[node.'a; reboot']\n[node.'-x']\n[node.'$(reboot)']\n[node.'a b']\n"
                        f"[node.cloud]\nplugin = 'mqtt'\npassword = '{SECRET}'\nurl = '${{NOT_SET}}'\n"
                        "[[route]]\nfrom = '`reboot`'\nto = 'x'\ndurable = true\n")
        self.assertEqual(["cloud", "good"], self.names("doctor", "edge.toml", ""))
        self.assertEqual([], self.names("journal", "drop", "--all", "-c", "edge.toml", ""))
        os.mkfifo(self.folder / "fifo")
        for other in ("nothing.toml", str(self.folder), "fifo", "/dev/zero"):
            self.assertEqual([], self.names("doctor", other, ""))
        file.write_text(f"[node.good]\npassword = '{SECRET}\n")
        self.assertEqual([], self.names("doctor", "edge.toml", ""))
        self.assertEqual([], self.names())
        self.assertEqual([], self.names("doctor"))
        self.assertEqual([], self.names("nonsense", "doctor", ""))

    def test_home(self) -> None:
        """complete: a file is found behind ~/, which the shell has not replaced yet"""
        (self.folder / "home").mkdir()
        (self.folder / "home" / "edge.toml").write_text("[node.good]\nplugin = 'console'\n")
        self.assertEqual(["good"], self.names("doctor", "~/edge.toml", ""))

    def test_no_code(self) -> None:
        """complete: no plugin is loaded for it, not even to name it"""
        def loaded(*arguments: str) -> str:
            done = subprocess.run([culvert.executable(), *arguments], capture_output=True, text=True, timeout=60,
                                  env=culvert.environment(self.folder, LD_DEBUG="files"))
            return done.stdout + done.stderr

        self.assertRegex(loaded("doctor", "--tls-selftest"), r"calling init: .*/mqtt\.so")
        said = loaded("complete", "--", "inspect", "")
        self.assertIn("\nmqtt\n", said)
        self.assertNotRegex(said, r"calling init: .*/(mqtt|sensor|console)\.so")

    def test_time(self) -> None:
        """complete: a file that does not open, as on a server that is away, is given up after two seconds without a word"""
        file = self.folder / "edge.toml"
        file.write_text("[node.good]\nplugin = 'console'\n")
        before = signal.signal(signal.SIGIO, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGIO, before)
        with file.open("r+") as held:
            try:
                fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            except OSError as error:
                self.skipTest(f"the file system of {self.folder} knows no leases: {error}")
            start = time.monotonic()
            self.assertEqual([], self.names("doctor", "edge.toml", ""))
            took = time.monotonic() - start
        self.assertGreater(took, 1)
        self.assertLess(took, 40)  # The kernel breaks a lease after 45 s.


class Scripts(tap.Case):
    def test_shipped(self) -> None:
        """completion: what the build has made for each shell is what the command writes"""
        made = Path(os.environ["CULVERT_BUILD"]) / "core" / "app" / "help"
        for shell, name in {"bash": "culvert", "zsh": "_culvert", "fish": "culvert.fish"}.items():
            self.assertEqual(said("completion", shell), (made / name).read_text())

    def test_readme(self) -> None:
        """completion: what the README says for each shell has it complete the command, or puts the file in its place"""
        (lines,) = (block for block in blocks(README, "sh") if "completion" in block)
        home = self.folder / "home"
        env = culvert.environment(self.folder)
        env["PATH"] = f"{Path(culvert.executable()).parent}:{env['PATH']}"
        for path in (".zfunc", ".config/fish/completions"):
            (home / path).mkdir(parents=True)
        for line in lines.splitlines():
            done = subprocess.run(["bash", "--norc", "-c", f"{line}\ncomplete -p culvert"], env=env, capture_output=True, text=True,
                                  timeout=60)
            if "source" in line:
                self.assertEqual("complete -o default -F _culvert culvert\n", done.stdout)
        self.assertEqual(said("completion", "zsh"), (home / ".zfunc" / "_culvert").read_text())
        self.assertEqual(said("completion", "fish"), (home / ".config" / "fish" / "completions" / "culvert.fish").read_text())

    def test_unknown(self) -> None:
        """completion: another shell is a mistake of the command line, and so is none"""
        for arguments in (["tcsh"], []):
            done = subprocess.run([culvert.executable(), "completion", *arguments], capture_output=True, text=True, timeout=60)
            self.assertEqual((64, ""), (done.returncode, done.stdout))
            self.assertIn("SHELL", done.stderr)


tap.main()
