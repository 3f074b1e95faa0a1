// SPDX-License-Identifier: MIT
#include "core/node/host_table.hpp"

#include "tests/core/node/rig.hpp"

namespace culvert::test {
namespace {

struct Emitter : Rig {
  Emitter() {
    auto& tap = add<Tap>("boiler");
    join(tap, add<Notes>("notes"));
    REQUIRE(start());
  }
  culvert_status emit(std::string_view topic, std::string_view payload = "x") {
    Draft draft;
    draft.topic(topic).payload(payload);
    return Tap::current()->host().emit(draft);
  }
};

}  // namespace

TEST_CASE("host: a message without a topic has the node's own") {
  Emitter emitter;
  CHECK(emitter.emit("") == CULVERT_OK);
  CHECK(emitter.seen.has_line("edge-01/boiler=x"));
}

TEST_CASE("host: a message that breaks a rule is refused where it enters") {
  Emitter emitter;
  using namespace std::string_view_literals;
  for (const auto topic : {"a/+"sv, "#"sv, "a\0b"sv, "\xff"sv}) { CHECK(emitter.emit(topic) == CULVERT_REJECTED); }
  CHECK(emitter.emit(std::string(65'536, 'a')) == CULVERT_REJECTED);
  CHECK(emitter.emit("t", std::string((1 << 20) + 1, 'x')) == CULVERT_REJECTED);
  Draft draft;
  draft.topic("t").payload("x");
  culvert_message shorter = draft.raw();
  shorter.size -= 8;
  CHECK(Tap::current()->host().raw()->emit(Tap::current()->host().raw(), &shorter, 0) == CULVERT_REJECTED);
}

TEST_CASE("host: the longest topic is taken") {
  Emitter longest;
  CHECK(longest.emit(std::string(65'535, 'a')) == CULVERT_OK);
  CHECK(longest.seen.has_line(std::string(65'535, 'a') + "=x"));
}

TEST_CASE("host: the largest payload is taken") {
  Emitter largest;
  CHECK(largest.emit("t", std::string(1 << 20, 'x')) == CULVERT_OK);
  CHECK(largest.seen.has_line("t=" + std::string(1 << 20, 'x')));
}

TEST_CASE("host: templates and encodings are extensions; an unknown one is absent") {
  Emitter emitter;
  const Host& host = Tap::current()->host();
  Draft draft;
  draft.topic("t").field("value", int64_t{7}, "Cel");
  const MessageView message{draft.raw()};
  CHECK(host.render("{node}: {value} {unit}", message) == "boiler: 7 Cel");
  CHECK_THROWS(host.render("{node", message));
  // Before it is emitted it has no topic, and shows the one that it will get.
  draft.topic("");
  CHECK(host.render("{topic}", MessageView{draft.raw()}) == "edge-01/boiler");
  CHECK(host.raw()->get_extension(host.raw(), "culvert.nothing/1") == nullptr);
}

TEST_CASE("host: templates are rendered beyond those that are kept") {
  Emitter emitter;
  Draft draft;
  draft.topic("t").payload("x");
  for (std::size_t i = 0; i < 2 * HostTable::max_templates; ++i) {
    const std::string number = std::to_string(i);
    for (int times = 0; times < 2; ++times) {
      CHECK(Tap::current()->host().render(number + " {node}", MessageView{draft.raw()}) == number + " boiler");
    }
  }
}

TEST_CASE("host: the status tells why a node is degraded or failed, and to whom its link is, cut to their limits") {
  Emitter emitter;
  NodeThread& node = *emitter.nodes.front();
  const culvert_host* host = Tap::current()->host().raw();
  CHECK_FALSE(node.status().link);
  host->set_link(host, CULVERT_LINK_UP, text("mqtt://plant:1883"));
  CHECK(node.status().link->state == "up");
  CHECK(node.status().link->detail == "mqtt://plant:1883");
  host->set_link(host, 77, text(std::string(5000, 'x')));
  CHECK(node.status().link->detail.size() == HostTable::max_word_bytes);
  host->report(host, CULVERT_REJECTED, text("the broker is full"));
  CHECK(node.status().reason == "the broker is full");
  host->report(host, CULVERT_OK, text("it has room again"));
  CHECK(node.status().reason.empty());
  host->report(host, CULVERT_FAILED, text("the disk is gone"));
  host->report(host, CULVERT_FAILED, text("and more"));
  host->report(host, CULVERT_OK, text("never mind"));
  CHECK(emitter.becomes(node, NodeState::failed));
  CHECK(node.status().reason == "the disk is gone");
  CHECK(node.status().uptime_ns == 0);
}

TEST_CASE("host: the status counts what a node emits, has refused, receives and rejects") {
  Emitter emitter;
  NodeThread &tap = *emitter.nodes[0], &notes = *emitter.nodes[1];
  for (const char* payload : {"1", "2", "3"}) { CHECK(emitter.emit("t", payload) == CULVERT_OK); }
  CHECK(emitter.emit("#") == CULVERT_REJECTED);
  CHECK(emitter.seen.has_line("t=3"));
  tap.stop();
  tap.join();
  notes.stop();
  notes.join();
  CHECK(tap.status().emitted.emitted == 3);
  CHECK(tap.status().refused == 1);
  CHECK(tap.status().received == 0);
  CHECK(notes.status().received == 3);
  CHECK(notes.status().rejected == 0);
  CHECK(notes.status().state == NodeState::stopped);
}

}  // namespace culvert::test
