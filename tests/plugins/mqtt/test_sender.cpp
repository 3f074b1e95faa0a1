// SPDX-License-Identifier: MIT
// What Paho sends on its way to the broker, and the answers on their way back.
#include "harness/heard.hpp"
#include "harness/mock_broker.hpp"
#include "sender.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace culvert::mqtt;
using culvert::test::Heard;
using culvert::test::packet;

namespace {

Packet cut(const std::string& bytes) {
  Packet found;
  std::size_t size = 0;
  REQUIRE(cut_packet(bytes, found, size) == Cut::whole);
  REQUIRE(size == bytes.size());
  return found;
}

struct Rig {
  enum Session { fresh, resumed, under_way };
  explicit Rig(Connack limits = {}, Version version = Version::v5, Session session = under_way)
      : sender{version, ids, heard} {
    sender.begin(limits, true, session == resumed);
    if (session == under_way) { sender.go_on(out); }
  }
  PacketIds ids;
  Heard heard;
  Sender sender;
  Ways out;

  std::string send(const std::string& bytes) { return sender.send(cut(bytes), out); }
  std::string answer(const std::string& bytes) { return sender.take_answer(cut(bytes), out); }
  static std::string take(Buffer& buffer) {
    std::string all{buffer.view()};
    buffer.clear();
    return all;
  }
  std::string to_broker() { return take(out.to_broker); }
  std::string to_paho() { return take(out.to_paho); }
};

Connack allowing_aliases(uint16_t count) {
  Connack limits;
  limits.topic_alias_maximum = count;
  return limits;
}

// PUBLISHes of MQTT 5 with one byte of payload.
std::string publish(unsigned id, unsigned first = 0x32) { return packet({first, 7, 0, 1, 'a', 0, id, 0, 'x'}); }
std::string qos2(unsigned id) { return publish(id, 0x34); }
std::string on(const std::string& topic, unsigned id = 0) {
  const auto size = static_cast<unsigned>(topic.size());
  return id == 0 ? packet({0x30, size + 4, 0, size}) + topic + packet({0, 'x'})
                 : packet({0x32, size + 6, 0, size}) + topic + packet({0, id, 0, 'x'});
}
std::string puback(unsigned id) { return packet({0x40, 2, id >> 8, id & 0xff}); }
std::string pubrec(unsigned id) { return packet({0x50, 2, id >> 8, id & 0xff}); }
std::string pubrel(unsigned id) { return packet({0x62, 2, id >> 8, id & 0xff}); }
std::string pubcomp(unsigned id) { return packet({0x70, 2, id >> 8, id & 0xff}); }
std::string subscribe(unsigned id) { return packet({0x82, 7, 0, id, 0, 0, 1, 'a', 1}); }

}  // namespace

TEST_CASE("sender: beyond the broker's receive maximum publishes wait for acknowledgements") {
  Connack limits;
  limits.receive_maximum = 1;
  Rig rig{limits};
  CHECK(rig.send(publish(1)).empty());
  CHECK(rig.send(publish(2)).empty());
  CHECK(rig.send(subscribe(3)).empty());
  CHECK(rig.to_broker() == publish(1) + subscribe(3));
  CHECK(rig.answer(puback(1)).empty());
  CHECK(rig.to_broker() == publish(2));
  CHECK(rig.to_paho() == puback(1));
}

TEST_CASE("sender: of QoS 2 no more is unanswered than may be, and nothing overtakes what is held") {
  Connack limits;
  limits.receive_maximum = 4;
  limits.qos2_maximum = 1;
  Rig rig{limits};
  for (const auto& each : {qos2(1), qos2(2), publish(3)}) { CHECK(rig.send(each).empty()); }
  CHECK(rig.to_broker() == qos2(1));
  CHECK(rig.answer(pubrec(1)).empty());
  CHECK(rig.to_broker().empty());
  CHECK(rig.send(pubrel(1)).empty());
  CHECK(rig.answer(pubcomp(1)).empty());
  CHECK(rig.to_broker() == pubrel(1) + qos2(2) + publish(3));
}

TEST_CASE("sender: a refused PUBLISH is told first and then acknowledged plainly") {
  Rig rig;
  rig.send(publish(7));
  CHECK(rig.answer(packet({0x40, 8, 0, 7, 0x87, 4, 31, 0, 1, 'n'})).empty());
  CHECK(rig.heard.refused == std::vector<std::pair<unsigned, unsigned>>{{7, 0x87}});
  CHECK(rig.heard.texts == std::vector<std::pair<unsigned, std::string>>{{7, "n"}});
  CHECK(rig.to_paho() == puback(7));
}

