# SPDX-License-Identifier: MIT
"""The unit of systemd: what systemd says of it, when it is idle, and what is shipped beside it."""

import os
import re
import shlex
import shutil
import subprocess

import culvert
import sandbox
import tap
from units import DEPLOY, NEEDS_SYSTEMD, SAMPLES, write_unit

MOST_EXPOSURE = 1.5
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
        """unit: its exposure, as systemd-analyze security counts it, is 1.5 at most"""
        done = self.analyze("security", "--offline=true", "--no-pager", str(self.unit))
        exposure = float(re.search(r"Overall exposure level for culvert.service: ([0-9.]+)", done.stdout)[1])
        print(f"# exposure {exposure}, by systemd-analyze security --offline=true", flush=True)
        self.assertLessEqual(exposure, MOST_EXPOSURE, done.stdout)

    def test_condition(self) -> None:
        """unit: it is idle with comments only, and not with a pipeline in the file or beside it, or one that can't be read"""
        etc = self.folder / "etc"
        (etc / "culvert.d").mkdir(parents=True)
        (command,) = sandbox.settings(self.unit)["ExecCondition"]
        words = shlex.split(command.replace("/etc/culvert", str(etc)).replace("$$", "$"))

        def is_idle(user: list[str] = []) -> bool:
            return subprocess.run([*user, *words], timeout=LONG).returncode == 1

        self.assertTrue(is_idle())
        shutil.copy(DEPLOY / "culvert.toml", etc)
        (etc / "culvert.d" / "old.bak").write_text("[node.a]\n")
        self.assertTrue(is_idle())
        more = etc / "culvert.d" / "10.toml"
        more.write_text("\n  [node.a]\n")
        self.assertFalse(is_idle())
        more.unlink()
        (etc / "culvert.toml").write_text("# one\n[node.a]\n")
        self.assertFalse(is_idle())
        if os.geteuid() == 0:
            (etc / "culvert.toml").chmod(0o600)
            self.folder.chmod(0o755)
            self.assertFalse(is_idle(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]))

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
