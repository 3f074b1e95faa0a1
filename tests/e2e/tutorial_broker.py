# SPDX-License-Identifier: MIT
"""The tutorial's flow with a broker that is not there, or goes away in the middle."""

import culvert
import tap
from secured import Secured

TEN = [f"Hello, MQTT! Message number {number}" for number in range(10)]


class TutorialBroker(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.broker = self.use(Secured(self.folder / "broker"))

    def test_dead_broker(self) -> None:
        """tutorial: with the broker dead nothing is printed, the log says so, and with --timeout it ends with 69"""
        environment = self.broker.environment()
        self.broker.kill()
        run = self.use(culvert.run(self.folder, culvert.CONFIG / "tutorial.toml", "--once", "--timeout", "3s",
                                   env=environment))
        self.assertEqual(69, run.wait(20), run.err.texts())
        self.assertEqual([], run.out.texts())
        run.err.wait_for(rf"cloud: connect to 'mqtts://localhost:{self.broker.port}': .*refused.* in ")

    def test_broker_killed(self) -> None:
        """tutorial: the broker is killed in the middle and comes back, and the ten arrive all the same"""
        # Also what the broker had acknowledged to us is gone with it: at least once is what is asked for.
        run = self.use(culvert.run(self.folder, culvert.CONFIG / "tutorial.toml", "--once", "--idle", "3s",
                                   env=self.broker.environment()))
        run.out.wait_for("number 3", timeout=20)
        said = run.err.count()
        self.broker.kill()
        run.err.wait_for("^(warn|error) cloud: ", start=said)
        self.broker.start()
        run.err.wait_for("^info cloud: connected to", start=said, timeout=30)
        self.assertEqual(0, run.wait(60), run.err.texts())
        printed = run.out.texts()
        self.assertEqual([f"Received message: {text}" for text in TEN], list(dict.fromkeys(printed)))


tap.main()
