# SPDX-License-Identifier: MIT
"""`culvert check`: every mistake in one run, each with its place."""

import re
import resource
import shutil
import subprocess
from pathlib import Path

import culvert
import tap
from pipelines import head, node, route

# What must be said of a line stands behind it.
MISTAKES = """
[runtime]
nam = "box"                                 #! 'nam'.*did you mean 'name'

[node.no_plugin]
plugin = "sensr"                            #! 'sensr'.*did you mean 'sensor'

[node."bad name"]                           #! bad name
plugin = "console"

[node.source]
plugin   = "sensor"
kind     = "counter"
interval = 5                                #! 'interval'.*duration
topic    = "plant/+/up"                     #! (\\+|wildcard)
format   = "{valu}"                         #! valu.*did you mean .*value
intervall = "1s"                            #! 'intervall'.*did you mean 'interval'

[node.cloud]
plugin   = "mqtt"
url      = "mqtt://localhost"
qos      = 5                                #! 'qos'.*got 5
retain   = "yes"                            #! 'retain'.*
tls.ca   = "not-there.crt"                  #! not-there.crt
tls.crl  = "not-there.crl"                  #! not-there.crl
tls.pin  = "sha256/abc"                     #! 'tls.pin' must be 'sha256/' and 44 characters.*got 'sha256/abc'
tls.alpn = ["mqtt", "a,b"]                  #! 'tls.alpn.1.' must be 1 to 255 visible characters
burst    = 3                                #! 'burst' is of use only together with option 'max_rate'
window   = 65                               #! 'window'.*64
failback = "2d"                             #! 'failback'
status_topic = "s/{nod}"                    #! 'status_topic'.*nod.*did you mean .*node
subscribe = [{ topic = "a", retain_handling = "once" }] #! 'subscribe.0..retain_handling'.*once
username = "${NOT_SET_ANYWHERE}"            #! NOT_SET_ANYWHERE
password = "${NOR_THIS:?what it is for}"    #! NOR_THIS.*what it is for

[node.no_url]                               #! url
plugin = "mqtt"

[node.in_url]
plugin = "mqtt"
url    = "mqtt://me:secret@localhost"       #! must not hold a user or a password

[node.tls]
plugin    = "mqtt"
url       = "mqtts://broker.test"
bind      = "1.2.3"                         #! 'bind' must be an IP address
client_id = "a\\u0007b"                     #! 'client_id' holds a control character
password  = "${PASSWORD:-x}"
proxy     = "http://me:secret@x"            #! .put them into 'proxy_username' and 'proxy_password'
subscribe = [
  "$share/x",                               #! a shared subscription must be
  "$share//x",                              #! a shared subscription must be
  { topic = "$share/g/x", no_local = true }, #! 'no_local' is not possible
  "a/b",
  "a/b",                                    #! 'subscribe.4..topic' is 'a/b', as 'subscribe.3..topic' is
]
status_topic = "a/#"                        #! 'status_topic' must make a topic: 'a/#' holds the wildcard
tls.pin      = []                           #! 'tls.pin' must not be empty
tls.ciphers  = ["TLS_AES_128_GCM_SHA256"]   #! 'tls.ciphers' names a suite of TLS 1.3
tls.max_version = "1.2"
tls.server_name = "*"                       #! 'tls.server_name' must be the name of a host
tls.insecure_skip_verify = true             #! 'tls.insecure_skip_verify' would show the password

[[route]]
from = "source"
to   = "screne"                             #! 'screne'

[[route]]
from  = "source"
to    = "cloud"
topic = "a/{nodes}"                         #! nodes.*did you mean .*node
durabel = true                              #! 'durabel'
"""


