# SPDX-License-Identifier: MIT
"""A pipeline that sends one message; the options of the connector go in its middle."""

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
