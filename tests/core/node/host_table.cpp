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

}  // namespace culvert::test
