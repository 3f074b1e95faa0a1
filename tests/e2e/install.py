# SPDX-License-Identifier: MIT
"""The installed command finds its plugins, wherever it was installed or moved to; it needs no root."""

import os
import shutil
import subprocess
from pathlib import Path

import culvert
import tap


class Install(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        build = os.environ["CULVERT_BUILD"]
        self.root = self.folder / "root"
        command = [*os.environ["CULVERT_MESON"].split(), "install", "-C", build, "--no-rebuild", "--destdir", str(self.root)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
        found = list(self.root.rglob("bin/culvert"))
        self.assertEqual(1, len(found), found)
        self.prefix = found[0].parent.parent

    def run_minimal(self, binary: Path, *wrapper: str) -> None:
        """Runs minimal.toml, copied to where anybody can read it."""
        config = self.folder / "minimal.toml"
        shutil.copy(culvert.CONFIG / "minimal.toml", config)
        done = subprocess.run([*wrapper, str(binary), "run", str(config), "--once"], capture_output=True, text=True,
                              timeout=60, env=culvert.environment(self.folder))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(1, len(done.stdout.splitlines()), done.stdout)

    def test_destdir(self) -> None:
        """install: under DESTDIR the command finds its plugins, and headers, .pc file and schema are there"""
        self.run_minimal(self.prefix / "bin" / "culvert")
        for name in ("culvert/counters.hpp", "culvert/extensions.h", "culvert/plugin.h", "culvert/plugin.hpp"):
            self.assertTrue((self.prefix / "include" / name).is_file(), name)
        self.assertEqual(1, len(list(self.prefix.rglob("culvert-plugin.pc"))))
        self.assertTrue((self.prefix / "share" / "culvert" / "culvert.schema.json").is_file())

    def test_help(self) -> None:
        """install: the manual pages and what completes the command line lie where man and each shell look for them"""
        share = self.prefix / "share"
        for path, first in {"man/man1/culvert.1": '.\\"', "man/man5/culvert.toml.5": '.\\"',
                            "bash-completion/completions/culvert": "# bash completion",
                            "fish/vendor_completions.d/culvert.fish": "# fish completion",
                            "zsh/vendor-completions/_culvert": "#compdef culvert"}.items():
            self.assertTrue((share / path).read_text().startswith(first), path)

    def test_moved(self) -> None:
        """install: the tree can be moved to another prefix"""
        moved = self.folder / "elsewhere"
        self.prefix.rename(moved)
        self.run_minimal(moved / "bin" / "culvert")

    def test_build_folder(self) -> None:
        """install: the command in the build folder finds the plugins of the build"""
        self.run_minimal(Path(culvert.executable()))

    def test_without_root(self) -> None:
        """install: a user without root runs minimal.toml, with folders of his own"""
        if os.getuid() != 0:
            self.run_minimal(self.prefix / "bin" / "culvert")
            return
        setpriv = culvert.tool("setpriv")
        if setpriv is None:
            self.skipTest("setpriv (util-linux) is not installed")
        config = self.folder / "minimal.toml"
        shutil.copy(culvert.CONFIG / "minimal.toml", config)
        self.folder.chmod(0o755)
        home = self.folder / "somebody"
        home.mkdir()
        os.chown(home, 65534, 65534)
        done = subprocess.run(
            [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs",
             str(self.prefix / "bin" / "culvert"), "run", str(config), "--once"],
            capture_output=True, text=True, timeout=60, cwd=home,
            env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")})
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(1, len(done.stdout.splitlines()), done.stdout)


tap.main()
