// SPDX-License-Identifier: MIT
// Routes that gather: what travels as one ends as one.
#include "tests/core/channel/batch_rig.hpp"

namespace culvert::test {

TEST_CASE("fanout batch: messages travel as one, and all are delivered with it, each once") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(3));
  rig.emit_tokens(3);
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[1,2,3]"});
  const auto ends = rig.ends(3);
  REQUIRE(ends.size() == 3);
  for (uint64_t token = 1; token <= 3; ++token) {
    CHECK(ends[token - 1].origin.number == token);
    CHECK(ends[token - 1].status == CULVERT_OK);
  }
  CHECK(rig.ends(0).empty());
  CHECK(rig.fanout.unsettled() == 0);
  CHECK(rig.budget.used() == 0);
  CHECK(rig.fanout.outlet_counters(0).placed == 3);
  CHECK(rig.fanout.outlet_counters(0).delivered == 3);
  CHECK(inbox.counters().arrived == 1);
}

TEST_CASE("fanout batch: the reader gets JSON on the topic, numbered as one message, with the first one's time") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(2));
  culvert_message message = payload("plant/a", "1");
  message.time_ns = 77;
  CHECK(rig.fanout.emit(message, {}) == CULVERT_OK);
  message.time_ns = 88;
  CHECK(rig.fanout.emit(message, {}) == CULVERT_OK);
  const culvert_message* batch = inbox.message(receive(rig.arrival, inbox));
  REQUIRE(batch != nullptr);
  CHECK(std::string_view{batch->topic.data, batch->topic.size} == "plant/a");
  CHECK(std::string_view{batch->content_type.data, batch->content_type.size} == "application/json");
  CHECK(batch->time_ns == 77);
  CHECK(batch->seq == 1);
}

TEST_CASE("fanout batch: all are rejected with it, and counted one by one") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(3));
  rig.emit_tokens(3);
  inbox.reject(receive(rig.arrival, inbox), "it is bad");
  const auto ends = rig.ends(3);
  REQUIRE(ends.size() == 3);
  for (const Ended& end : ends) { CHECK(end.status == CULVERT_REJECTED); }
  CHECK(rig.fanout.outlet_counters(0).rejected == 3);
}

TEST_CASE("fanout batch: what is put back, and what a new reader gets, is the same batch") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(3));
  rig.emit_tokens(2);
  CHECK(rig.emit("3", 3) == CULVERT_OK);
  const uint64_t number = receive(rig.arrival, inbox);
  inbox.hold(number, true, false, 0);
  CHECK(rig.emit("4", 4) == CULVERT_OK);
  CHECK(inbox.complete(number, CULVERT_AGAIN));
  CHECK(inbox.next() == number);
  CHECK(text_of(inbox, number) == "[1,2,3]");
  inbox.answer();
  CHECK(rig.fanout.unsettled() == 8);  // messages, and tokens
  Inbox second{rig.arrival};
  const std::string address = fresh_address();
  second.open(address, 2);
  rig.fanout.open(0, address, 2);
  const uint64_t again = receive(rig.arrival, second);
  CHECK(second.message(again)->seq == 1);
  CHECK(deliver(rig.arrival, second, 1) == Texts{"[1,2,3]"});
  CHECK(rig.ends(3).size() == 3);
  CHECK(rig.fanout.outlet_unsettled(0) == 1);
}

TEST_CASE("fanout batch: topics are gathered apart, and each keeps its order") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(2));
  for (const char* step : {"a1", "b1", "c1", "b2", "a2", "c2"}) {
    CHECK(rig.emit(std::string_view{step}.substr(1), 0, std::string_view{step}.substr(0, 1)) == CULVERT_OK);
  }
  for (const std::string topic : {"b", "a", "c"}) {
    const uint64_t number = receive(rig.arrival, inbox);
    const culvert_message* batch = inbox.message(number);
    REQUIRE(batch != nullptr);
    CHECK(std::string_view{batch->topic.data, batch->topic.size} == topic);
    CHECK(text_of(inbox, number) == "[1,2]");
    inbox.hold(number, false, false, 0);
  }
}

