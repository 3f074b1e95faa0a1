// SPDX-License-Identifier: MIT
#include "core/channel/fanout.hpp"

#include "tests/core/channel/rig.hpp"

namespace culvert::test {
namespace {

struct Rig {
  Rig() : fanout{"boiler", "edge-01", 42, budget, doorbell} {}
  Inbox& add(RouteSpec spec) {
    const std::string address = fresh_address();
    Inbox& inbox = *inboxes.emplace_back(std::make_unique<Inbox>(arrival));
    inbox.open(address, 1);
    fanout.open(fanout.add(std::move(spec)), address, 1);
    return inbox;
  }
  culvert_status emit(std::string_view topic, std::string_view text, uint64_t token = 0) {
    return fanout.emit(payload(topic, text), {token == 0 ? Origin::Kind::nobody : Origin::Kind::token, token});
  }
  std::vector<Ended> ends(std::size_t count) {
    std::vector<Ended> all;
    wait_for(doorbell, [&] {
      std::vector<Ended> some;
      fanout.take_ended(some);
      all.insert(all.end(), some.begin(), some.end());
      return all.size() >= count;
    });
    return all;
  }
  Budget budget{24 << 20};
  Doorbell doorbell, arrival;
  Fanout fanout;
  std::vector<std::unique_ptr<Inbox>> inboxes;
};

RouteSpec bounded(std::size_t messages, bool required = true) {
  RouteSpec spec;
  spec.required = required;
  spec.limits.max_messages = messages;
  return spec;
}

}  // namespace

TEST_CASE("fanout: a message goes to every route whose filter it matches, and the rest is counted") {
  Rig rig;
  RouteSpec plant, all;
  plant.filter = "plant/+";
  Inbox& some = rig.add(std::move(plant));
  Inbox& every = rig.add(std::move(all));
  CHECK(rig.emit("plant/a", "1") == CULVERT_OK);
  CHECK(rig.emit("other", "2") == CULVERT_OK);
  CHECK(deliver(rig.arrival, every, 2) == std::vector<std::string>{"1", "2"});
  CHECK(deliver(rig.arrival, some, 1) == std::vector<std::string>{"1"});
  CHECK(rig.fanout.counters().unrouted == 0);
}

TEST_CASE("fanout: a template shows the number that the message has on its route") {
  Rig rig;
  RouteSpec some, all;
  some.filter = "plant/+";
  some.topic.emplace("{topic}/{seq}");
  all.topic.emplace("{seq}");
  Inbox& plant = rig.add(std::move(some));
  Inbox& every = rig.add(std::move(all));
  const auto next = [&](Inbox& inbox) {
    const uint64_t number = receive(rig.arrival, inbox);
    const culvert_message* message = inbox.message(number);
    REQUIRE(message != nullptr);
    const std::string topic{message->topic.data, message->topic.size};
    CHECK(topic.ends_with(std::to_string(message->seq)));
    inbox.hold(number, false, false, 0);
    return topic;
  };
  CHECK(rig.emit("other", "") == CULVERT_OK);
  CHECK(rig.emit("plant/a", "") == CULVERT_OK);
  // Children of one input are numbered before they are placed.
  CHECK(rig.fanout.stage(payload("plant/b", "")) == CULVERT_OK);
  CHECK(rig.fanout.stage(payload("plant/c", "")) == CULVERT_OK);
  CHECK(rig.fanout.commit(1));
  for (const char* topic : {"plant/a/1", "plant/b/2", "plant/c/3"}) { CHECK(next(plant) == topic); }
  for (const char* topic : {"1", "2", "3", "4"}) { CHECK(next(every) == topic); }
}

TEST_CASE("fanout: a message that matches no route is settled at once and counted") {
  Rig rig;
  RouteSpec plant;
  plant.filter = "plant/+";
  rig.add(std::move(plant));
  CHECK(rig.emit("other", "1", 7) == CULVERT_OK);
  const auto ends = rig.ends(1);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].origin.number == 7);
  CHECK(rig.fanout.counters().unrouted == 1);
}