def processor_seconds() -> float:
    """What all children that have ended used: a clock would count what else the box does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Check(tap.Case):
    def check(self, *texts: str) -> subprocess.CompletedProcess[str]:
        files = []
        for number, text in enumerate(texts):
            files.append(self.folder / f"file{number}.toml")
            files[-1].write_text(text)
        return culvert.check(self.folder, *files)

    def assert_said(self, stderr: str, file: str, line: int, pattern: str) -> None:
        self.assertTrue(re.search(rf"(^|/){re.escape(file)}:{line}:[1-9]\d*: .*{pattern}", stderr, re.M),
                        f"nothing like '{pattern}' at {file}:{line} in:\n{stderr}")

    def test_all(self) -> None:
        """check: all mistakes of a file, and those of the files beside it, come in one run that ends with 78"""
        twice = '[node.a]\nplugin = "console"\n[node.a]\nplugin = "console"\n'
        syntax = '[node.a]\nplugin = "console\n'
        done = self.check(MISTAKES, twice, syntax)
        self.assertEqual(78, done.returncode, done.stderr)
        said = done.stdout + done.stderr
        for number, line in enumerate(MISTAKES.splitlines(), 1):
            if "#!" in line:
                self.assert_said(said, "file0.toml", number, line.split("#!")[1].strip())
        self.assert_said(said, "file1.toml", 3, "")
        self.assert_said(said, "file2.toml", 2, "")
        self.assertNotIn("secret@", said)

    def test_others(self) -> None:
        """check: run and doctor refuse the same file with the same lines and the same end, before anything is opened"""
        said = {}
        for command in ("check", "run", "doctor"):
            file = self.folder / "edge.toml"
            file.write_text(MISTAKES)
            done = subprocess.run([culvert.executable(), command, str(file)], env=culvert.environment(self.folder),
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(78, done.returncode, done.stderr)
            # A line of the log ends with its event.
            said[command] = [line.removesuffix(" [config.error]")
                             for line in re.findall(r"edge\.toml:\d+:\d+: (?!warning: ).*", done.stderr)]
        self.assertGreater(len(said["check"]), 40)
        self.assertEqual(said["check"], said["run"])
        self.assertEqual(said["check"], said["doctor"])

    def test_truncated(self) -> None:
        """check: every truncation of a good file is an error or a pipeline, never a crash"""
        text = (culvert.CONFIG / "minimal.toml").read_text()
        text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        for start in range(0, len(text), 64):
            ends = range(start, min(start + 64, len(text)))
            done = self.check(*[text[:end] for end in ends])
            self.assertIn(done.returncode, (0, 78), done.stderr)

    def test_no_node_program(self) -> None:
        """check: isolate = true without a 'culvert-node' that may be executed is an error at its place, and run says the same"""
        program = Path(shutil.copy(culvert.executable(), self.folder))
        file = self.folder / "edge.toml"
        file.write_text(head() + node("c", "sensor", "kind = 'counter'") + node("s", "console", "isolate = true") + route("c", "s"))
        line = file.read_text().splitlines().index("isolate = true") + 1

        def said(command: str) -> tuple[int, str]:
            done = subprocess.run([program, command, str(file)], env=culvert.environment(self.folder), capture_output=True,
                                  text=True, timeout=60)
            return done.returncode, done.stderr

        beside = self.folder / "culvert-node"
        for make in (lambda: None, lambda: beside.write_text("#!/bin/true\n")):
            make()
            for command in ("check", "run"):
                code, text = said(command)
                self.assertEqual(78, code, text)
                self.assertIn(f"edge.toml:{line}:11: node 's': 'isolate' needs the program 'culvert-node', which is not installed, "
                              "or may not be executed: install it with 'culvert', or leave 'isolate' out", text)
        beside.chmod(0o755)
        self.assertEqual(0, said("check")[0])

    def test_full_disk(self) -> None:
        """check: what can't be written out ends with 1 and a line, for the schema, a picture and an explanation too"""
        file = self.folder / "a.toml"
        file.write_text("[node.o]\nplugin = 'console'\n[node.i]\nplugin = 'sensor'\nkind = 'counter'\n[[route]]\nfrom = 'i'\nto = 'o'\n")
        for command in (["check", str(file)], ["check", "--explain", str(file)], ["graph", str(file)], ["schema"],
                        ["inspect", "console"]):
            with self.subTest(command=command[0]), open("/dev/full", "wb") as full:
                done = subprocess.run([culvert.executable(), *command], env=culvert.environment(self.folder), stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(1, done.returncode)
                # Of what is longer than a buffer the reason is not known at the end.
                self.assertRegex(done.stderr, "^culvert: write to stdout: (No space left on device|not all of it was taken)\n$")

    def test_monsters(self) -> None:
        """check: keys of 200,000 parts and 100,000 nested arrays are errors after at most 100 ms of processor time"""
        for text in ("a" + ".a" * 199_999 + " = 1\n", "[" + "a." * 199_999 + "a]\n",
                     "a = " + "[" * 100_000 + "]" * 100_000 + "\n"):
            before = processor_seconds()
            done = self.check(text)
            took = processor_seconds() - before
            self.assertEqual(78, done.returncode, done.stderr[-1000:])
            self.assert_said(done.stderr, "file0.toml", 1, "")
            self.assertLess(took, 10 if culvert.is_sanitized() else 0.1)


tap.main()
