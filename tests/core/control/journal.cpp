// SPDX-License-Identifier: MIT
// Requests about journals: what they answer, and what parts are on their way.
#include "core/control/journal_commands.hpp"
#include "core/control/journal_json.hpp"
#include "core/message/frame.hpp"
#include "tests/core/channel/rig.hpp"
#include "tests/support/folder.hpp"

#include <memory>

namespace culvert::control {
namespace {

using test::payload;

struct Rig {
  Rig() {
    auto made =
        std::make_unique<journal::Journal>(folder, "a.b", journal::FileOptions{}, [](LogKind, const std::string&) {});
    RouteSpec spec;
    spec.name = "a -> b";
    DurableRoute route{"a.b", &fanout, 0, made.get()};
    fanout.add(std::move(spec), std::move(made));
    add_journal_commands(
        commands, "/state/journal", [route](const auto& use) { use({route}); }, 77, log);
  }
  Json ask(std::string_view command, const Json& arguments) {
    return take_result(answer_request(make_request(command, arguments), commands));
  }
  std::string refusal(std::string_view command, const Json& arguments) {
    try {
      ask(command, arguments);
    } catch (const Refusal& refusal) { return refusal.what(); }
    return {};
  }

  test::TemporaryFolder state;
  journal::Folder folder{state.path()};
  const Log log{LogFormat::text, LogLevel::error};
  Budget budget{1 << 20};
  Doorbell doorbell;
  Fanout fanout{"a", "edge", 1, budget, doorbell};
  Commands commands;
};

}  // namespace

TEST_CASE("control: a journal is listed, read part by part and dropped with requests, and each answer is bounded") {
  Rig rig;
  const std::string text(1000, 'x');
  for (int i = 0; i < 300; ++i) { REQUIRE(rig.fanout.emit(payload("t", text), {}) == CULVERT_OK); }
  const Json listed = rig.ask("journal_list", Json::object());
  CHECK(listed["folder"] == "/state/journal");
  CHECK(listed["journals"][0]["name"] == "a.b");
  CHECK(listed["journals"][0]["route"] == "a -> b");
  CHECK(listed["journals"][0]["messages"] == 300);
  CHECK(listed["journals"][0]["dead"] == 0);
  CHECK(listed["journals"][0]["max_bytes"].get<int64_t>() > 0);
  const Json edges = rig.ask("journal_edges", {{"journal", "a.b"}});
  CHECK(edges["oldest_ns"] == 1);
  CHECK(edges["newest_ns"] == 1);
  journal::Part<journal::Row> part;
  std::size_t count = 0, parts = 0;
  std::string edition;
  do {
    const Json answer = rig.ask("journal_messages", {{"journal", "a.b"}, {"after", part.after}});
    // Base64 makes four bytes of three.
    CHECK(answer.dump().size() < 2 * part_limits.bytes);
    CHECK((edition.empty() || answer["edition"] == edition));
    edition = answer["edition"];
    part = read_messages(answer, part.after);
    for (const journal::Row& row : part.items) {
      CHECK(row.seq == ++count);
      DecodedMessage message;
      REQUIRE(message.decode(row.entry));
      CHECK(message.raw().payload.size == text.size());
    }
    ++parts;
  } while (!part.is_last);
  CHECK(count == 300);
  CHECK(parts >= 5);
  const Json dropped = rig.ask("journal_drop", {{"journal", "a.b"}, {"what", "all"}});
  CHECK(dropped["messages"] == 300);
  CHECK(dropped["stay"] == 0);
  CHECK(dropped["dead"] == 0);
  CHECK(dropped["is_erased"] == true);
  CHECK(read_messages(rig.ask("journal_messages", {{"journal", "a.b"}}), 0).items.empty());
  CHECK(rig.ask("journal_edges", {{"journal", "a.b"}})["oldest_ns"].is_null());
}

TEST_CASE("control: a request about a journal that is wrong is refused in words, and drops nothing") {
  Rig rig;
  REQUIRE(rig.fanout.emit(payload("t", "x"), {}) == CULVERT_OK);
  for (const char* command : {"journal_edges", "journal_messages", "journal_dead", "journal_drop"}) {
    for (const Json& name : {Json("b.a"), Json("../a.b"), Json(3), Json(nullptr)}) {
      CHECK(rig.refusal(command, {{"journal", name}, {"what", "all"}}) ==
            "the runtime has no \"journal\" of that name");
    }
  }
  for (const Json& after : {Json(-1), Json(UINT64_MAX), Json("1"), Json(1.5), Json(nullptr)}) {
    CHECK(rig.refusal("journal_messages", {{"journal", "a.b"}, {"after", after}}) ==
          "\"after\" must be the one of the answer before, or 0");
  }
  for (const Json& what : {Json("messages"), Json(true), Json(nullptr)}) {
    CHECK(rig.refusal("journal_drop", {{"journal", "a.b"}, {"what", what}}) == "\"what\" must be \"all\" or \"dead\"");
  }
  CHECK(rig.ask("journal_drop", {{"journal", "a.b"}, {"what", "dead"}})["messages"] == 0);
  CHECK(rig.fanout.outlet_unsettled(0) == 1);
  rig.fanout.finish();
  CHECK(rig.refusal("journal_drop", {{"journal", "a.b"}, {"what", "all"}}) == "the runtime is ending");
  CHECK(rig.refusal("journal_messages", {{"journal", "a.b"}}) == "the runtime is ending");
  CHECK(rig.fanout.outlet_unsettled(0) == 1);
}

TEST_CASE("control: any bytes of entries and dead letters come through a part, and a part that is none is refused") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) { bytes += static_cast<char>(i); }
  const journal::Part<journal::Row> rows{{{7, 0, 3, bytes}, {9, 0, 1, ""}}, 9, 2, true};
  const auto read = read_messages(Json::parse(to_json(rows).dump()), 3);
  REQUIRE(read.items.size() == 2);
  CHECK(read.items[0].entry == bytes);
  CHECK(read.items[0].messages == 3);
  CHECK(read.items[1].seq == 9);
  CHECK(read.damaged == 2);
  CHECK(read.is_last);
  const journal::Part<journal::Dead> dead{{{4, -5, "rejected", bytes}}, 1, 0, false};
  const auto letters = read_dead(Json::parse(to_json(dead).dump()), 0);
  CHECK(letters.items[0].ended_ns == -5);
  CHECK(letters.items[0].reason == "rejected");
  CHECK(letters.items[0].entry == bytes);
  // One that leads nowhere would be asked for without end.
  CHECK_THROWS_AS(read_dead(to_json(dead), 1), Refusal);
  CHECK_THROWS_AS(read_messages(Json::object(), 0), Refusal);
  CHECK_THROWS_AS(read_messages(to_json(dead), 0), Refusal);
  Json wrong = to_json(rows);
  wrong["items"][0]["entry"] = "no base64!";
  CHECK_THROWS_AS(read_messages(wrong, 0), Refusal);
}

}  // namespace culvert::control