TEST_CASE("fanout: an emit is placed everywhere or nowhere") {
  Rig rig;
  Inbox& wide = rig.add(bounded(100));
  Inbox& narrow = rig.add(bounded(1));
  CHECK(rig.emit("t", "1") == CULVERT_OK);
  CHECK(rig.emit("t", "2") == CULVERT_AGAIN);
  CHECK(deliver(rig.arrival, wide, 1) == std::vector<std::string>{"1"});
  wide.take_arrivals();
  CHECK(wide.next() == Inbox::nothing);
  CHECK_FALSE(rig.fanout.has_room());
  deliver(rig.arrival, narrow, 1);
  CHECK(wait_for(rig.doorbell, [&] { return rig.fanout.has_room(); }));
  CHECK(rig.emit("t", "2") == CULVERT_OK);
}

TEST_CASE("fanout: a route that is not required drops when it is full and delays nobody") {
  Rig rig;
  Inbox& fast = rig.add(bounded(100));
  rig.add(bounded(1, false));
  for (int i = 0; i < 50; ++i) { CHECK(rig.emit("t", std::to_string(i), 1 + static_cast<uint64_t>(i)) == CULVERT_OK); }
  CHECK(deliver(rig.arrival, fast, 50).size() == 50);
  CHECK(rig.ends(50).size() == 50);
  CHECK(rig.fanout.outlet_counters(1).dropped == 49);
}

TEST_CASE("fanout: the status of a route tells what waits, what is on its way and what ended") {
  Rig rig;
  Inbox& inbox = rig.add(bounded(3, false));
  rig.emit("t", "1");
  deliver(rig.arrival, inbox, 1);
  CHECK(wait_for(rig.doorbell, [&] { return rig.fanout.outlet_status(0).counters.delivered == 1; }));
  CHECK(rig.fanout.outlet_status(0).bytes == 0);
  for (const char* text : {"2", "3", "4", "5"}) { rig.emit("t", text); }
  receive(rig.arrival, inbox);
  const OutletStatus status = rig.fanout.outlet_status(0);
  CHECK(status.messages == 3);
  CHECK(status.bytes == 3 * entry("2").size());
  CHECK((status.in_flight >= 1 && status.in_flight <= 3));
  CHECK(status.counters.placed == 4);
  CHECK(status.counters.dropped_newest == 1);
}

TEST_CASE("fanout: a token ends once, after every required route, with the worst status") {
  Rig rig;
  Inbox& one = rig.add(bounded(10));
  Inbox& other = rig.add(bounded(10));
  CHECK(rig.emit("t", "1", 99) == CULVERT_OK);
  deliver(rig.arrival, one, 1);
  other.reject(receive(rig.arrival, other), "it is bad");
  other.answer();
  const auto ends = rig.ends(1);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].origin.number == 99);
  CHECK(ends[0].status == CULVERT_REJECTED);
}

TEST_CASE("fanout: children are visible only after commit, and end together") {
  Rig rig;
  Inbox& inbox = rig.add(bounded(10));
  CHECK(rig.fanout.stage(payload("t", "a")) == CULVERT_OK);
  rig.fanout.discard();
  CHECK_FALSE(rig.fanout.commit(5));
  CHECK(rig.fanout.stage(payload("t", "b")) == CULVERT_OK);
  CHECK(rig.fanout.stage(payload("t", "c")) == CULVERT_OK);
  CHECK(rig.fanout.commit(6));
  CHECK(deliver(rig.arrival, inbox, 2) == std::vector<std::string>{"b", "c"});
  const auto ends = rig.ends(1);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].origin.kind == Origin::Kind::input);
  CHECK(ends[0].origin.number == 6);
}

TEST_CASE("fanout: an input with more children than a queue can hold is refused") {
  Rig rig;
  rig.add(bounded(2));
  CHECK(rig.fanout.stage(payload("t", "a")) == CULVERT_OK);
  CHECK(rig.fanout.stage(payload("t", "b")) == CULVERT_OK);
  CHECK(rig.fanout.stage(payload("t", "c")) == CULVERT_REJECTED);
}

