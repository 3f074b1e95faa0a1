# SPDX-License-Identifier: MIT
"""Ports of the kernel's choice on loopback."""

import socket


def free_port() -> int:
    """A port that nobody listens on now. Who cannot bind port 0 takes this, and tries another when it was too slow."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
