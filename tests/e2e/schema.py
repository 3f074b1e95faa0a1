# SPDX-License-Identifier: MIT
"""`culvert schema`, read by another program: what `check` takes it takes, and what it refuses `check` refuses."""

import json
import re
import subprocess
from pathlib import Path

import culvert
import npm
import tap
from pages import README, REFERENCE, blocks

COPY = culvert.CONFIG / "culvert.schema.json"
NODES = '[node.a]\nplugin = "sensor"\nkind = "counter"\n[node.b]\nplugin = "console"\n'
ROUTE = NODES + '[[route]]\nfrom = "a"\nto = "b"\n'
MQTT = '[node.a]\nplugin = "mqtt"\nurl = "mqtts://localhost"\n'

# A mistake, and a part of what taplo says of it. All of them are mistakes for `check`, too.
BAD = {
    "top": ("[nodes.a]\nplugin = 'console'\n", "'nodes' was unexpected"),
    "runtime-key": ("[runtime]\nmemmory = '8MiB'\n", "'memmory' was unexpected"),
    "runtime-name": ("[runtime]\nname = 'edge 1'\n", '"edge 1" does not match'),
    "size": ("[runtime]\nmemory = '8 MB'\n", '"8 MB" does not match'),
    "bare-size": ("[runtime]\nmemory = 8388608\n", '8388608 is not of type "string"'),
    "word": ("[runtime]\nlog_level = 'warning'\n", '"warning" does not match'),
    "path-list": ("[runtime]\nplugin_path = []\n", "[] has less than 1 item"),
    "node-name": ("[node.'a b']\nplugin = 'console'\n", "'a b' was unexpected"),
    "no-plugin": ("[node.a]\nformat = 'json'\n", '"plugin" is a required property'),
    "node-key": ("[node.a]\nplugin = 'console'\nhang_timeout = '5 s'\n", '"5 s" does not match'),
    "isolate": ("[node.a]\nplugin = 'console'\nisolate = 'yes'\n", '"yes" is not of type'),
    "isolate-limit": ("[node.a]\nplugin = 'console'\nisolate = { memry = '64MiB' }\n", "'memry' was unexpected"),
    "isolate-range": ("[node.a]\nplugin = 'console'\nisolate = { files = 7 }\n", "7 is less than the minimum of 32"),
    "option": ("[node.a]\nplugin = 'console'\nfromat = 'json'\n", "'fromat' was unexpected"),
    "inner-option": (MQTT + "tls.crt = 'a'\n", "'crt' was unexpected"),
    "other-plugins-option": ("[node.a]\nplugin = 'console'\nurl = 'mqtt://a'\n", "'url' was unexpected"),
    "choice": ("[node.a]\nplugin = 'console'\nformat = 'jsonl'\n", '"jsonl" does not match'),
    "duration": ("[node.a]\nplugin = 'sensor'\nkind = 'sine'\ninterval = 5\n", '5 is not of type "string"'),
    "integer": (MQTT + "qos = 5\n", "5 is greater than the maximum of 2"),
    "number": (MQTT + "max_rate = 0\n", "0 is less than the minimum of 0.001"),
    "boolean": (MQTT + "retain = 'yes'\n", '"yes" is not of type "boolean"'),
    "long": ("[node.a]\nplugin = 'sensor'\nkind = 'sine'\nunit = '" + 65 * "m" + "'\n", "not valid under any"),
    "url": ("[node.a]\nplugin = 'mqtt'\nurl = ['mqtts://a', 'http://a']\n", '"http://a" does not match'),
    "pattern": (MQTT + "tls.pin = 'sha256/abc'\n", '"sha256/abc" does not match'),
    "template": ("[node.a]\nplugin = 'sensor'\nkind = 'sine'\nformat = '{valu}'\n", '"{valu}" does not match'),
    "filter": (MQTT + "subscribe = ['a/#', 'a/#/b']\n", '"a/#/b" does not match'),
    "empty-list": (MQTT + "subscribe = []\n", "[] has less than 1 item"),
    "twice": (MQTT + "subscribe = ['a', 'b', 'a']\n", "has non-unique elements"),
    "element": (MQTT + "subscribe = [{ topic = 'a', qoss = 1 }]\n", "'qoss' was unexpected"),
    "element-without": (MQTT + "subscribe = [{ qos = 1 }]\n", '"topic" is a required property'),
    "secret": (MQTT + "password = { env = 'A', file = 'b' }\n", "has more than 1 property"),
    "secret-place": (MQTT + "password = { environment = 'A' }\n", "'environment' was unexpected"),
    "required": ("[node.a]\nplugin = 'mqtt'\n", '"url" is a required property'),
    "required-by-default": ("[node.a]\nplugin = 'sensor'\n", '"read" is a required property'),
    "required-with": ("[node.a]\nplugin = 'sensor'\nkind = 'file'\n", '"read" is a required property'),
    "only-with": ("[node.a]\nplugin = 'sensor'\nkind = 'sine'\nread = '/a'\n", "not valid under any"),
    "only-without": (MQTT + "status_topic = 'a'\nwill.topic = 'b'\n", "is not allowed for"),
    "together": (MQTT + "proxy_username = 'me'\n", '"proxy" is a required property'),
    "inner-together": (MQTT + "will = { payload = 'gone' }\n", '"topic" is a required property'),
    "no-list": ("[node.a]\nplugin = 'console'\n[route]\nfrom = 'a'\n", "is not of type"),
    "no-to": (NODES + "[[route]]\nfrom = 'a'\n", '"to" is a required property'),
    "to-twice": (NODES + "[[route]]\nfrom = 'a'\nto = ['b', 'b']\n", "has non-unique elements"),
    "route-key": (ROUTE + "durabel = true\n", "'durabel' was unexpected"),
    "route-qos": (ROUTE + "qos = 3\n", "3 is greater than the maximum of 2"),
    "route-filter": (ROUTE + "filter = 'a+'\n", '"a+" does not match'),
    "route-topic": (ROUTE + "topic = 'a/{nodes}'\n", '"a/{nodes}" does not match'),
    "route-wildcard": (ROUTE + "topic = 'a/#'\n", '"a/#" does not match'),
    "route-encode": (ROUTE + "encode = 'jso'\n", '"jso" does not match'),
    "not-durable": (ROUTE + "max_size = '1MiB'\n", '"durable" is a required property'),
    "durable-false": (ROUTE + "durable = false\nmax_size = '1MiB'\n", "true was expected"),
    "batch": (ROUTE + "batch = { maximum = 5 }\n", "'maximum' was unexpected"),
    "batch-range": (ROUTE + "batch = { max = 1001 }\n", "1001 is greater than the maximum of 1000"),
}


