# SPDX-License-Identifier: MIT
"""What one round of one contender runs on: a folder, a broker with TLS, an observer. Nothing of it is left afterwards."""

import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

import culvert
from harness.built import Built
from harness.gauge import Gauge
from pipelines import node, route
from ports import free_port
from process import Process
from secured import Secured

# What a broker's clients may have on their way, more than any of them has. What waits for a slow one waits.
BROKER = """max_inflight_messages 100
max_queued_messages 0
set_tcp_nodelay true
sys_interval 1
"""
PUBLISHED = "$SYS/broker/publish/messages/received"


class BenchBroker(Secured):
    """TLS on `port`, and plain TCP on `plain_port` for those who only watch or feed. It says who subscribes."""

    def __init__(self, folder: Path) -> None:
        self.plain_port = free_port()
        super().__init__(folder, password=False, extra=BROKER, listener=f"listener {self.plain_port} 127.0.0.1",
                         log_types=("error", "information", "subscribe"))


class Stage:
    """Use it as a context manager. `seconds` is how long a window is."""

    def __init__(self, built: Built, seconds: float) -> None:
        self.built = built
        self.seconds = seconds
        self._ends = ExitStack()
        self._broker: BenchBroker | None = None
        self._numbers = 0

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="culvert-"))
        self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def use(self, context):
        return self._ends.enter_context(context)

    @property
    def broker(self) -> "BenchBroker":
        if self._broker is None:
            self._broker = self.use(BenchBroker(self.folder / "broker"))
        return self._broker

    def gauge(self) -> Gauge:
        """A new one."""
        self._numbers += 1
        return Gauge(self.folder / f"gauge{self._numbers}")

    def run(self, command: list[object], **popen: object) -> Process:
        """Any program, until the stage ends."""
        return self.use(Process([str(word) for word in command], **popen))

    def program(self, name: str, *, stdin: int | None = None, stdout: int = subprocess.PIPE, **options: object) -> Process:
        """One of tests/bench/peers; `how_far=1` is its option `--how-far 1`, and what is None is left out."""
        words = [word for key, value in options.items() if value is not None for word in (f"--{key.replace('_', '-')}", value)]
        return self.run([self.built.program(name), *words], stdin=stdin, stdout=stdout)

    def observe(self, topic: str = "bench/#", how: str = "messages") -> Gauge:
        """Counts what the broker passes on, or with `how` = "number" what the broker says it was given."""
        gauge = self.gauge()
        observer = self.program("observe", port=self.broker.plain_port, topic=topic, how=how, gauge=gauge.path)
        observer.out.wait_for("ready")
        return gauge

    def culvert(self, text: str, *arguments: str) -> Process:
        """A pipeline, with the plugins of the build."""
        paths = [self.built.program(""), self.built.folder / "plugins"]
        head = f"[runtime]\nname = 'bench'\nplugin_path = [{', '.join(repr(str(path)) for path in paths)}]\n"
        return self.use(culvert.run_text(self.folder, head + text, *arguments, stdout=subprocess.DEVNULL))

    def cloud(self, options: str = "") -> str:
        """A node of the connector towards the broker."""
        broker = self.broker
        return node("cloud", "mqtt", f"url = 'mqtts://localhost:{broker.port}'\ntls.ca = '{broker.ca}'\n{options}")

    def to_cloud(self, options: str = "") -> str:
        return route("load", "cloud", options)
