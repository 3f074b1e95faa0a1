# SPDX-License-Identifier: MIT
"""The pipelines in config/ are sound: people start from them."""

import re

import certs
import culvert
import tap

NAMES = ("MQTT_HOST", "MQTT_USERNAME", "MQTT_PASSWORD", "EMQX_ADDRESS", "EMQX_USERNAME", "EMQX_PASSWORD",
         "AWS_IOT_ENDPOINT", "AWS_IOT_THING")


class Configs(tap.Case):
    def test_check(self) -> None:
        """config: every pipeline in config/ passes the check"""
        authority = certs.Authority()
        ca = authority.write_root(self.folder / "ca.crt")
        authority.client("edge-01").write(self.folder / "client")
        env = {name: "something" for name in NAMES} | {
            "MQTT_CA": ca, "EMQX_CA": ca, "AWS_IOT_CA": ca, "AWS_IOT_CERT": str(self.folder / "client.crt"),
            "AWS_IOT_KEY": str(self.folder / "client.key")}
        files = sorted(culvert.CONFIG.glob("*.toml"))
        self.assertEqual(["aws-iot.toml", "batching.toml", "durable.toml", "edge.toml", "emqx-serverless.toml", "minimal.toml",
                          "tutorial.toml"],
                         [file.name for file in files])
        done = culvert.check(self.folder, *files, env=env)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertNotIn("warning", done.stderr)

    def test_batching(self) -> None:
        """config: without 'batch' batching.toml would exceed the quota of messages, and the check says so"""
        ca = certs.Authority().write_root(self.folder / "ca.crt")
        env = {name: "something" for name in NAMES} | {"EMQX_CA": ca}
        text = (culvert.CONFIG / "batching.toml").read_text()
        plain = self.folder / "plain.toml"
        plain.write_text(re.sub(r"^batch .*$", "", text, flags=re.M))
        done = culvert.check(self.folder, plain, env=env)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stderr, r"'load', 'memory' and 'uptime' bring 15 messages/s, .* at most 10: .* batch on")

    def test_variables(self) -> None:
        """config: a variable that is not set is an error that says what it is for"""
        done = culvert.check(self.folder, culvert.CONFIG / "tutorial.toml")
        self.assertEqual(78, done.returncode)
        self.assertRegex(done.stderr, r"tutorial\.toml:\d+:\d+: .*MQTT_CA.*PEM file")

    def test_minimal(self) -> None:
        """config: minimal.toml prints a reading of this box, and --once ends after one round"""
        run = self.use(culvert.run(self.folder, culvert.CONFIG / "minimal.toml", "--once"))
        self.assertEqual(0, run.wait(), run.err.texts())
        self.assertEqual(1, run.out.count(), run.out.texts())
        # A load of 5.00 is printed as 5.
        self.assertRegex(run.out.texts()[0], r"^\d+(\.\d+)?$")


tap.main()
