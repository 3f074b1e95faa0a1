# SPDX-License-Identifier: MIT
"""`culvert man`: pages that man shows without a word, and that lack nothing of what help and the reference say."""

import os
import re
import subprocess
import unittest
from pathlib import Path

import culvert
import tap
from helped import helped_commands, options_in, said
from pages import README, REFERENCE

PAGES = ("culvert.1", "culvert.toml.5")


def shown(page: str, width: int = 200) -> str:
    """The page as a terminal shows it, without bold type and the like."""
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-cbou", f"-rLL={width}n"], input=said("man", page), capture_output=True,
                          text=True, timeout=60, check=True)
    assert done.stderr == "", done.stderr
    return done.stdout


def items(text: str) -> list[str]:
    """The heads of the lists in it, with what may stand behind a short one."""
    return re.findall(r"^ {7}(\S.*)$", text, re.M)


def section(page: str, title: str) -> str:
    return re.search(rf"^{title}\n(.*?)(?=^\S|\Z)", page, re.M | re.S)[1]


@unittest.skipIf(culvert.tool("groff") is None, "groff is not installed")
class Shown(tap.Case):
    def test_quiet(self) -> None:
        """manual: groff has nothing to say of either page, wide or narrow, and shows each of its characters as it is"""
        for page in PAGES:
            for width in (200, 80, 60):
                text = shown(page, width)
                self.assertNotRegex(text, r"[‘’“”−‐]" if width == 200 else r"[‘’“”−]")
        self.assertIn('"mqtts://broker.example"', shown("culvert.toml.5"))

    def test_options(self) -> None:
        """manual: culvert(1) has every command that help names, and below each of them every option of it"""
        text = shown("culvert.1")
        commands = helped_commands()
        self.assertGreater(len(commands), 12)
        parts = dict(re.findall(r"^   culvert ([a-z ]+?)(?: [\[A-Z][^\n]*)?\n(.*?)(?=^   \S|\Z)", section(text, "COMMANDS"), re.M | re.S))
        for words, help_text in commands.items():
            name = " ".join(words)
            if "Subcommands:" in help_text:
                continue
            if name not in parts:
                self.assertIn(f"culvert {name} is another name of it", text)
                continue
            found = {word for head in items(parts[name]) for word in re.findall(r"(?<!\S)--?[a-z][a-z-]*", head)}
            self.assertEqual(options_in(help_text) - {"-h", "--help"}, found, name)
        self.assertLessEqual({"--help", "--version"}, set(re.findall(r"--[a-z]+", section(text, "OPTIONS"))))

    def test_exits(self) -> None:
        """manual: culvert(1) has the exit codes of the README, and no others"""
        table = README.read_text().partition("| exit code | meaning |")[2].partition("\n\n")[0]
        codes = {code for cell in re.findall(r"^\| ([0-9, ]+) \|", table, re.M) for code in cell.split(", ")}
        self.assertIn("78", codes)
        found = re.findall(r"^ {7}(\d+(?:, \d+)*)\b", section(shown("culvert.1"), "EXIT STATUS"), re.M)
        self.assertEqual(codes, {code for head in found for code in head.split(", ")})

    def test_keys(self) -> None:
        """manual: culvert.toml(5) has every key of the reference's tables, and no others, with its default"""
        text, reference = shown("culvert.toml.5"), REFERENCE.read_text()
        for title, starts in {"RUNTIME": ["## `[runtime]`"], "NODES": ["## `[node.NAME]`", "#### Limits of a process"],
                              "ROUTES": ["## `[[route]]`", "### Batches", "### Durable routes"]}.items():
            keys = {}
            for start in starts:
                table = reference.partition(f"\n{start}\n")[2].partition("\n| key")[2].partition("\n\n")[0]
                for cells in re.findall(r"^\| (`.*) \|$", table, re.M):
                    names, kind, *rest = re.split(r" \| ", cells)
                    keys |= {name: rest[0] if len(rest) > 1 else "" for name in re.findall(r"`(\w+)`", names)}
            found = dict(re.findall(r"^ +(\w+) = [^\n]*\n(.*?)(?=^ +\w+ = |\Z)", section(text, title), re.M | re.S))
            self.assertEqual(set(keys), set(found), title)
            for name, default in keys.items():
                if match := re.match(r'^`"?([^`"]+)"?`', default):
                    self.assertIn(f"Default: {match[1]}", " ".join(found[name].split()), name)


class Written(tap.Case):
    def test_readme(self) -> None:
        """manual: the README's table has every command that help names"""
        table = README.read_text().partition("| command | what it does |")[2].partition("\n\n")[0]
        for words, text in helped_commands().items():
            name = " ".join(words)
            if "Subcommands:" not in text and f"`{name}` is another name of it" not in table:
                self.assertRegex(table, rf"(?m)^\| `culvert {name}\b")

    @unittest.skipIf(culvert.tool("man") is None, "man is not installed")
    def test_man(self) -> None:
        """manual: man shows a page that is not installed, as the README says"""
        self.assertIn("culvert man culvert.1 \\| man -l -", README.read_text())
        done = subprocess.run(["man", "-l", "-"], input=said("man", "culvert.1"), capture_output=True, text=True, timeout=60,
                              env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "80"})
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn("EXIT STATUS", done.stdout)

    def test_shipped(self) -> None:
        """manual: the pages that the build has made are those that the command writes, on any day, and have no date"""
        for page in PAGES:
            text = said("man", page)
            self.assertEqual(text, (Path(os.environ["CULVERT_BUILD"]) / "core" / "app" / "help" / page).read_text())
            self.assertRegex(text, r'(?m)^\.TH "CULVERT[A-Z.]*" [15] "" "Culvert [0-9.]+" ')
            self.assertNotRegex(text, r"\b20[0-9][0-9]\b")

    def test_unknown(self) -> None:
        """manual: another page is a mistake of the command line"""
        done = subprocess.run([culvert.executable(), "man", "culvert.8"], capture_output=True, text=True, timeout=60)
        self.assertEqual((64, ""), (done.returncode, done.stdout))
        self.assertIn("culvert.8 not in {culvert.1,culvert.toml.5}", done.stderr)


tap.main()
