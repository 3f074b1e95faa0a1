# SPDX-License-Identifier: MIT
"""`culvert check --explain`: what holds and where it comes from, as TOML that any reader takes and that holds no secret."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import certs
import culvert
import npm
import tap

SCHEMA = culvert.CONFIG / "culvert.schema.json"
SECRET = "hunter2-7fQ"
PIPELINE = f"""
[runtime]
name = "${{EDGE_NAME:-edge}}"

[node.load]
plugin   = "sensor"
read     = "proc/loadavg"
interval = "${{LOAD_INTERVAL:-5s}}"

[node.cloud]
plugin         = "mqtt"
profile        = "emqx-serverless"
url            = ["mqtts://${{HOST}}", "mqtts://b.example:1"]
username       = "me"
password       = "{SECRET}"
proxy          = "http://proxy.example"
proxy_username = "me"
proxy_password = {{ file = "password.txt" }}
tls.ca         = "ca.crt"
subscribe      = ["a/#", {{ topic = "b", qos = 2 }}]

[[route]]
from    = "load"
to      = "cloud"
durable = true
batch   = {{ within = "2s" }}
"""


class Explain(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        certs.Authority().write_root(self.folder / "ca.crt")
        (self.folder / "password.txt").write_text(SECRET + "\n")
        self.file = self.folder / "edge.toml"
        self.file.write_text(PIPELINE)
        self.file.chmod(0o600)

    def explain(self, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([culvert.executable(), "check", "--explain", *map(str, arguments)], capture_output=True,
                              text=True, timeout=60, cwd=self.folder,
                              env=culvert.environment(self.folder, **{"HOST": "a.example", **env}))

    def line(self, text: str, key: str) -> str:
        """The first line with that key, with one blank wherever there are several."""
        match = re.search(rf"^{re.escape(key)} = .*$", text, re.M)
        self.assertIsNotNone(match, f"no {key} in:\n{text}")
        return re.sub(r" +", " ", match[0])

    def test_places(self) -> None:
        """explain: each value has its place in the file, its variables, or whose default it is"""
        done = self.explain("edge.toml", EDGE_NAME="box", CULVERT_ISOLATE="")
        self.assertEqual(0, done.returncode, done.stderr)
        for key, line in {
            "name": 'name = "box" # edge.toml:3:8, from $EDGE_NAME',
            "memory": 'memory = "24MiB" # default',
            "state_dir": f'state_dir = "{self.folder}/state" # environment: STATE_DIRECTORY',
            "read": f'read = "{self.folder}/proc/loadavg" # edge.toml:7:12',
            "interval": 'interval = "5s" # edge.toml:8:12, default of $LOAD_INTERVAL',
            "kind": 'kind = "file" # default of the plugin',
            "profile": 'profile = "emqx-serverless" # edge.toml:12:18',
            "max_rate": "max_rate = 10.0 # preset of the plugin: profile = 'emqx-serverless'",
            "password": 'password = "********" # edge.toml:15:18, masked',
            "proxy_password": f'proxy_password = {{ file = "{self.folder}/password.txt" }} # edge.toml:18:18',
            "within": 'within = "2s" # edge.toml:26:22',
        }.items():
            self.assertEqual(line, self.line(done.stdout, key))
        self.assertIn('"mqtts://a.example:8883",', done.stdout)
        self.assertRegex(done.stdout, r"(?m)^  \"mqtts://a\.example:8883\", +# edge\.toml:13:19, from \$HOST$")

    def test_read_back(self) -> None:
        """explain: another reader of TOML reads the same values, and the check finds nothing but the secrets that are to be filled in"""
        done = self.explain("edge.toml")
        read = tomllib.loads(done.stdout)
        self.assertEqual(["runtime", "node", "route"], list(read))
        self.assertEqual([{"topic": "a/#", "qos": 1, "no_local": False, "retain_as_published": False,
                           "retain_handling": "always"}], read["node"]["cloud"]["subscribe"][:1])
        self.assertEqual({"max": 100, "within": "2s", "max_bytes": "128KiB"}, read["route"][0]["batch"])
        (self.folder / "elsewhere").mkdir()
        copy = self.folder / "elsewhere" / "copy.toml"
        copy.write_text(done.stdout)
        copy.chmod(0o600)
        again = self.explain(copy)
        self.assertEqual(0, again.returncode, again.stderr)
        self.assertEqual(read, tomllib.loads(again.stdout))
        before, after = (sorted(re.findall(r": (warning: .*)", one.stderr)) for one in (done, again))
        self.assertRegex(after.pop(0), "^warning: node 'cloud': option 'password' is nothing but asterisks")
        self.assertEqual(before, after)

    def test_json(self) -> None:
        """explain: as JSON it has the same values by their full names, each with where it is from"""
        done = self.explain("edge.toml", "--format", "json")
        self.assertEqual(0, done.returncode, done.stderr)
        (pipeline,) = json.loads(done.stdout)["pipelines"]
        self.assertEqual((["edge.toml"], 2, 1), (pipeline["files"], pipeline["nodes"], pipeline["routes"]))
        values = {value.pop("key"): value for value in pipeline["values"]}
        self.assertEqual({"value": "5s", "from": "file", "file": "edge.toml", "line": 8, "column": 12,
                          "variables": [{"name": "LOAD_INTERVAL", "is_default": True}]}, values["node.load.interval"])
        self.assertEqual({"value": 2, "from": "file", "file": "edge.toml", "line": 20, "column": 47},
                         values["node.cloud.subscribe[1].qos"])
        self.assertEqual({"value": 1, "from": "plugin default"}, values["node.cloud.subscribe[0].qos"])
        self.assertEqual({"value": 10, "from": "plugin preset", "why": "profile = 'emqx-serverless'"},
                         values["node.cloud.max_rate"])
        self.assertEqual({"value": None, "masked": True, "from": "file", "file": "edge.toml", "line": 15, "column": 18},
                         values["node.cloud.password"])
        self.assertEqual("mqtts://b.example:1", values["node.cloud.url[1]"]["value"])
        self.assertEqual("default", values["route[0].batch.max"]["from"])
        self.assertEqual("cloud", values["route[0].to[0]"]["value"])

    def test_no_text(self) -> None:
        """explain: a name of a file that is no UTF-8 does not break the JSON: what no reader takes is replaced"""
        folder = os.fsencode(self.folder) + b"/b\xffx"
        os.mkdir(folder)
        for name in ("password.txt", "ca.crt"):
            os.rename(os.fsencode(self.folder / name), folder + b"/" + name.encode())
        with open(os.open(folder + b"/e\xfe.toml", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(PIPELINE)
        name = os.fsdecode(folder + b"/e\xfe.toml")
        done = subprocess.run([culvert.executable(), "check", "--explain", "--format", "json", name], capture_output=True, timeout=60,
                              env=culvert.environment(self.folder, HOST="a.example"))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual([f"{self.folder}/b\ufffdx/e\ufffd.toml"], json.loads(done.stdout)["pipelines"][0]["files"])

    def test_shared(self) -> None:
        """explain: a variable that a secret is made of is in no other option either, and read back it is the same"""
        self.file.write_text(PIPELINE.replace(f'"{SECRET}"', '"${PASSWORD}"').replace('"me"', '"me-${PASSWORD}"')
                             .replace("http://proxy.example", "http://${PASSWORD}.example"))
        for form in ("text", "json"):
            done = self.explain("edge.toml", "--format", form, PASSWORD=SECRET)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertNotIn(SECRET.lower(), (done.stdout + done.stderr).lower())
        read = tomllib.loads(self.explain("edge.toml", PASSWORD=SECRET).stdout)["node"]["cloud"]
        self.assertEqual(("me-${PASSWORD}", "http://${PASSWORD}.example"), (read["username"], read["proxy"]))

    def test_secrets(self) -> None:
        """explain: no secret is in what it writes, in whichever of its forms and wherever the secret is"""
        for written, env in ((f'"{SECRET}"', {}), ('"${PASSWORD}"', {"PASSWORD": SECRET}),
                             (f'"${{PASSWORD:-{SECRET}}}"', {}), ('"x${PASSWORD}"', {"PASSWORD": SECRET}),
                             ('{ env = "PASSWORD" }', {"PASSWORD": SECRET}), ('{ file = "password.txt" }', {}),
                             ('{ credential = "mqtt" }', {"CREDENTIALS_DIRECTORY": str(self.folder)})):
            (self.folder / "mqtt").write_text(SECRET)
            self.file.write_text(PIPELINE.replace(f'"{SECRET}"', written))
            for form in ("text", "json"):
                done = self.explain("edge.toml", "--format", form, **env)
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertIn("password", done.stdout)
                self.assertNotIn(SECRET, done.stdout + done.stderr, written)

    def test_wrong(self) -> None:
        """explain: a file with a mistake gets its lines and 78, and is not explained; the others are"""
        wrong = self.folder / "wrong.toml"
        wrong.write_text("[runtime]\nnam = 'x'\n")
        done = self.explain("wrong.toml", "edge.toml")
        self.assertEqual(78, done.returncode)
        self.assertIn("wrong.toml:2:1: runtime: unknown key 'nam', did you mean 'name'?", done.stderr)
        self.assertEqual(self.explain("edge.toml").stdout, done.stdout)
        done = self.explain("wrong.toml", "edge.toml", "--format", "json")
        self.assertEqual((78, False, 1), (done.returncode, json.loads(done.stdout)["ok"],
                                          len(json.loads(done.stdout)["pipelines"])))
        usage = subprocess.run([culvert.executable(), "check", "--format", "json", "edge.toml"], capture_output=True,
                               text=True, timeout=60, cwd=self.folder)
        self.assertEqual((64, ""), (usage.returncode, usage.stdout))

    @npm.needs("@taplo/cli")
    def test_schema(self) -> None:
        """explain: what it writes of the pipelines in config/ passes the check and the schema"""
        certs.Authority().client("edge-01").write(self.folder / "client")
        ca = str(self.folder / "ca.crt")
        env = {"MQTT_CA": ca, "EMQX_CA": ca, "AWS_IOT_CA": ca, "AWS_IOT_CERT": str(self.folder / "client.crt"),
               "AWS_IOT_KEY": str(self.folder / "client.key")}
        env |= {name: "8883" if name.endswith("PORT") else "something" for file in culvert.CONFIG.glob("*.toml")
                for name in re.findall(r"\$\{(\w+)", file.read_text()) if name not in env}
        written = []
        for file in sorted(culvert.CONFIG.glob("*.toml")):
            done = self.explain(file, **env)
            self.assertEqual(0, done.returncode, done.stderr)
            written.append(self.folder / f"{file.stem}-explained.toml")
            written[-1].write_text(done.stdout)
            written[-1].chmod(0o600)
        done = culvert.check(self.folder, *written, env=env)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual({}, npm.lint(*written, schema=SCHEMA))


tap.main()
