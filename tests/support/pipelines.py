# SPDX-License-Identifier: MIT
"""Pipelines as text: whole ones, and the parts of others."""

import os
from pathlib import Path

BUILD = Path(os.environ["CULVERT_BUILD"])
PLUGINS = f"plugin_path = ['{BUILD / 'tests' / 'fixtures'}', '{BUILD / 'plugins'}']\n"

# Sends one message; the options of the connector go in its middle.
ONE = """
[node.source]
plugin = "sensor"
kind   = "counter"
count  = 1
format = "message {value}"
topic  = "a/b"

[node.cloud]
plugin = "mqtt"
%s

[[route]]
from = "source"
to   = "cloud"
"""


def head(name: str = "edge") -> str:
    return f"[runtime]\nname = '{name}'\n{PLUGINS}"


def node(name: str, plugin: str, options: str = "") -> str:
    return f"[node.{name}]\nplugin = '{plugin}'\n{options}\n"


def route(source: str, to: str, options: str = "") -> str:
    return f"[[route]]\nfrom = '{source}'\nto = '{to}'\n{options}\n"


def counter(count: int = 0, interval: str = "1ms") -> str:
    limit = f"count = {count}\n" if count else ""
    return node("counter", "sensor", f"kind = 'counter'\ninterval = '{interval}'\n{limit}")