TEST_CASE("fanout: children that nobody has to wait for end at once, and the end is announced") {
  Rig rig;
  rig.add(bounded(10, false));
  rig.doorbell.wait_until(0);
  CHECK(rig.fanout.stage(payload("t", "a")) == CULVERT_OK);
  CHECK(rig.fanout.commit(6));
  const int64_t start_ns = monotonic_ns();
  rig.doorbell.wait_until(start_ns + 5 * one_second_ns);
  CHECK(monotonic_ns() - start_ns < 4 * one_second_ns);
  CHECK(rig.ends(1).size() == 1);
}

TEST_CASE("fanout: what is refused or thrown away is not counted as emitted") {
  Rig rig;
  rig.add(bounded(1));
  CHECK(rig.emit("t", "1") == CULVERT_OK);
  CHECK(rig.emit("t", "2") == CULVERT_AGAIN);
  CHECK(rig.fanout.stage(payload("t", "a")) == CULVERT_OK);
  rig.fanout.discard();
  CHECK(rig.fanout.counters().emitted == 1);
}

TEST_CASE("fanout: has_room waits for as much as was refused") {
  Rig rig;
  RouteSpec spec;
  spec.limits.max_bytes = 10'000;
  rig.add(std::move(spec));
  CHECK(rig.emit("t", std::string(4000, 'x')) == CULVERT_OK);
  CHECK(rig.emit("t", std::string(8000, 'x')) == CULVERT_AGAIN);
  CHECK_FALSE(rig.fanout.has_room());
}

TEST_CASE("fanout: a route rewrites the topic and encodes records") {
  Rig rig;
  RouteSpec spec;
  spec.topic.emplace("plant/{runtime}/{node}");
  spec.encoding = Encoding::text;
  Inbox& inbox = rig.add(std::move(spec));
  culvert_field field{};
  field.size = sizeof field;
  field.type = CULVERT_I64;
  field.name = {"value", 5};
  field.value.i64 = 7;
  culvert_message record = payload("raw", "");
  record.kind = CULVERT_RECORD;
  record.fields = &field;
  record.field_count = 1;
  CHECK(rig.fanout.emit(record, {}) == CULVERT_OK);
  const uint64_t number = receive(rig.arrival, inbox);
  const culvert_message* message = inbox.message(number);
  REQUIRE(message != nullptr);
  CHECK(std::string_view{message->topic.data, message->topic.size} == "plant/edge-01/boiler");
  CHECK(std::string_view{message->payload.data, message->payload.size} == "7");
  CHECK(message->run_id == 42);
}

namespace {

/// "name=value name=value" of the message that the inbox offers next.
std::string properties(Rig& rig, Inbox& inbox) {
  const culvert_message* message = inbox.message(receive(rig.arrival, inbox));
  REQUIRE(message != nullptr);
  std::string text;
  for (uint32_t i = 0; i < message->property_count; ++i) {
    const culvert_property& property = message->properties[i];
    text.append(text.empty() ? "" : " ").append(property.name.data, property.name.size);
    text.append("=").append(property.value.data, property.value.size);
  }
  return text;
}

culvert_property property(std::string_view name, std::string_view value) {
  return {sizeof(culvert_property), 0, {name.data(), name.size()}, {value.data(), value.size()}};
}

}  // namespace

TEST_CASE("fanout: a route's properties stand in for the message's own of the same name, on that route alone") {
  Rig rig;
  RouteSpec spec;
  spec.properties = {{"mqtt.qos", "0"}, {"mqtt.retain", "1"}};
  Inbox& set = rig.add(std::move(spec));
  Inbox& untouched = rig.add(RouteSpec{});
  const culvert_property own[] = {property("site", "north"), property("mqtt.qos", "2")};
  culvert_message message = payload("t", "x");
  message.properties = own;
  message.property_count = 2;
  CHECK(rig.fanout.emit(message, {}) == CULVERT_OK);
  CHECK(properties(rig, set) == "mqtt.qos=0 mqtt.retain=1 site=north");
  CHECK(properties(rig, untouched) == "site=north mqtt.qos=2");
  CHECK(rig.fanout.counters().cut_properties == 0);
}

