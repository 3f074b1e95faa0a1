# SPDX-License-Identifier: MIT
"""Routes and subscriptions of a running pipeline change: what waits is not lost, and a connection stays."""

import os

import reloading
import tap
from broker import Broker
from control import status
from pipelines import node, route
from reloading import LONG, NEVER, Reload, head
from until import until


class Routes(Reload):
    def test_backlog(self) -> None:
        """reload: what waits on a route that changes, and for a node that is made anew, stays and keeps its order"""
        def text(sink: str, options: str = "") -> str:
            return head() + node("t", "tokens", "count = 300") + sink + route("t", "a", options)

        run = self.start(text(node("a", "slow", NEVER)))
        self.queued("t -> a", 300)
        found = reloading.report(self.reload(text(node("a", "slow", NEVER), "max_messages = 10\nttl = '1h'"),
                                          "--format", "json"))
        self.assertEqual({"t -> a": "retuned"}, reloading.fates(found["routes"]))
        self.assertEqual({"t": "unchanged", "a": "unchanged"}, reloading.fates(found["nodes"]))
        self.assertEqual(300, self.held(status(self.folder, "edge"), "t -> a"))
        self.reload(text(self.sink("a"), "linger = '10ms'"))
        self.wait_lines("a", [str(number) for number in range(300)], run)
        run.err.wait_for("acked all: 300 delivered, 0 not", timeout=LONG)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_durable(self) -> None:
        """reload: what waits in memory goes to the journal of a route that becomes durable, and a journal is gone on with"""
        def text(sink: str, options: str = "") -> str:
            return (head() + node("n", "numbered", f"count = 300\npath = '{self.folder / 'n'}'") + sink +
                    route("n", "a", options))

        run = self.start(text(node("a", "slow", NEVER)))
        self.queued("n -> a", 300)
        found = reloading.report(self.reload(text(node("a", "slow", NEVER), "durable = true"), "--format", "json"))
        self.assertEqual({"n -> a": "changed"}, reloading.fates(found["routes"]))
        self.reload(text(node("a", "slow", NEVER), "durable = true\nmax_size = '2MiB'\nsync = 'normal'"))
        # What the source was not told in time it has emitted again.
        held = self.held(status(self.folder, "edge"), "n -> a")
        self.assertGreaterEqual(held, 300)
        found = self.reload(text(node("a", "slow", NEVER)), code=reloading.REFUSED)
        self.assertIn(f"route 'n -> a' still holds {held} messages in its journal", found.stdout)
        self.reload(text(self.sink("a"), "durable = true\nmax_size = '2MiB'\nsync = 'normal'"))
        until(lambda: len(self.lines("a")) == held, LONG, lambda: str(run.err.texts()), run)
        self.assertEqual({str(number) for number in range(1, 301)}, set(self.lines("a")))
        self.assertEqual([str(number) for number in range(1, 301)], self.lines("a")[:300])
        self.reload(text(self.sink("a")))
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_removed(self) -> None:
        """reload: a removed route whose messages find no way is refused, or they are dropped where that is asked for"""
        small = head() + node("t", "tokens", "count = 50") + self.sink("a") + route("t", "a")
        run = self.start(small + node("b", "slow", NEVER) + route("t", "b"))
        self.queued("t -> b", 50)
        found = self.reload(small, code=reloading.REFUSED)
        self.assertIn("route 't -> b' still holds 50 messages, which its reader does not take: "
                      "'culvert reload --drop-removed' drops them", found.stdout)
        self.assertEqual(50, self.held(status(self.folder, "edge"), "t -> b"))
        self.reload(small, "--drop-removed")
        run.err.wait_for("^warn runtime: route 't -> b' is removed: 50 messages that it held dropped$", timeout=LONG)
        run.err.wait_for("acked all: 0 delivered, 50 not", timeout=LONG)
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_removed_durable(self) -> None:
        """reload: what a removed durable route holds stays in its journal, and goes on when the route is there again"""
        small = head() + node("t", "tokens", "count = 50") + self.sink("a") + route("t", "a")
        large = small + node("b", "slow", NEVER) + route("t", "b", "durable = true")
        run = self.start(large)
        self.queued("t -> b", 50)
        self.reload(small)
        run.err.wait_for("^warn runtime: route 't -> b' is removed: 50 messages kept in its journal", timeout=LONG)
        self.reload(small + self.sink("b") + route("t", "b", "durable = true"))
        self.wait_lines("b", [str(number) for number in range(50)], run)
        self.assertEqual(0, run.stop(), run.err.texts())


class Subscriptions(Reload):
    def text(self, broker: Broker, filters: str, more: str = "") -> str:
        return (head() + node("m", "mqtt", f"url = 'mqtt://127.0.0.1:{broker.port}'\nclient_id = 'edge'\n"
                              f"subscribe = [{filters}]\n{more}") + self.sink("a") + route("m", "a"))

    def test_subscriptions(self) -> None:
        """reload: a connector subscribes and unsubscribes over the connection that it has"""
        broker = self.use(Broker(self.folder / "broker"))
        run = self.start(self.text(broker, "'one/#', 'two/#'"))
        run.err.wait_for("^info m: connected to ", timeout=LONG)
        connects = len(broker.log.matching("^New client connected .* as edge"))
        found = reloading.report(self.reload(self.text(broker, "'two/#', 'three/#'"), "--format", "json"))
        isolated = os.environ.get("CULVERT_ISOLATE") == "all"
        self.assertEqual({"m": "changed" if isolated else "retuned", "a": "unchanged"}, reloading.fates(found["nodes"]))
        broker.log.wait_for(r"^\tone/#$|^edge one/#$", timeout=LONG)
        broker.log.wait_for(r"^Sending UNSUBACK to edge", timeout=LONG)
        broker.publish("three/x", "3")
        broker.publish("two/x", "2")
        broker.publish("one/x", "1")
        broker.publish("two/y", "4")
        self.wait_lines("a", ["3", "2", "4"], run)
        if not isolated:
            self.assertEqual(connects, len(broker.log.matching("^New client connected .* as edge")))
            # What both have was not asked for again.
            self.assertEqual(3, len(broker.log.matching("^Received SUBSCRIBE from edge")))
            self.assertEqual(1, len(broker.log.matching("^Received UNSUBSCRIBE from edge")))
        self.assertEqual(0, run.stop(), run.err.texts())

    def test_session(self) -> None:
        """reload: subscriptions that need another session make the connector anew"""
        broker = self.use(Broker(self.folder / "broker"))
        run = self.start(self.text(broker, "{ topic = 'one/#', qos = 0 }"))
        run.err.wait_for("^info m: connected to ", timeout=LONG)
        found = reloading.report(self.reload(self.text(broker, "{ topic = 'one/#', qos = 1 }"), "--format", "json"))
        self.assertEqual({"m": "changed", "a": "unchanged"}, reloading.fates(found["nodes"]))
        run.err.wait_for("^info m: connected to ", times=2, timeout=LONG)
        self.assertEqual(0, run.stop(), run.err.texts())


tap.main()
