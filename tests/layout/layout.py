# SPDX-License-Identifier: MIT
"""The layout as a test: who may include whom, and how long a file may be. core/README.md says why.

    layout.py [ROOT]

The rules are read off the #include lines, not off what happens to compile. The second test case breaks each rule in a
tree made for it: rules that nothing can break prove nothing.
"""

import re
import sys
import tempfile
import unittest
from pathlib import Path

import tap

ROOT = Path(__file__).resolve().parent.parent.parent
MAX_LINES = 350
SOURCES = {".c", ".cpp", ".h", ".hpp"}
COUNTED = SOURCES | {".mjs", ".py", ".sh", ".build", ".toml"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Each folder of core and the floor that it stands on. It may include what is on a lower floor, and itself.
FLOORS = {
    "include/culvert": 0, "util": 1, "lib/nng": 2, "lib/sqlite": 2, "message": 2, "config": 2, "channel": 3,
    "journal": 3, "plugin": 3, "node": 4, "isolation": 4, "runtime": 5, "control": 5, "app": 6,
}
# The one neighbour on the same floor that may be included.
ALSO_FOR = {"isolation": {"node"}}

# A library's header, and the only files that may include it. What Culvert is measured beside is bare.
LIBRARIES = {
    "nng": (re.compile(r"^nng/"), re.compile(r"^(core|tests/core)/lib/nng/|^tests/bench/peers/")),
    "sqlite": (re.compile(r"^sqlite3"), re.compile(r"^(core|tests/core)/lib/sqlite/")),
    "toml++": (re.compile(r"^toml(\+\+|plusplus)?[/.]"), re.compile(r"^core/config/")),
    "Paho": (re.compile(r"^MQTT(Async|Client|Properties|ReasonCodes|Subscribe)"), re.compile(r"^plugins/mqtt/paho\.|^tests/bench/peers/")),
    "wolfSSL": (re.compile(r"^(wolfssl|cyassl)/"), re.compile(r"^plugins/mqtt/(tls|selftest_server_)[^/]*$|^tests/bench/peers/link\.cpp$")),
}
# Calls of a C library that reach past its headers' owners.
CALLS = {"nng": (re.compile(r"\bnng_(?!wrap|category|dep\b)[a-z0-9_]+\s*\("), re.compile(r"^(core|tests/core)/lib/nng/")),
         "sqlite": (re.compile(r"\bsqlite3_[a-z0-9_]+\s*\("), re.compile(r"^(core|tests/core)/lib/sqlite/"))}


def core_folder(path: str) -> str | None:
    """"core/lib/nng/message.hpp" -> "lib/nng"; None outside core."""
    for folder in sorted(FLOORS, key=len, reverse=True):
        if path.startswith(f"core/{folder}/"):
            return folder
    return None


def check_include(path: str, kind: str, target: str) -> str | None:
    """What is wrong with one #include line of the file `path`, or None."""
    if target.endswith((".c", ".cpp")):
        return f"includes '{target}': a source is compiled, not included"
    for library, (header, owners) in LIBRARIES.items():
        if header.match(target) and not owners.match(path):
            return f"includes '{target}': raw {library} belongs to {owners.pattern}"
    if path.startswith("plugins/"):
        own = "/".join(path.split("/")[:2])
        if kind == '"' and (target.startswith(("core/", "plugins/")) and not target.startswith(own + "/") or ".." in target):
            return f"includes '{target}': a plugin includes <culvert/...>, its own folder and its own libraries"
        return None
    if not path.startswith("core/"):
        return None
    here = core_folder(path)
    if here is None:
        return "is in a folder of core that has no floor: name it in tests/layout"
    if target.startswith("culvert/"):
        return None
    if kind == '"' and not target.startswith("core/"):
        return f"includes '{target}': in core an include is written from the root"
    if not target.startswith("core/"):
        return "includes the C header of core by its path" if "core/include" in target else None
    there = core_folder(target)
    if there is None:
        return f"includes '{target}': that folder of core has no floor"
    if there == here or there in ALSO_FOR.get(here, set()):
        return None
    if FLOORS[there] >= FLOORS[here]:
        return f"includes '{target}': floor {FLOORS[there]} from floor {FLOORS[here]}"
    return None


def without_comments(text: str) -> str:
    """Line comments and block comments blanked, so that lines keep their numbers."""
    text = re.sub(r"/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def problems(root: Path) -> list[str]:
    """Every broken rule below `root`, as place: what."""
    found = []
    for top in ("core", "plugins", "tests", "config", "deploy"):
        for file in sorted((root / top).rglob("*")):
            path = file.relative_to(root).as_posix()
            if not file.is_file() or "node_modules" in path or "__pycache__" in path:
                continue
            if file.suffix not in COUNTED and top != "deploy":
                continue
            lines = file.read_text(encoding="utf-8").splitlines()
            if len(lines) > MAX_LINES and "generated" not in path:
                found.append(f"{path}: has {len(lines)} lines, {MAX_LINES} is the limit: split it")
            if file.suffix not in SOURCES:
                continue
            for number, line in enumerate(lines, 1):
                if match := INCLUDE.match(line):
                    if wrong := check_include(path, match[1], match[2]):
                        found.append(f"{path}:{number}: {wrong}")
            for library, (call, owners) in CALLS.items():
                if top != "tests" and not owners.match(path):
                    for number, line in enumerate(without_comments("\n".join(lines)).splitlines(), 1):
                        if match := call.search(line):
                            found.append(f"{path}:{number}: calls {match[0]}: raw {library} belongs to {owners.pattern}")
    return found


# What breaks each rule: the file, its text, and a part of the complaint.
BROKEN = [
    ("core/util/a.cpp", '#include "core/node/node.hpp"\n', "floor 4 from floor 1"),
    ("core/channel/a.cpp", '#include "core/plugin/facts.hpp"\n', "floor 3 from floor 3"),
    ("core/message/a.cpp", '#include "core/config/value.hpp"\n', "floor 2 from floor 2"),
    ("core/node/a.cpp", '#  include "core/isolation/child.hpp"\n', "floor 4 from floor 4"),
    ("core/runtime/a.cpp", '#include "pipeline.hpp"\n', "written from the root"),
    ("core/strange/a.cpp", "#include <vector>\n", "no floor"),
    ("core/node/b.cpp", '#include "core/strange/a.hpp"\n', "no floor"),
    ("core/channel/b.cpp", "#include <nng/nng.h>\n", "raw nng"),
    ("core/channel/c.cpp", "void f() { nng_close(s); }\n", "raw nng"),
    ("core/journal/a.cpp", "void f() { sqlite3_close(d); }\n", "raw sqlite"),
    ("core/app/a.cpp", "#include <toml++/toml.h>\n", "raw toml++"),
    ("core/app/b.cpp", "#include <wolfssl/ssl.h>\n", "raw wolfSSL"),
    ("plugins/mqtt/relay.cpp", "#include <wolfssl/options.h>\n", "raw wolfSSL"),
    ("plugins/mqtt/selftest_server.cpp", "#include <wolfssl/ssl.h>\n", "raw wolfSSL"),
    ("plugins/mqtt/link.cpp", "#include <MQTTAsync.h>\n", "raw Paho"),
    ("plugins/console/a.cpp", '#include "core/util/log.hpp"\n', "a plugin includes"),
    ("plugins/console/b.cpp", '#include "plugins/mqtt/tls.hpp"\n', "a plugin includes"),
    ("plugins/console/c.cpp", '#include "../mqtt/tls.hpp"\n', "a plugin includes"),
    ("plugins/console/d.cpp", '#include "line.cpp"\n', "not included"),
    ("core/app/long.cpp", "//\n" * (MAX_LINES + 1), "split it"),
]
SOUND = [
    ("core/lib/nng/a.cpp", '#include <nng/nng.h>\n#include "core/util/error.hpp"\nvoid f() { nng_close(s); }\n'),
    ("core/isolation/a.cpp", '#include "core/node/node.hpp"\n#include <culvert/plugin.h>\n'),
    ("core/config/a.cpp", "#include <toml++/toml.h>\n// nng_close() is not called here\n"),
    ("plugins/mqtt/tls_context.cpp", '#include <wolfssl/ssl.h>\n#include "tls.hpp"\n#include "plugins/mqtt/tls.hpp"\n'),
    ("plugins/mqtt/selftest_server_wolf.cpp", '#include <wolfssl/wolfcrypt/dh.h>\n'),
    ("plugins/mqtt/paho.cpp", '#include <MQTTAsync.h>\n#include <culvert/plugin.hpp>\n'),
]


class Layout(unittest.TestCase):
    def test_project(self) -> None:
        """layout: no file includes above its floor, or is too long"""
        found = problems(ROOT)
        self.assertEqual([], found, "\n" + "\n".join(found))

    def test_the_test_itself(self) -> None:
        """layout: each rule, broken in a tree made for it, is noticed, and sound files are left alone"""
        for path, text in SOUND:
            self.assertEqual([], self.problems_of(path, text), path)
        for path, text, complaint in BROKEN:
            found = self.problems_of(path, text)
            self.assertEqual(1, len(found), f"{path}: {found}")
            self.assertIn(complaint, found[0])
            self.assertTrue(found[0].startswith(path), found[0])

    def problems_of(self, path: str, text: str) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_text(text)
            return problems(Path(folder))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ROOT = Path(sys.argv.pop(1)).resolve()
    tap.main()
