# SPDX-License-Identifier: MIT
"""`culvert init`: a first pipeline out of options or answers, which runs as it is; or nothing at all."""

import json
import re
import shlex
import signal
import stat
import subprocess

import certs
import culvert
import first_pipeline
import tap
from broker import PASSWORD, USER
from first_pipeline import write_tree
from pages import README
from secured import Secured
from terminal import Terminal

# As the kernel shows them: thousandths of a degree, what has no number, a fan, what is raw with scale and offset.
SYS = {
    "class/thermal/thermal_zone0/type": "cpu-thermal", "class/thermal/thermal_zone0/temp": "48312",
    "class/thermal/thermal_zone1/type": "off", "class/thermal/thermal_zone1/temp": "N/A",
    "class/hwmon/hwmon0/name": "nct 6775.656", "class/hwmon/hwmon0/temp1_input": "31000", "class/hwmon/hwmon0/temp1_label": "SYSTIN",
    "class/hwmon/hwmon0/fan2_input": "1250", "class/hwmon/hwmon0/intrusion0_alarm": "1",
    "bus/iio/devices/iio:device0/name": "bme280", "bus/iio/devices/iio:device0/in_pressure_input": "101.325",
    "bus/iio/devices/iio:device1/name": "adc", "bus/iio/devices/iio:device1/in_voltage3_raw": "500",
    "bus/iio/devices/iio:device1/in_voltage_scale": "2", "bus/iio/devices/iio:device1/in_voltage3_offset": "10",
}
READ = {"cpu-thermal": (48.312, "Cel"), "nct-6775-656-systin": (31.0, "Cel"), "nct-6775-656-fan2": (1250, "/min"),
        "bme280-pressure": (101.325, "kPa"), "adc-voltage3": (1.02, "V")}