TEST_CASE("fanout: where a route's properties would be more than 32 the message's last give way, which is counted") {
  Rig rig;
  RouteSpec spec;
  spec.properties = {{"mqtt.qos", "1"}};
  Inbox& inbox = rig.add(std::move(spec));
  std::vector<std::string> names;
  for (uint32_t i = 0; i < CULVERT_MAX_PROPERTIES; ++i) { names.push_back(std::to_string(i)); }
  std::vector<culvert_property> own;
  for (const std::string& name : names) { own.push_back(property(name, "")); }
  culvert_message message = payload("t", "x");
  message.properties = own.data();
  message.property_count = CULVERT_MAX_PROPERTIES;
  CHECK(rig.fanout.emit(message, {}) == CULVERT_OK);
  const std::string found = properties(rig, inbox);
  CHECK(found.starts_with("mqtt.qos=1 0= 1= "));
  CHECK(found.ends_with(" 29= 30="));
  CHECK(rig.fanout.counters().cut_properties == 1);
}

TEST_CASE("fanout: what a route makes larger than a message may be is rejected and counted") {
  Rig rig;
  RouteSpec spec;
  spec.encoding = Encoding::json;
  rig.add(std::move(spec));
  // Within the limits as a record; as JSON each byte takes six.
  const std::string text(1 << 20, '\1');
  culvert_field field{};
  field.size = sizeof field;
  field.type = CULVERT_STRING;
  field.name = {"value", 5};
  field.value.text = {text.data(), text.size()};
  culvert_message record = payload("t", "");
  record.kind = CULVERT_RECORD;
  record.fields = &field;
  record.field_count = 1;
  CHECK(rig.fanout.emit(record, {Origin::Kind::token, 4}) == CULVERT_OK);
  const auto ends = rig.ends(1);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].status == CULVERT_REJECTED);
  CHECK(rig.fanout.counters().too_large == 1);
  CHECK(rig.fanout.counters().unrouted == 0);
}

TEST_CASE("fanout: a topic that a template makes of a message is checked too") {
  Rig rig;
  RouteSpec spec;
  spec.topic.emplace("plant/{value}");
  rig.add(std::move(spec));
  CHECK(rig.emit("t", "a+b", 3) == CULVERT_OK);
  const auto ends = rig.ends(1);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].status == CULVERT_REJECTED);
  CHECK(rig.fanout.counters().bad_topics == 1);
  CHECK(rig.fanout.bad_topic() == "'topic' of route '' made a topic that holds the wildcard '+'");
}

TEST_CASE("fanout: a message that lacks what a topic is made of is rejected, not published under another topic") {
  Rig rig;
  RouteSpec spec;
  spec.name = "a -> b";
  spec.topic.emplace("plant/{property.site}/x");
  Inbox& inbox = rig.add(std::move(spec));
  const culvert_property site = property("site", "north");
  culvert_message message = payload("t", "1");
  CHECK(rig.fanout.emit(message, {Origin::Kind::token, 3}) == CULVERT_OK);
  message.properties = &site;
  message.property_count = 1;
  CHECK(rig.fanout.emit(message, {}) == CULVERT_OK);
  const auto ends = rig.ends(1);
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].status == CULVERT_REJECTED);
  const culvert_message* arrived = inbox.message(receive(rig.arrival, inbox));
  REQUIRE(arrived != nullptr);
  CHECK(std::string_view{arrived->topic.data, arrived->topic.size} == "plant/north/x");
  CHECK(rig.fanout.counters().bad_topics == 1);
  CHECK(rig.fanout.bad_topic() == "'topic' of route 'a -> b' has nothing for '{property.site}'");
}

}  // namespace culvert::test