TEST_CASE("sender: a refused QoS 2 PUBLISH is finished without the broker") {
  Connack limits;
  limits.receive_maximum = 1;
  Rig rig{limits};
  rig.send(qos2(7));
  rig.send(qos2(8));
  CHECK(rig.answer(packet({0x50, 3, 0, 7, 0x97})).empty());
  CHECK(rig.to_broker() == qos2(7) + qos2(8));
  CHECK(rig.to_paho() == pubrec(7));
  CHECK(rig.send(pubrel(7)).empty());
  CHECK(rig.to_broker().empty());
  CHECK(rig.to_paho() == pubcomp(7));
  CHECK(rig.answer(pubrec(8)).empty());
  CHECK(rig.send(pubrel(8)).empty());
  CHECK(rig.to_broker() == pubrel(8));
}

TEST_CASE("sender: in a new session what Paho had kept is given back, but for QoS 0") {
  Rig rig{{}, Version::v5, Rig::fresh};
  CHECK(rig.send(publish(3)).empty());
  CHECK(rig.send(qos2(4)).empty());
  CHECK(rig.send(on("a")).empty());
  CHECK(rig.to_broker() == on("a"));
  CHECK(rig.to_paho() == puback(3) + pubrec(4));
  CHECK(rig.heard.refused ==
        std::vector<std::pair<unsigned, unsigned>>{{3, GuardListener::not_sent}, {4, GuardListener::not_sent}});
  CHECK(rig.send(pubrel(4)).empty());
  CHECK(rig.to_broker().empty());
}

TEST_CASE("sender: in a session that is resumed all that Paho repeats goes once, in the order of its ids") {
  Connack limits;
  limits.receive_maximum = 4;
  Rig rig{limits, Version::v5, Rig::resumed};
  rig.ids.use(65534);
  constexpr unsigned first = 65533;
  const auto repeated = [](unsigned id) { return packet({0x3a, 7, 0, 1, 'a', id >> 8, id & 0xff, 0, 'x'}); };
  // Paho's socket is full after the first two; what was not sent before goes between the turns.
  for (const auto& each : {repeated(first), repeated(65534), publish(3), repeated(first), repeated(65534),
                           repeated(65535), repeated(1), repeated(2)}) {
    CHECK(rig.send(each).empty());
  }
  CHECK(rig.to_broker().empty());
  CHECK(rig.heard.repeated == std::vector<std::pair<unsigned, bool>>{
                                  {first, true}, {65534, true}, {3, true}, {65535, true}, {1, true}, {2, true}});
  rig.sender.go_on(rig.out);
  CHECK(rig.to_broker() == repeated(first) + repeated(65534) + repeated(65535) + repeated(1));
  CHECK(rig.answer(puback(first)).empty());
  CHECK(rig.answer(puback(65534)).empty());
  CHECK(rig.to_broker() == repeated(2) + publish(3));
}

TEST_CASE("sender: what was sent on this connection is not sent again, whenever Paho thinks so") {
  Connack limits;
  limits.receive_maximum = 2;
  Rig rig{limits};
  for (const auto& each : {publish(1), qos2(2), publish(3)}) { CHECK(rig.send(each).empty()); }
  CHECK(rig.to_broker() == publish(1) + qos2(2));
  for (const auto& each : {publish(1, 0x3a), publish(2, 0x3c), publish(3, 0x3a)}) { CHECK(rig.send(each).empty()); }
  CHECK(rig.to_broker().empty());
  CHECK(rig.answer(pubrec(2)).empty());
  CHECK(rig.send(pubrel(2)).empty());
  CHECK(rig.send(pubrel(2)).empty());
  CHECK(rig.send(publish(2, 0x3c)).empty());
  CHECK(rig.to_broker() == pubrel(2));
}

TEST_CASE("sender: a PUBREL that Paho repeats waits for nobody, and is told") {
  Rig rig{{}, Version::v5, Rig::resumed};
  for (const auto& each : {publish(1, 0x3a), pubrel(2), pubrel(2)}) { CHECK(rig.send(each).empty()); }
  CHECK(rig.to_broker() == pubrel(2));
  CHECK(rig.heard.repeated == std::vector<std::pair<unsigned, bool>>{{1, true}, {2, false}});
  CHECK(rig.answer(pubcomp(2)).empty());
  CHECK(rig.to_paho() == pubcomp(2));
  CHECK(rig.to_broker().empty());
}

