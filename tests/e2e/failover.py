# SPDX-License-Identifier: MIT
"""Two real brokers with TLS in a list: from the first to the second, and back."""

import certs
import culvert
import tap
from broker import Broker
from process import Process

COUNT = 300
TEXT = f"""
[node.source]
plugin   = "sensor"
kind     = "counter"
interval = "20ms"
count    = {COUNT}
format   = "{{value}}"
topic    = "a"

[node.cloud]
plugin       = "mqtt"
url          = ["mqtts://localhost:FIRST", "mqtts://localhost:SECOND"]
client_id    = "box"
tls.ca       = "CA"
status_topic = "status"
failback     = "200ms"
backoff      = {{ min = "50ms", max = "200ms" }}

[[route]]
from = "source"
to   = "cloud"
"""
PUBLISH = "Received PUBLISH from box .*'a'"


class Failover(tap.Case):
    def broker(self, name: str, authority: certs.Authority) -> Broker:
        folder = self.folder / name
        folder.mkdir()
        certificate, key = authority.server("localhost").write(folder / "leaf")
        return self.use(Broker(folder, certificate=certificate, key=key))

    def reader(self, broker: Broker, ca: str) -> Process:
        """Keeps its session, and comes back by itself."""
        command = broker.client_command("mosquitto_sub", "-q", "1", "-c", "-i", "reader", "-x", "3600", "-t", "#", ca=ca)
        reader = self.use(Process(command, name="mosquitto_sub"))
        broker.log.wait_for("Sending SUBACK to reader")
        return reader

    def test_there_and_back(self) -> None:
        """failover: to the second broker when the first one ends, back when it returns; every message is at one of them"""
        authority = certs.Authority()
        ca = authority.write_root(self.folder / "ca.crt")
        first, second = self.broker("first", authority), self.broker("second", authority)
        readers = [self.reader(broker, ca) for broker in (first, second)]
        text = TEXT
        for name, value in {"FIRST": first.port, "SECOND": second.port, "CA": ca}.items():
            text = text.replace(name, str(value))
        run = self.use(culvert.run_text(self.folder, text))
        first.log.wait_for(PUBLISH, times=20)
        first.stop()
        run.err.wait_for(f"connected to 'mqtts://localhost:{second.port}'")
        second.log.wait_for(PUBLISH, times=20)
        first.start()
        run.err.wait_for(f"'mqtts://localhost:{first.port}' answers again: leaving 'mqtts://localhost:{second.port}'")
        # The second one hears of it as of any clean end.
        second.log.wait_for("Received DISCONNECT from box")
        run.err.wait_for(f"connected to 'mqtts://localhost:{first.port}'", times=2, timeout=30)
        first.log.wait_for(PUBLISH, times=20)
        readers[0].out.wait_for(f"^{COUNT - 1}$", 60)
        self.assertEqual(0, run.stop(), run.err.texts())
        self.check_messages(readers)
        self.check_status(readers[1])

    def check_messages(self, readers: list[Process]) -> None:
        seen = [[int(line) for line in reader.out.texts() if line.isdigit()] for reader in readers]
        self.assertEqual(set(range(COUNT)), set(seen[0]) | set(seen[1]))
        for numbers in seen:
            self.assertEqual(sorted(numbers), numbers, "each broker has its part in order")

    def check_status(self, reader: Process) -> None:
        states = [line for line in reader.out.texts() if line.startswith("{")]
        self.assertEqual(2, len(states), states)
        self.assertRegex(states[0], r'^{"status":"online","version":"\S+","time":"\S+Z"}$')
        self.assertRegex(states[1], r'^{"status":"offline","version":"\S+","time":"\S+Z"}$')


tap.main()
