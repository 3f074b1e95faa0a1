# SPDX-License-Identifier: MIT
"""The pages for users keep what they say: their pipelines pass the check, their plugins compile and run, their links
lead somewhere."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import culvert
import tap
from pages import README, REFERENCE, blocks

PLUGINS = Path(os.environ["CULVERT_BUILD"]) / "plugins"
LINK = re.compile(r"\]\(([^)\s]+)\)")

# A source whose ten messages all look the same; what follows is the plugin's.
PIPELINE = """
[runtime]
plugin_path = ["built", "%s"]

[node.same]
plugin   = "sensor"
kind     = "counter"
count    = 10
interval = "10ms"
format   = "same"

[node.changed]
plugin = "changed"

[node.screen]
plugin = "console"

[node.tally]
plugin = "tally"

[[route]]
from = "same"
to   = ["changed", "tally"]

[[route]]
from = "changed"
to   = "screen"
"""


def headings(page: Path) -> set[str]:
    """The anchors of a page, as the usual viewers make them."""
    lines = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S).splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


class Pages(tap.Case):
    def build(self, language: str, compiler: str, standard: str) -> None:
        """Compiles the one block of that language to a plugin in the folder 'built'."""
        if shutil.which(compiler) is None:
            self.skipTest(f"there is no '{compiler}' here")
        (text,) = blocks(README, language)
        source = self.folder / f"plugin.{language}"
        source.write_text(text)
        (self.folder / "built").mkdir(exist_ok=True)
        done = subprocess.run(
            [compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC",
             "-fvisibility=hidden", f"-I{culvert.SOURCE / 'core' / 'include'}", "-o",
             str(self.folder / "built" / f"{language}.so"), str(source)], capture_output=True, text=True, timeout=120)
        self.assertEqual(0, done.returncode, done.stderr)

    def run_culvert(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = culvert.environment(self.folder, MQTT_PASSWORD="something", CULVERT_ISOLATE="")
        return subprocess.run([culvert.executable(), *arguments], env=env, cwd=self.folder, capture_output=True, text=True,
                              timeout=60)

    def check_blocks(self, page: Path) -> None:
        """Each pipeline of a page, and where the page shows what is said of it, exactly that, but for `[...]`."""
        shown = {answer.splitlines()[0]: answer.splitlines(keepends=True)[1:] for answer in blocks(page, "console")}
        for number, text in enumerate(blocks(page, "toml")):
            named = re.match(r"# (\S+\.toml)\n", text)
            file = self.folder / (named[1] if named else f"{page.stem}{number}.toml")
            own = f'[runtime]\nplugin_path = ["built", "{PLUGINS}"]\n' if '"changed"' in text else ""
            file.write_text(own + text)
            done = self.run_culvert("check", file.name)
            said = shown.pop(f"$ culvert check {file.name}", [])
            self.assertEqual((78 if said else 0, "".join(said)), (done.returncode, done.stderr), text)
        for command, lines in shown.items():
            self.assertRegex(command, r"^\$ culvert ")
            done = self.run_culvert(*command.split()[2:])
            self.assertEqual((0, ""), (done.returncode, done.stderr), command)
            pattern = "".join("(?:.*\n)*?" if line == "[...]\n" else re.escape(line) for line in lines)
            self.assertIsNotNone(re.fullmatch(pattern, done.stdout), f"{command} says:\n{done.stdout}")

    def test_readme(self) -> None:
        """readme: its pipelines pass the check, and the first has ten lines"""
        self.build("cpp", "g++", "c++20")
        self.check_blocks(README)
        self.assertEqual(10, len(blocks(README, "toml")[0].splitlines()))

    def test_reference(self) -> None:
        """readme: the pipelines of the reference pass the check, and of them is said what stands there"""
        self.check_blocks(REFERENCE)

    def test_plugins(self) -> None:
        """readme: its plugins in C++ and in C compile without a warning and do what is said of them"""
        self.build("cpp", "g++", "c++20")
        self.build("c", "gcc", "c11")
        run = self.use(culvert.run_text(self.folder, PIPELINE % PLUGINS, "--once", "--timeout", "30s"))
        self.assertEqual(0, run.wait(60), run.err.texts())
        self.assertEqual(["same"], run.out.texts())
        run.err.wait_for("tally: 10 messages")

    def test_links(self) -> None:
        """readme: every link within the project leads to a file, and to a heading where it names one"""
        pages = [page for page in culvert.SOURCE.glob("*.md")]
        pages += [page for top in ("core", "deploy", "plugins") for page in (culvert.SOURCE / top).rglob("*.md")]
        for page in pages:
            for link in LINK.findall(page.read_text()):
                if re.match(r"[a-z]+:", link):
                    continue
                path, _, anchor = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                self.assertTrue(target.exists(), f"{page}: {link}")
                if anchor:
                    self.assertIn(anchor, headings(target), f"{page}: {link}")


tap.main()
