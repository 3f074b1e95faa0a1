// SPDX-License-Identifier: MIT
#include "core/channel/batch.hpp"

#include "core/message/json_array.hpp"
#include "tests/core/channel/rig.hpp"

namespace culvert::test {
namespace {

struct Rig {
  explicit Rig(const BatchLimits& limits = {}) : gathering{limits} {}
  std::size_t add(std::string_view topic, std::string_view element, int64_t now_ns = 0,
                  Parcels::Id parcel = Parcels::none, std::string_view qos = "1") {
    const std::string array = '[' + std::string{element} + ']';
    culvert_message message = payload(topic, array);
    culvert_property property{sizeof property, 0, {"mqtt.qos", 8}, {qos.data(), qos.size()}};
    message.properties = &property;
    message.property_count = 1;
    std::string entry;
    write_entry(message, 0, entry);
    return gathering.add(entry, parcel, now_ns, closed);
  }
  /// "topic=payload" of each closed batch so far; they are taken away.
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    for (const Batch& batch : std::exchange(closed, {})) {
      texts.push_back(std::string{entry_topic(batch.entry)} + '=' + std::string{entry_payload(batch.entry)});
    }
    return texts;
  }
  Gathering gathering;
  std::vector<Batch> closed;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("batch: it closes with its last message, whose number is the limit") {
  Rig rig{{.max_messages = 3}};
  rig.add("t", "1");
  rig.add("t", "2");
  CHECK(rig.take().empty());
  rig.add("t", "3");
  rig.add("t", "4");
  REQUIRE(rig.closed.size() == 1);
  CHECK(rig.closed[0].messages == 3);
  CHECK(rig.take() == Texts{"t=[1,2,3]"});
  CHECK(Rig{{.max_messages = 1}}.gathering.due_ns() == INT64_MAX);
}

TEST_CASE("batch: it closes before it would pass its bytes, and a message that is larger goes alone") {
  Rig rig{{.max_bytes = 10}};
  rig.add("t", "11");
  rig.add("t", "22");
  rig.add("t", "33");  // [11,22,33] has 10
  CHECK(rig.take() == Texts{"t=[11,22,33]"});
  rig.add("t", "44");
  rig.add("t", "55555");  // [44,55555] has 10, too
  CHECK(rig.take() == Texts{"t=[44,55555]"});
  rig.add("t", "6");
  rig.add("t", "77777777");
  CHECK(rig.take() == Texts{"t=[6]", "t=[77777777]"});
  rig.add("t", "a rather long one");
  CHECK(rig.take() == Texts{"t=[a rather long one]"});
}

TEST_CASE("batch: it is due a while after its first message, whenever the others came") {
  Rig rig{{.within_ns = 100}};
  CHECK(rig.gathering.due_ns() == INT64_MAX);
  rig.add("a", "1", 10);
  rig.add("b", "2", 50);
  rig.add("a", "3", 90);
  CHECK(rig.gathering.due_ns() == 110);
  rig.gathering.close_due(109, rig.closed);
  CHECK(rig.take().empty());
  rig.gathering.close_due(110, rig.closed);
  CHECK(rig.take() == Texts{"a=[1,3]"});
  CHECK(rig.gathering.due_ns() == 150);
  rig.gathering.close_all(rig.closed);
  CHECK(rig.take() == Texts{"b=[2]"});
  rig.gathering.close_all(rig.closed);
  CHECK(rig.take().empty());
}

TEST_CASE("batch: one that is hurried is due as soon as it is opened") {
  Rig rig{{.within_ns = 100}};
  rig.add("a", "1", 10);
  rig.gathering.hurry();
  CHECK(rig.gathering.due_ns() == 10);
}

TEST_CASE("batch: messages of different topics never share one, and each topic keeps its order") {
  Rig rig{{.max_messages = 2}};
  for (const char* topic : {"a", "b", "c", "b", "a"}) { rig.add(topic, topic); }
  CHECK(rig.take() == Texts{"b=[b,b]", "a=[a,a]"});
  rig.gathering.close_all(rig.closed);
  CHECK(rig.take() == Texts{"c=[c]"});
}

TEST_CASE("batch: a message with other properties closes the batch of its topic and opens the next") {
  Rig rig;
  rig.add("t", "1", 0, Parcels::none, "1");
  rig.add("u", "1", 0, Parcels::none, "1");
  rig.add("t", "2", 0, Parcels::none, "0");
  rig.add("t", "3", 0, Parcels::none, "0");
  rig.add("t", "4", 0, Parcels::none, "1");
  CHECK(rig.take() == Texts{"t=[1]", "t=[2,3]"});
  rig.gathering.close_topic("t", rig.closed);
  rig.gathering.close_topic("nowhere", rig.closed);
  CHECK(rig.take() == Texts{"t=[4]"});
}

TEST_CASE("batch: with more topics than may be open the oldest batch closes") {
  Rig rig;
  for (std::size_t i = 0; i < Gathering::max_open; ++i) { rig.add("t" + std::to_string(i), "1"); }
  CHECK(rig.take().empty());
  rig.add("t0", "2");
  rig.add("one more", "1");
  CHECK(rig.take() == Texts{"t0=[1,2]"});
  rig.gathering.close_all(rig.closed);
  CHECK(rig.take().size() == Gathering::max_open);
}

TEST_CASE("batch: it holds the parcels of those that are followed, and what it grows by is its size") {
  Rig rig{{.max_messages = 3}};
  const std::size_t bytes = rig.add("t", "1", 0, 7) + rig.add("t", "2") + rig.add("t", "3", 0, 9);
  REQUIRE(rig.closed.size() == 1);
  CHECK(rig.closed[0].parcels == std::vector<Parcels::Id>{7, 9});
  CHECK(rig.closed[0].entry.size() == bytes);
}

TEST_CASE("batch: an entry never grows past what a frame can carry") {
  Rig rig{{.max_messages = 100, .max_bytes = CULVERT_MAX_PAYLOAD}};
  // Properties so large that one more element would be too many.
  const std::string large(60'000, 'x');
  std::vector<culvert_property> properties(21, {sizeof(culvert_property), 0, {"k", 1}, {large.data(), large.size()}});
  culvert_message message = payload("t", "[1]");
  message.properties = properties.data();
  message.property_count = static_cast<uint32_t>(properties.size());
  const std::string padding(max_entry_bytes - entry_size(message) - 10, 'y');
  message.payload = {padding.data(), padding.size()};
  const std::string array = '[' + padding + ']';
  message.payload = {array.data(), array.size()};
  std::string entry;
  write_entry(message, 0, entry);
  REQUIRE(entry.size() + joined_growth(entry) > max_entry_bytes);
  rig.gathering.add(entry, Parcels::none, 0, rig.closed);
  rig.gathering.add(entry, Parcels::none, 0, rig.closed);
  REQUIRE(rig.closed.size() == 1);
  CHECK(rig.closed[0].messages == 1);
}

TEST_CASE("parcels: one that stands for several ends each of them once, with its status") {
  Parcels parcels;
  std::vector<Parcels::Id> members;
  for (uint64_t token = 1; token <= 3; ++token) {
    members.push_back(parcels.open({Origin::Kind::token, token}));
    parcels.hold(members.back());
  }
  for (const Parcels::Id member : members) { parcels.release(member, CULVERT_OK); }
  const Parcels::Id batch = parcels.join(members);
  CHECK(parcels.alive() == 3);
  CHECK_FALSE(parcels.has_ended());
  parcels.release(batch, CULVERT_REJECTED);
  std::vector<Ended> ended;
  parcels.take_ended(ended);
  REQUIRE(ended.size() == 3);
  for (uint64_t token = 1; token <= 3; ++token) {
    CHECK(ended[token - 1].origin.number == token);
    CHECK(ended[token - 1].status == CULVERT_REJECTED);
  }
  CHECK(parcels.alive() == 0);
}

TEST_CASE("parcels: one in several batches ends with the last, with the worst status") {
  Parcels parcels;
  const Parcels::Id one = parcels.open({Origin::Kind::token, 1}), other = parcels.open({Origin::Kind::token, 2});
  for (int route = 0; route < 2; ++route) { parcels.hold(one), parcels.hold(other); }
  const Parcels::Id first = parcels.join({one, other}), second = parcels.join({other, one});
  parcels.release(one, CULVERT_OK), parcels.release(other, CULVERT_OK);
  parcels.release(second, CULVERT_DROPPED);
  CHECK_FALSE(parcels.has_ended());
  parcels.release(first, CULVERT_OK);
  std::vector<Ended> ended;
  parcels.take_ended(ended);
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].status == CULVERT_DROPPED);
  CHECK(ended[1].status == CULVERT_DROPPED);
}

TEST_CASE("parcels: places that became free are taken again, and one or none needs no place") {
  Parcels parcels;
  CHECK(parcels.join({}) == Parcels::none);
  CHECK(parcels.join({5}) == 5);
  Parcels::Id last = 0;
  for (int round = 0; round < 1000; ++round) {
    const Parcels::Id one = parcels.open({Origin::Kind::token, 1}), other = parcels.open({Origin::Kind::token, 2});
    last = parcels.join({one, other});
    parcels.release(last, CULVERT_OK);
    std::vector<Ended> ended;
    parcels.take_ended(ended);
    REQUIRE(ended.size() == 2);
  }
  CHECK(last < 3);
  CHECK(parcels.alive() == 0);
}

}  // namespace culvert::test