def schema(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([culvert.executable(), "schema", *arguments], capture_output=True, text=True, timeout=60)


class Schema(tap.Case):
    def test_fresh(self) -> None:
        """schema: the copy in config/ is what the command writes: after a change 'culvert schema > config/culvert.schema.json'"""
        done = schema()
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual(done.stdout, COPY.read_text())

    def test_named(self) -> None:
        """schema: every pipeline in config/ names it, so that an editor finds it"""
        for file in culvert.CONFIG.glob("*.toml"):
            self.assertEqual(f"#:schema {COPY.name}", file.read_text().splitlines()[0], file.name)

    def test_plugins(self) -> None:
        """schema: it is of all plugins there are, of those that are named, or of a shared object"""
        def plugins(*arguments: str) -> list[str]:
            return [name for name in json.loads(schema(*arguments).stdout)["definitions"] if name != "node"]

        self.assertEqual(["plugin_console", "plugin_mqtt", "plugin_sensor"], plugins())
        self.assertEqual(["plugin_sensor"], plugins("--plugin", "sensor", "--plugin", "sensor"))
        fixtures = Path(culvert.executable()).parents[2] / "tests" / "fixtures"
        self.assertEqual(["plugin_shout"], plugins("--plugin", str(fixtures / "shout.so")))
        self.assertIn("plugin_shout", plugins("--plugin-path", str(fixtures)))
        done = schema("--plugin", "sensr")
        self.assertEqual((1, "", "culvert: there is no plugin 'sensr', did you mean 'sensor'?\n"),
                         (done.returncode, done.stdout, done.stderr))
        self.assertEqual(64, schema("sensor").returncode)


@npm.needs("@taplo/cli")
class Taplo(tap.Case):
    def write(self, texts: dict[str, str]) -> list[Path]:
        files = [self.folder / f"{name}.toml" for name in texts]
        for file, text in zip(files, texts.values()):
            file.write_text(text)
        return files

    def refused(self, files: list[Path], **env: str) -> set[str]:
        """The names of those that `check` refuses."""
        done = culvert.check(self.folder, *files, env=env)
        return {file.name for file in files if re.search(rf"^{re.escape(str(file))}:(?!.*: warning: )", done.stderr, re.M)}

    def test_config(self) -> None:
        """schema: taplo takes every pipeline in config/ by the schema that it names, and refuses it with a mistake in it"""
        files = sorted(culvert.CONFIG.glob("*.toml"))
        self.assertEqual({}, npm.lint(*files))
        (self.folder / COPY.name).write_text(COPY.read_text())
        wrong = self.write({file.stem: file.read_text() + "\n[[route]]\nfrm = 'load'\n" for file in files})
        refused = npm.lint(*wrong)
        self.assertEqual({file.name for file in wrong}, set(refused))
        for said in refused.values():
            self.assertIn("'frm' was unexpected", said)

    def test_good(self) -> None:
        """schema: taplo takes the plugins' samples and every pipeline of the pages that passes the check"""
        texts = {f"{page.stem}{number}": text
                 for page in (README, REFERENCE, *culvert.SOURCE.glob("plugins/*/README.md"))
                 for number, text in enumerate(blocks(page, "toml"))}
        texts |= {file.parent.name: file.read_text() for file in culvert.SOURCE.glob("plugins/*/sample.toml")}
        files = self.write(texts)
        refused = self.refused(files, MQTT_PASSWORD="something")
        good = [file for file in files if file.name not in refused]
        self.assertGreater(len(good), 12, refused)
        self.assertEqual({}, npm.lint(*good, schema=COPY))

    def test_bad(self) -> None:
        """schema: what taplo refuses by it check refuses, and each mistake is told from the next"""
        files = self.write({name: text for name, (text, _) in BAD.items()})
        self.assertEqual({file.name for file in files}, self.refused(files))
        refused = npm.lint(*files, schema=COPY)
        self.assertEqual({file.name for file in files}, set(refused))
        for name, (_, said) in BAD.items():
            self.assertIn(said, refused[f"{name}.toml"], name)

    def test_variables(self) -> None:
        """schema: a text that a variable makes another of is taken, whatever its option wants"""
        text = (MQTT.replace("mqtts://localhost", "${URL}") + "keep_alive = '${KEEP:-1m}'\nsubscribe = '${TOPIC}'\n"
                "tls.min_version = '${TLS:-1.2}'\nproxy_username = '${USER}'\nproxy = '${PROXY}'\n"
                "[runtime]\nname = '${NAME}'\nmemory = '${MEMORY:-8MiB}'\nclock = '${CLOCK:-mark}'\n")
        files = self.write({"variables": text})
        self.assertEqual(set(), self.refused(files, URL="mqtts://a", TOPIC="a/#", USER="me", PROXY="http://a", NAME="a"))
        self.assertEqual({}, npm.lint(*files, schema=COPY))

    def test_others(self) -> None:
        """schema: a node of a plugin that it does not know may hold anything beside the host's keys"""
        files = self.write({"own": "[node.a]\nplugin = 'own'\nanything = [1, { x = 'y' }]\nhang_timeout = '1m'\n",
                            "wrong": "[node.a]\nplugin = 'own'\nhang_timeout = 1\n"})
        self.assertEqual({"wrong.toml"}, set(npm.lint(*files, schema=COPY)))


tap.main()