TEST_CASE("fanout batch: what the route makes the topic of decides, not what the message had") {
  BatchRig rig;
  RouteSpec spec = gathering(2);
  spec.topic.emplace("all");
  Inbox& inbox = rig.add(std::move(spec));
  rig.emit("1", 0, "a");
  rig.emit("2", 0, "b");
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[1,2]"});
}

TEST_CASE("fanout batch: messages whose properties differ go apart, unless the route gives them its own") {
  for (const bool own : {false, true}) {
    BatchRig rig;
    RouteSpec spec = gathering(2);
    if (own) { spec.properties.push_back({"mqtt.qos", "1"}); }
    Inbox& inbox = rig.add(std::move(spec));
    for (const char* qos : {"0", "2"}) {
      culvert_message message = payload("t", qos);
      culvert_property property{sizeof property, 0, {"mqtt.qos", 8}, {qos, 1}};
      message.properties = &property;
      message.property_count = 1;
      CHECK(rig.fanout.emit(message, {}) == CULVERT_OK);
    }
    rig.fanout.flush();
    CHECK(deliver(rig.arrival, inbox, own ? 1 : 2) == (own ? Texts{"[0,2]"} : Texts{"[0]", "[2]"}));
  }
}

TEST_CASE("fanout batch: one of several routes may gather, and a token ends after all of them, with the worst status") {
  BatchRig rig;
  Inbox& batched = rig.add(gathering(3));
  Inbox& other = rig.add(gathering(2));
  Inbox& plain = rig.add(RouteSpec{});
  rig.emit_tokens(6);
  CHECK(deliver(rig.arrival, plain, 6).size() == 6);
  CHECK(deliver(rig.arrival, batched, 2) == Texts{"[1,2,3]", "[4,5,6]"});
  other.reject(receive(rig.arrival, other), "it is bad");
  CHECK(deliver(rig.arrival, other, 2) == Texts{"[3,4]", "[5,6]"});
  const auto ends = rig.ends(6);
  REQUIRE(ends.size() == 6);
  for (const Ended& end : ends) { CHECK(end.status == (end.origin.number <= 2 ? CULVERT_REJECTED : CULVERT_OK)); }
}

TEST_CASE("fanout batch: a batch that is not full goes when it is due, and the doorbell says that there is one") {
  BatchRig rig;
  RouteSpec spec = gathering(100);
  spec.limits.batch->within_ns = 30 * one_ms_ns;
  Inbox& inbox = rig.add(std::move(spec));
  CHECK(rig.fanout.send_due(monotonic_ns()) == INT64_MAX);
  rig.doorbell.wait_until(0);
  const int64_t before_ns = monotonic_ns();
  rig.emit("1");
  rig.doorbell.wait_until(before_ns + 5 * one_second_ns);
  CHECK(monotonic_ns() < before_ns + 4 * one_second_ns);
  rig.emit("2");
  const int64_t due_ns = rig.fanout.send_due(before_ns);
  CHECK(due_ns >= before_ns + 30 * one_ms_ns);
  CHECK(due_ns <= monotonic_ns() + 30 * one_ms_ns);
  CHECK(rig.is_silent(inbox));
  CHECK(rig.fanout.send_due(due_ns) == INT64_MAX);
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[1,2]"});
  CHECK(rig.settled());
  // So does the next one, as nobody looks at the time any more.
  rig.doorbell.wait_until(0);
  const int64_t again_ns = monotonic_ns();
  rig.emit("3");
  rig.doorbell.wait_until(again_ns + 5 * one_second_ns);
  CHECK(monotonic_ns() < again_ns + 4 * one_second_ns);
}

TEST_CASE("fanout batch: a batch that closes before it is due rings for no other, as the node wakes then anyway") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(2));
  rig.emit("1");
  CHECK(rig.fanout.send_due(monotonic_ns()) != INT64_MAX);
  CHECK(deliver(rig.arrival, inbox, 0).empty());
  rig.doorbell.wait_until(0);
  for (int i = 0; i < 3; ++i) { rig.emit("1"); }
  const int64_t start_ns = monotonic_ns();
  rig.doorbell.wait_until(start_ns + 50 * one_ms_ns);
  CHECK(monotonic_ns() >= start_ns + 50 * one_ms_ns);
}