TEST_CASE("sender: what the broker does not take any more is refused before it is sent") {
  Connack limits;
  limits.maximum_packet = 10;
  limits.retain_available = false;
  limits.maximum_qos = 1;
  Rig rig{limits};
  CHECK(rig.send(on("long", 1)).empty());
  CHECK(rig.send(publish(2, 0x33)).empty());
  CHECK(rig.send(qos2(3)).empty());
  CHECK(rig.to_broker().empty());
  CHECK(rig.to_paho() == puback(1) + puback(2) + pubrec(3));
  CHECK(rig.heard.refused == std::vector<std::pair<unsigned, unsigned>>{{1, 0x95}, {2, 0x9a}, {3, 0x9b}});
}

TEST_CASE("sender: ids are moved on the way out and back") {
  Rig rig;
  rig.ids.begin_at(300);
  for (const auto& each : {publish(1), qos2(2), subscribe(3), packet({0xa2, 6, 0, 4, 0, 0, 1, 'a'})}) {
    CHECK(rig.send(each).empty());
  }
  CHECK(rig.to_broker() == packet({0x32, 7, 0, 1,  'a', 1, 45, 0,   'x', 0x34, 7, 0, 1,  'a', 1, 46, 0,  'x',
                                   0x82, 7, 1, 47, 0,   0, 1,  'a', 1,   0xa2, 6, 1, 48, 0,   0, 1,  'a'}));
  CHECK(rig.answer(puback(301)).empty());
  CHECK(rig.answer(pubrec(302)).empty());
  CHECK(rig.answer(packet({0x90, 4, 1, 47, 0, 1})).empty());
  CHECK(rig.answer(packet({0xb0, 4, 1, 48, 0, 0})).empty());
  CHECK(rig.send(pubrel(2)).empty());
  CHECK(rig.to_broker() == pubrel(302));
  CHECK(rig.answer(pubcomp(302)).empty());
  CHECK(rig.to_paho() == puback(1) + pubrec(2) + packet({0x90, 4, 0, 3, 0, 1, 0xb0, 4, 0, 4, 0, 0}) + pubcomp(2));
}

TEST_CASE("sender: an answer that nobody waits for reaches nobody, and a PUBREC is released") {
  Rig rig;
  rig.ids.begin_at(300);
  rig.send(publish(1));
  rig.to_broker();
  for (const auto& each : {puback(1), pubcomp(301), packet({0x90, 4, 0, 9, 0, 1}), packet({0xb0, 4, 0, 9, 0, 0})}) {
    CHECK(rig.answer(each).empty());
  }
  CHECK(rig.to_broker().empty());
  CHECK(rig.answer(pubrec(77)).empty());
  CHECK(rig.to_broker() == pubrel(77));
  CHECK(rig.to_paho().empty());
  CHECK(rig.answer(puback(301)).empty());
  CHECK(rig.to_paho() == puback(1));
  CHECK(rig.answer(puback(301)).empty());
  CHECK(rig.to_paho().empty());
}

TEST_CASE("sender: SUBACK and UNSUBACK have as many codes as there were filters, and codes that exist") {
  Rig rig;
  rig.send(subscribe(1));
  rig.send(packet({0x82, 11, 0, 2, 0, 0, 1, 'a', 1, 0, 1, 'b', 1}));
  rig.send(packet({0xa2, 6, 0, 3, 0, 0, 1, 'a'}));
  CHECK(rig.answer(packet({0x90, 5, 0, 1, 0, 1, 1})) == "SUBACK or UNSUBACK with 2 codes instead of 1");
  CHECK(rig.answer(packet({0x90, 4, 0, 2, 0, 1})) == "SUBACK or UNSUBACK with 1 codes instead of 2");
  CHECK(rig.answer(packet({0x90, 4, 0, 1, 0, 3})) == "SUBACK or UNSUBACK with the code 3");
  CHECK(rig.answer(packet({0xb0, 4, 0, 3, 0, 0x12})) == "SUBACK or UNSUBACK with the code 18");
  CHECK(rig.to_paho().empty());
  CHECK(rig.answer(packet({0x90, 5, 0, 2, 0, 0x87, 2})).empty());
  CHECK(rig.to_paho() == packet({0x90, 5, 0, 2, 0, 0x87, 2}));
  Rig old{{}, Version::v3};
  old.send(packet({0x82, 6, 0, 1, 0, 1, 'a', 1}));
  old.send(packet({0xa2, 5, 0, 2, 0, 1, 'a'}));
  CHECK(old.answer(packet({0x90, 3, 0, 1, 0x87})) == "SUBACK or UNSUBACK with the code 135");
  CHECK(old.answer(packet({0x90, 3, 0, 1, 0x80})).empty());
  CHECK(old.answer(packet({0xb0, 2, 0, 2})).empty());
  CHECK(old.to_paho() == packet({0x90, 3, 0, 1, 0x80, 0xb0, 2, 0, 2}));
}

