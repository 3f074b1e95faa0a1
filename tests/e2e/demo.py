# SPDX-License-Identifier: MIT
"""The README's first command."""

import glob
import os

import culvert
import tap
from process import Process


class Demo(tap.Case):
    def start(self) -> Process:
        script = culvert.SOURCE / "deploy" / "demo"
        return self.use(Process([str(script), "--no-install", "--build", os.environ["CULVERT_BUILD"]],
                                env=culvert.environment(self.folder, TMPDIR=str(self.folder)), name="deploy/demo"))

    def left_over(self) -> list[str]:
        return glob.glob(str(self.folder / "culvert-demo.*"))

    def test_demo(self) -> None:
        """demo: stdout holds the ten lines and nothing else, stderr says that it connected, and nothing is left"""
        demo = self.start()
        self.assertEqual(0, demo.wait(120), demo.err.texts())
        self.assertEqual([f"Received message: Hello, MQTT! Message number {number}" for number in range(10)],
                         demo.out.texts())
        demo.err.wait_for("cloud: connected to 'mqtts://localhost:")
        self.assertEqual([], self.left_over())

    def test_interrupted(self) -> None:
        """demo: interrupted in the middle it ends its broker and its culvert, and leaves nothing"""
        demo = self.start()
        demo.out.wait_for("number 1", timeout=120)
        self.assertEqual(1, len(self.left_over()))
        self.assertEqual(143, demo.stop(30), demo.err.texts())
        self.assertEqual([], self.left_over())
        demo.err.wait_until_end()  # Whoever held it open is gone.


tap.main()