TEST_CASE("fanout batch: what is hurried goes at once, and later messages with the next look at the time") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(100));
  rig.emit("1");
  rig.emit("2");
  rig.fanout.hurry();
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[1,2]"});
  rig.doorbell.wait_until(0);
  rig.emit("3");
  rig.emit("4");
  const int64_t start_ns = monotonic_ns();
  rig.doorbell.wait_until(start_ns + 5 * one_second_ns);
  CHECK(monotonic_ns() < start_ns + 4 * one_second_ns);
  rig.fanout.send_due(monotonic_ns());
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[3,4]"});
  CHECK(rig.settled());
}

TEST_CASE("fanout batch: children of an input gather as other messages do, and the input ends once") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(4));
  for (const uint64_t input : {11, 12}) {
    CHECK(rig.fanout.stage(payload("t", "1")) == CULVERT_OK);
    CHECK(rig.fanout.stage(payload("t", "2")) == CULVERT_OK);
    if (input == 11) { CHECK(rig.fanout.stage(payload("u", "3")) == CULVERT_OK); }
    CHECK(rig.fanout.commit(input));
  }
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[1,2,1,2]"});
  const auto first = rig.ends(1);
  REQUIRE(first.size() == 1);
  CHECK(first[0].origin.kind == Origin::Kind::input);
  CHECK(first[0].origin.number == 12);
  rig.fanout.flush();
  CHECK(deliver(rig.arrival, inbox, 1) == Texts{"[3]"});
  CHECK(rig.ends(1).at(0).origin.number == 11);
}

TEST_CASE("fanout batch: records, payloads and templates are elements, and what is no text goes alone in its turn") {
  BatchRig rig;
  RouteSpec json = gathering(100), text = gathering(100), pattern = gathering(100);
  json.encoding = Encoding::json;
  text.encoding = Encoding::text;
  pattern.encoding = Encoding::pattern;
  pattern.pattern.emplace("{{\"v\":{value}}}");
  Inbox& as_json = rig.add(std::move(json));
  Inbox& as_text = rig.add(std::move(text));
  Inbox& as_made = rig.add(std::move(pattern));
  culvert_field field{};
  field.size = sizeof field;
  field.type = CULVERT_I64;
  field.name = {"value", 5};
  field.value.i64 = 7;
  culvert_message record = payload("t", "");
  record.kind = CULVERT_RECORD;
  record.fields = &field;
  record.field_count = 1;
  CHECK(rig.fanout.emit(record, {}) == CULVERT_OK);
  rig.emit("{\"a\":1}");
  rig.emit("\xFF\xFE");
  rig.emit("last");
  rig.fanout.flush();
  const std::string reading = R"({"time":"1970-01-01T00:00:00.000Z","value":7,"quality":"good"})";
  CHECK(deliver(rig.arrival, as_json, 3) == Texts{"[" + reading + R"(,{"a":1}])", "\xFF\xFE", "[\"last\"]"});
  CHECK(deliver(rig.arrival, as_text, 3) == Texts{R"(["7",{"a":1}])", "\xFF\xFE", "[\"last\"]"});
  CHECK(deliver(rig.arrival, as_made, 3) == Texts{R"([{"v":7},{"a":1}])", "\xFF\xFE", "[\"last\"]"});
}

TEST_CASE("fanout batch: a payload that no array can hold goes as it is") {
  BatchRig rig;
  Inbox& inbox = rig.add(gathering(1));
  const std::string large(CULVERT_MAX_PAYLOAD, '1');
  CHECK(rig.emit(large) == CULVERT_OK);
  const uint64_t number = receive(rig.arrival, inbox);
  CHECK(text_of(inbox, number) == large);
  CHECK(inbox.message(number)->content_type.size == 0);
}

}  // namespace culvert::test