TEST_CASE("sender: a topic is sent once with its alias and then as its alias alone") {
  Rig rig{allowing_aliases(1)};
  for (const auto& each : {on("plant", 1), on("plant"), on("plant", 2), on("other")}) { CHECK(rig.send(each).empty()); }
  CHECK(rig.to_broker() == packet({0x32, 14, 0, 5}) + "plant" + packet({0, 1, 3, 35, 0, 1, 'x'}) +
                               packet({0x30, 7, 0, 0, 3, 35, 0, 1, 'x'}) +
                               packet({0x32, 9, 0, 0, 0, 2, 3, 35, 0, 1, 'x'}) + on("other"));
}

TEST_CASE("sender: an alias stands behind the other properties") {
  Rig rig{allowing_aliases(9)};
  CHECK(rig.send(packet({0x30, 13, 0, 4, 'l', 'o', 'n', 'g', 5, 2, 0, 0, 0, 9, 'x'})).empty());
  CHECK(rig.to_broker() == packet({0x30, 16, 0, 4, 'l', 'o', 'n', 'g', 8, 2, 0, 0, 0, 9, 35, 0, 1, 'x'}));
}

TEST_CASE("sender: no alias where none is of use, allowed or wanted") {
  Rig none{allowing_aliases(0)};
  none.send(on("plant"));
  CHECK(none.to_broker() == on("plant"));
  Rig short_topic{allowing_aliases(9)};
  short_topic.send(on("a/b"));
  CHECK(short_topic.to_broker() == on("a/b"));
  Rig unwanted{allowing_aliases(9)};
  unwanted.sender.begin(allowing_aliases(9), false, false);
  unwanted.send(on("plant"));
  CHECK(unwanted.to_broker() == on("plant"));
  const auto old_one = packet({0x30, 8, 0, 5, 'p', 'l', 'a', 'n', 't', 'x'});
  Rig old{allowing_aliases(9), Version::v3};
  old.send(old_one);
  CHECK(old.to_broker() == old_one);
}

TEST_CASE("sender: a new alias never makes a packet larger than the broker takes") {
  auto limits = allowing_aliases(9);
  limits.maximum_packet = static_cast<uint32_t>(on("plant").size()) + 4;
  Rig rig{limits};
  rig.send(on("plant"));
  CHECK(rig.to_broker() == on("plant"));
}

TEST_CASE("sender: aliases end with the connection, and what waits for room gets its own when it goes") {
  auto limits = allowing_aliases(9);
  limits.receive_maximum = 1;
  Rig rig{limits};
  rig.send(on("plant", 1));
  rig.send(on("plant", 2));
  const auto first = rig.to_broker();
  rig.answer(puback(1));
  CHECK(rig.to_broker() == packet({0x32, 9, 0, 0, 0, 2, 3, 35, 0, 1, 'x'}));
  Rig next{limits};
  next.send(on("plant", 1));
  CHECK(next.to_broker() == first);
}

TEST_CASE("sender: topics beyond the broker's maximum, and beyond ours, keep their names") {
  Rig rig{allowing_aliases(65535)};
  for (unsigned i = 0; i < TopicAliases::most; ++i) { rig.send(on("topic" + std::to_string(10 + i))); }
  rig.to_broker();
  rig.send(on("topic99"));
  rig.send(on("topic99"));
  CHECK(rig.to_broker() == on("topic99") + on("topic99"));
  const std::string longest(TopicAliases::longest_topic + 1, 't');
  CHECK(TopicAliases{9}.use(longest).alias == 0);
}

TEST_CASE("sender: what Paho could never have sent ends the connection") {
  Rig rig;
  CHECK(rig.send(packet({0x32, 5, 0, 1, 'a', 0, 0})) == "the client sent a malformed PUBLISH");
  CHECK(rig.send(packet({0x30, 3, 0, 0, 0})) == "the client sent a malformed PUBLISH");
  CHECK(rig.send(packet({0x30, 4, 0, 1, 'a', 9})) == "the client sent a malformed PUBLISH");
  CHECK(rig.send(packet({0x62, 2, 0, 0})) == "the client sent a packet id of 0");
  CHECK(rig.send(packet({0x82, 3, 0, 1, 0})) == "the client sent a malformed SUBSCRIBE or UNSUBSCRIBE");
  CHECK(rig.send(packet({0x82, 6, 0, 1, 0, 0, 9, 'a'})) == "the client sent a malformed SUBSCRIBE or UNSUBSCRIBE");
  CHECK(rig.to_broker().empty());
}
