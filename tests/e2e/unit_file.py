# SPDX-License-Identifier: MIT
"""The unit of systemd: what systemd says of it, and what is shipped beside it."""

import re
import shutil
import subprocess

import culvert
import sandbox
import tap
from units import DEPLOY, NEEDS_SYSTEMD, SAMPLES, write_unit

MOST_EXPOSURE = 1.5
MOST_WITH_USERS = 2.5  # its runtime is root
LONG = 60


class UnitFile(tap.Case):
    def setUp(self) -> None:
        super().setUp()
        self.unit = write_unit(self.folder)

    def analyze(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=LONG)

    @NEEDS_SYSTEMD
    def test_verify(self) -> None:
        """unit: systemd-analyze verify has nothing to say of it, nor of it with each of the samples that its version knows"""
        version = int(re.search(r"systemd (\d+)", self.analyze("--version").stdout)[1])
        over = self.folder / "culvert.service.d"
        over.mkdir()
        for sample in (None, *SAMPLES):
            if sample:
                shutil.copy(sample, over / "sample.conf")
            done = self.analyze("verify", "--man=no", str(self.unit))
            said = done.stdout + done.stderr
            if sample and sample.name == "backoff.conf" and version < 254:
                said = re.sub(r".*Unknown key (name )?'Restart(Steps|MaxDelaySec)'.*\n", "", said)
            self.assertEqual((0, ""), (done.returncode, said), sample)

    @NEEDS_SYSTEMD
    def test_exposure(self) -> None:
        """unit: its exposure, as systemd-analyze security counts it, is 1.5 at most, with each sample too, but for nodes with users"""
        over = self.folder / "culvert.service.d"
        over.mkdir()
        for sample in (None, *SAMPLES):
            if sample:
                shutil.copy(sample, over / "sample.conf")
            done = self.analyze("security", "--offline=true", "--no-pager", str(self.unit))
            exposure = float(re.search(r"Overall exposure level for culvert.service: ([0-9.]+)", done.stdout)[1])
            name = sample.name if sample else "the unit itself"
            print(f"# exposure {exposure}: {name}, by systemd-analyze security --offline=true", flush=True)
            self.assertLessEqual(exposure, MOST_WITH_USERS if name == "users.conf" else MOST_EXPOSURE, done.stdout)

    def test_known(self) -> None:
        """unit: of each setting the twin knows whether it can do it, of the samples' too"""
        known = sandbox.DONE | sandbox.NOT_DONE | sandbox.NOT_SANDBOX | {"RestartSteps", "RestartMaxDelaySec"}
        self.assertEqual(set(), sandbox.settings(self.unit, *SAMPLES).keys() - known)

    def test_sample(self) -> None:
        """unit: the pipeline that stands in the shipped file as a comment passes the check"""
        text = (DEPLOY / "culvert.toml").read_text()
        file = self.folder / "culvert.toml"
        file.write_text("".join(f"{line[2:]}\n" for line in text.split("\n#\n", 1)[1].splitlines()
                                if not line.startswith("# Then:")))
        (self.folder / "culvert_mqtt").write_text("something\n")
        done = culvert.check(self.folder, file, env={"CREDENTIALS_DIRECTORY": str(self.folder)})
        self.assertEqual((0, ""), (done.returncode, done.stderr))


tap.main()
