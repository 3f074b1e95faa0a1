# SPDX-License-Identifier: MIT
"""Mosquitto's dynamic security plugin, which refuses subscriptions: an ACL file lets everybody subscribe to everything."""

import base64
import glob
import hashlib
import json
import os
from pathlib import Path

from broker import PASSWORD, USER

ITERATIONS = 101


def plugin() -> str | None:
    found = glob.glob("/usr/lib/*/mosquitto_dynamic_security.so")
    return found[0] if found else None


def settings(folder: Path, subscribes: list[str], publishes: list[str]) -> str:
    """Lines for a broker that lets USER, with PASSWORD, do this and nothing else."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, ITERATIONS, 64)
    rights = [("subscribePattern", one) for one in subscribes] + [("publishClientSend", one) for one in publishes]
    text = {
        "defaultACLAccess": {"publishClientSend": False, "publishClientReceive": True, "subscribe": False,
                             "unsubscribe": True},
        "clients": [{"username": USER, "password": base64.b64encode(digest).decode(),
                     "salt": base64.b64encode(salt).decode(), "iterations": ITERATIONS,
                     "roles": [{"rolename": "all"}]}],
        "roles": [{"rolename": "all", "acls": [{"acltype": kind, "topic": topic, "allow": True}
                                               for kind, topic in rights]}],
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "dynamic-security.json"
    file.write_text(json.dumps(text))
    file.chmod(0o600)
    return f"plugin {plugin()}\nplugin_opt_config_file {file}"
