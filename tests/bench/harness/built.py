# SPDX-License-Identifier: MIT
"""The build that is measured: whether it may be, and where its parts are."""

import json
from pathlib import Path


class Refused(Exception):
    """Said to the user; it ends the run with 64."""


class Built:
    """A build folder of Meson's. Refuses one that is not optimized or has sanitizers, unless `anyway`."""

    def __init__(self, folder: Path, anyway: bool) -> None:
        self.folder = folder.resolve()
        facts = self.folder / "meson-info" / "intro-buildoptions.json"
        if not facts.is_file():
            raise Refused(f"--build '{folder}' is no build folder: it needs one that 'meson setup' made")
        options = {one["name"]: one["value"] for one in json.loads(facts.read_text())}
        self.optimization: str = options["optimization"]
        if not anyway:
            for name, unfit, wish in (("optimization", self.optimization in ("plain", "0", "g", "1"), "2, 3 or s"),
                                      ("b_sanitize", options["b_sanitize"] != "none", "none")):
                if unfit:
                    raise Refused(f"--build '{folder}' has {name}={options[name]}: figures need {wish}; "
                                  "--anyway measures it all the same")
        for needed, how in ((self.culvert, "core/app/culvert"), (self.program("observe"), "bench-programs")):
            if not needed.exists():
                raise Refused(f"--build '{folder}' has no '{needed.relative_to(self.folder)}': run 'ninja -C {folder} {how}'")

    @property
    def culvert(self) -> Path:
        return self.folder / "core" / "app" / "culvert"

    def program(self, name: str) -> Path:
        """One of tests/bench/peers."""
        return self.folder / "tests" / "bench" / "peers" / name