class Init(first_pipeline.Case):
    def delivered(self, broker: Secured, *topics: str) -> dict[str, object]:
        """Runs the pipeline once, and answers what the broker got on each topic."""
        wanted = [option for topic in topics for option in ("-t", topic)]
        command = broker.client_command("mosquitto_sub", *wanted, "-C", str(len(topics)), "-W", "40", "-F", "%t %p", ca=broker.ca,
                                        password=True)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:
            broker.log.wait_for("Sending SUBACK")
            run = self.use(culvert.run(self.folder, self.file, "--once", "--timeout", "30s"))
            self.assertEqual(0, run.wait(60), run.err.texts())
            got, _ = listening.communicate(timeout=60)
        return {topic: json.loads(payload) for topic, payload in (line.split(" ", 1) for line in got.splitlines())}

    def test_runs(self) -> None:
        """init: with --yes and a broker's address it writes a pipeline that delivers this box's readings over TLS, as it is"""
        broker = self.use(Secured(self.folder / "broker"))
        done = self.init(self.file, "--yes", "--broker", f"mqtts://localhost:{broker.port}", "--ca", broker.ca, "--user", USER,
                         "--password-file", self.given, "--name", "edge-01", "--sys", self.folder)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertIn(f"wrote {self.file}: 2 sensors to mqtts://localhost:{broker.port}, as edge-01/NODE\n", done.stdout)
        self.assertTrue(done.stdout.endswith(f"next: culvert doctor {self.file}\n      culvert run {self.file}\n"), done.stdout)
        self.assertEqual({self.file, self.secret}, set(self.file.parent.iterdir()))
        self.assertEqual(0o640, stat.S_IMODE(self.file.stat().st_mode))
        self.assertEqual(0o600, stat.S_IMODE(self.secret.stat().st_mode))
        self.assertNotIn(PASSWORD, self.file.read_text() + done.stdout)
        checked = culvert.check(self.folder, self.file)
        self.assertEqual((0, f"{self.file}: ok, 3 nodes, 2 routes\n", ""), (checked.returncode, checked.stdout, checked.stderr))
        got = self.delivered(broker, "edge-01/load", "edge-01/memory")
        self.assertEqual({"edge-01/load", "edge-01/memory"}, set(got))
        self.assertGreater(got["edge-01/memory"]["value"], 1 << 20)

    def test_sensors(self) -> None:
        """init: thermal zones, hwmon and IIO are found where they give a number, and read in the unit that people use"""
        write_tree(self.folder / "sys", SYS)
        broker = self.use(Secured(self.folder / "broker"))
        arguments = ["--yes", "--broker", f"mqtts://localhost:{broker.port}", "--ca", broker.ca, "--user", USER, "--password-file",
                     "-", "--name", "box", "--sys", self.folder / "sys"]
        with self.given.open() as password:
            done = self.init(self.file, *arguments, *(word for name in READ for word in ("--sensor", name)), stdin=password)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        got = self.delivered(broker, *(f"box/{name}" for name in READ))
        for name, (value, unit) in READ.items():
            self.assertAlmostEqual(value, got[f"box/{name}"]["value"], msg=name)
            self.assertEqual(unit, got[f"box/{name}"]["unit"])
        with self.given.open() as password:
            done = self.init(self.file, "--force", *arguments, stdin=password)
        self.assertEqual({"load", "memory", "cloud", *READ}, self.written_nodes())

    def test_lasting(self) -> None:
        """init: a chip whose number may be another after the next start is read where it really is"""
        real = self.folder / "sys" / "devices" / "i2c-1" / "1-0044"
        write_tree(real, {"hwmon/hwmon7/name": "sht3x", "hwmon/hwmon7/temp1_input": "21000"})
        (self.folder / "sys" / "class" / "hwmon").mkdir(parents=True)
        (self.folder / "sys" / "class" / "hwmon" / "hwmon7").symlink_to(real / "hwmon" / "hwmon7")
        self.file = self.file.with_name("it's.toml")
        done = self.init(self.file, "--yes", "--broker", "mqtt://localhost", "--sys", self.folder / "sys")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(f"culvert run {shlex.quote(str(self.file))}", done.stdout.replace("'\\''", "'\"'\"'"))
        self.assertIn(f'read     = "{real.resolve()}/hwmon/hwmon*/temp1_input"\n', self.file.read_text())

    def test_mistakes(self) -> None:
        """init: what check would refuse is refused in its words, and nothing is written"""
        for options, said in {
            ("--broker", "http://localhost"): r"edge\.toml:\d+:\d+: node 'cloud': option 'url' ",
            ("--broker", f"mqtts://{USER}:hunter2@localhost"): "must not hold a user or a password",
            ("--broker", "mqtts://localhost", "--ca", "nothing.crt"): "'tls.ca'.*nothing.crt",
            ("--broker", "mqtts://localhost", "--profile", "emqx-serverles"): "did you mean 'emqx-serverless'",
        }.items():
            done = self.init(self.file, "--yes", *options)
            self.assert_nothing_written(done, 78, said)
            self.assertTrue(done.stderr.endswith("culvert: nothing was written\n"), done.stderr)
            self.assertNotIn("hunter2", done.stderr)
        broker = ("--yes", "--broker", "mqtt://localhost")
        self.assert_nothing_written(self.init(self.file, *broker, "--sensor", "laod"), 64, "no sensor 'laod' here, did you mean 'load'")
        self.assert_nothing_written(self.init(self.file, *broker, "--name", "a b"), 64, "--name: must be a runtime's name, got 'a b'")
        self.assert_nothing_written(self.init("", *broker), 64, "FILE: must not be empty")
        self.assert_nothing_written(self.init(*broker, "--sensor", "load", "--sensor", "none", self.file), 64, "no sensor 'none' here")
        self.given.write_text("\n")
        self.assert_nothing_written(self.init(self.file, *broker, "--password-file", self.given), 1, f"the password file '{self.given}' is empty")
        self.assert_nothing_written(self.init(self.file, *broker, "--password-file", "none"), 1, "the password file 'none' cannot be read: No such file")
        nowhere = self.folder / "nowhere"
        self.assert_nothing_written(self.init(nowhere / "a.toml", *broker), 1, f"write into '{nowhere}': No such file")

    def test_no_number(self) -> None:
        """init: an IIO channel whose scale or offset is no number is left out, and why is said; the others are there"""
        device = "bus/iio/devices/iio:device0"
        raw = {f"{device}/in_voltage{i}_raw": "500" for i in range(7)}
        factors = {"in_voltage0_scale": "nan", "in_voltage1_scale": "inf", "in_voltage2_scale": "many", "in_voltage3_scale": "1e999",
                   "in_voltage4_offset": "1x", "in_voltage5_scale": "1e200", "in_voltage5_offset": "1e200", "in_voltage6_scale": "0.5 "}
        write_tree(self.folder / "sys", {f"{device}/name": "adc", **raw, **{f"{device}/{name}": text for name, text in factors.items()}})
        done = self.init(self.file, "--yes", "--broker", "mqtt://localhost", "--sys", self.folder / "sys")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual({"load", "memory", "cloud", "adc-voltage6"}, self.written_nodes())
        lines = done.stderr.splitlines()
        self.assertEqual(6, len(lines), lines)
        for i, text in enumerate(("scale' must hold a number, got 'nan'", "scale' must hold a number, got 'inf'",
                                  "scale' must hold a number, got 'many'", "scale' must hold a number, got '1e999'",
                                  "offset' must hold a number, got '1x'")):
            self.assertEqual(f"culvert: IIO 'adc', 'voltage{i}', is left out: '{self.folder}/sys/{device}/in_voltage{i}_{text}", lines[i])
        self.assertEqual("culvert: IIO 'adc', 'voltage5', is left out: its offset times its scale is no number", lines[5])

    def test_no_terminal(self) -> None:
        """init: without a terminal and without --yes it says which option is missing, and so with --yes and no broker"""
        self.assert_nothing_written(self.init(self.file), 64, "no terminal to ask on, and init needs --broker URL and --yes")
        self.assert_nothing_written(self.init(self.file, "--broker", "mqtt://localhost"), 64, "and init needs --yes")
        self.assert_nothing_written(self.init(self.file, "--yes"), 64, "init --yes needs --broker URL")

    def ask(self, *arguments: str) -> Terminal:
        return self.use(Terminal([culvert.executable(), "init", str(self.file), *arguments], culvert.environment(self.folder),
                                 signals=True))

    def test_asks_no_more(self) -> None:
        """init: at a terminal a mistake in an option ends it at once, since no answer could mend it"""
        end = r".*\nculvert: nothing was written\n$"
        for option, (code, said) in {("--profile", "none"): (78, "'profile'" + end), ("--ca", "none.crt"): (78, "none.crt" + end),
                                     ("--sensor", "laod"): (64, "no sensor 'laod' here"),
                                     ("--user", USER, "--password-file", "none"): (1, "the password file 'none' cannot be read")}.items():
            asked = self.ask("--broker", "mqtts://localhost", *option)
            self.assertEqual(code, asked.wait())
            self.assertRegex(asked.everything, said)
            self.assertNotRegex(asked.everything, "Broker, such as|File with the CA")

    def test_readme(self) -> None:
        """init: the README's example says what stands there, and what it writes passes the check"""
        shown = re.search(r"^```\n\$ culvert (init .*?)\n(.*?)^```$", README.read_text(), re.M | re.S)
        certs.Authority().write_root(self.folder / "ca.crt")
        (self.folder / "password.txt").write_text(PASSWORD + "\n")
        done = self.init(*shown[1].split()[1:], cwd=self.folder)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, "^" + ".*".join(re.escape(part) for part in shown[2].split("[...]")) + "$")
        self.assertEqual(0, culvert.check(self.folder, self.folder / "edge.toml").returncode)

    def test_asks(self) -> None:
        """init: at a terminal it asks for what no option says, shows no password, and writes the same as with options"""
        options = ["--sys", str(self.folder), "--user", USER, "--name", "edge-01", "--sensor", "load"]
        self.assertEqual(0, self.init(self.file, "--yes", "--broker", "mqtts://localhost", "--password-file", self.given, *options).returncode)
        wanted = self.file.read_text()
        self.file.unlink(), self.secret.unlink()
        asked = self.ask("--sys", str(self.folder))
        for question, answer in {"Broker, such as [^\n]*: ": "", "Broker, such as  ?[^\n]*: ": "localhost",
                                 "'url' must .*Broker, [^\n]*: ": "mqtts://localhost", "File with the CA [^\n]*: ": "no.crt",
                                 "no.crt', .*File with the CA [^\n]*: ": "", "User [^\n]*: ": USER, "Password of 'edge', which is not shown: ": "",
                                 "must not be empty\nPassword of 'edge', which is not shown: ": PASSWORD,
                                 r"Name of this box.* \[.*\]: ": "a b", r"name 'a b' must .*Name of this box.* \[[^ ]*\]: ": "edge-01",
                                 r"  load: load of the last minute\n.*Which of these.* \[all\]: ": "laod",
                                 r"no sensor 'laod' here, did you mean 'load'\?\nWhich of these.* \[all\]: ": "load"}.items():
            asked.wait_for(question)
            asked.type(answer + "\n")
        self.assertEqual(0, asked.wait())
        self.assertIn("next: culvert doctor", asked.everything)
        self.assertNotIn(PASSWORD, asked.everything)
        self.assertNotIn("warning", asked.everything)
        self.assertEqual((wanted, PASSWORD + "\n"), (self.file.read_text(), self.secret.read_text()))

    def test_not_answered(self) -> None:
        """init: ^C or a signal in the middle of a password, or the end of the input, writes nothing and leaves the terminal as it was"""
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asked = self.ask("--broker", "mqtt://localhost", "--user", USER)
            asked.wait_for("not shown: ")
            self.assertFalse(asked.echoes())
            if end == signal.SIGINT:
                asked.type("half\x03")
            else:
                asked.popen.send_signal(end)
            self.assertEqual(-end, asked.wait())
            self.assertTrue(asked.echoes())
        asked = self.ask("--broker", "mqtt://localhost")
        asked.wait_for("User .*: ")
        asked.type("\x04")
        self.assertEqual(1, asked.wait())
        self.assertIn("culvert: a question was not answered, nothing was written", asked.everything)
        self.assertEqual([], list(self.file.parent.iterdir()))


tap.main()
