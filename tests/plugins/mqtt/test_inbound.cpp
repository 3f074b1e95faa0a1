// SPDX-License-Identifier: MIT
#include "harness/mock_broker.hpp"
#include "inbound.hpp"

#include <doctest/doctest.h>

using namespace culvert::mqtt;
using culvert::test::packet;

namespace {

Packet whole(const std::string& bytes) {
  Packet found;
  std::size_t size = 0;
  REQUIRE(cut_packet(bytes, found, size) == Cut::whole);
  return found;
}

std::string fault(const std::string& bytes, Version version = Version::v5) {
  PublishView publish;
  return read_publish(whole(bytes), version, publish);
}

// Of one that nothing is wrong with as a packet.
std::string unfit(const std::string& bytes, Version version = Version::v5) {
  PublishView publish;
  CHECK(read_publish(whole(bytes), version, publish).empty());
  return std::string{publish.unfit};
}

// A PUBLISH of QoS 0 with this topic.
std::string on_topic(const std::string& topic) {
  const auto size = static_cast<unsigned>(topic.size());
  return packet({0x30, 3 + size, 0, size}) + topic + packet({0});
}

// One of topic "a" with these properties.
std::string with_properties(const std::vector<unsigned>& properties) {
  const auto size = static_cast<unsigned>(properties.size());
  return packet({0x30, 4 + size, 0, 1, 'a', size}) + packet(properties);
}

}  // namespace

TEST_CASE("inbound: a PUBLISH is looked through to its payload") {
  CHECK(fault(packet({0x30, 5, 0, 1, 'a', 0, 'x'})).empty());
  CHECK(fault(packet({0x30, 3, 0, 1, 'a'}), Version::v3).empty());
  CHECK(fault(packet({0x36, 4, 0, 1, 'a', 0})) == "PUBLISH with QoS 3");
  CHECK(fault(packet({0x30, 3, 0, 9, 'a'})) == "PUBLISH that ends too early");
  CHECK(fault(packet({0x32, 6, 0, 1, 'a', 0, 0, 0})) == "PUBLISH with packet id 0");
  CHECK(fault(packet({0x32, 4, 0, 1, 'a', 0}), Version::v3) == "PUBLISH with packet id 0");
  CHECK(fault(packet({0x30, 4, 0, 1, 'a', 9})) == "PUBLISH with malformed properties");
}

TEST_CASE("inbound: a topic that MQTT does not know makes a message unfit, and is no fault of the packet") {
  CHECK(unfit(on_topic("")) == "it has no topic");
  CHECK(unfit(packet({0x30, 2, 0, 0}), Version::v3) == "it has no topic");
  CHECK(unfit(on_topic("a/+")) == "its topic holds a wildcard");
  CHECK(unfit(on_topic("#")) == "its topic holds a wildcard");
  for (const std::string& topic :
       {std::string{"a\0b", 3}, std::string{"\xff"}, std::string{"\xc3"}, std::string{"\xc0\x80"},
        std::string{"\xed\xa0\x80"}, std::string{"\xf4\x90\x80\x80"}}) {
    CHECK(unfit(on_topic(topic)) == "its topic is not UTF-8, or holds NUL");
  }
  CHECK(unfit(on_topic("\xc3\xa4/\xe2\x82\xac/\xf0\x9f\x8c\xa1")).empty());
  // One that only our host refuses is for the host to count.
  CHECK(unfit(on_topic("a\x01")).empty());
}

TEST_CASE("inbound: a property that may not be there, or is none, breaks the protocol") {
  for (const std::vector<unsigned>& wrong :
       std::vector<std::vector<unsigned>>{{17, 0, 0, 0, 1},                // session expiry
                                          {1, 0, 1, 0},                    // twice
                                          {11, 0},                         // subscription id 0
                                          {3, 0, 2, 0xff},                 // content type past its end
                                          {2, 0, 0, 0},                    // expiry of three bytes
                                          {0x80, 0x80, 0x80, 0x80, 1}}) {  // an id of five bytes
    CHECK(fault(with_properties(wrong)) == "PUBLISH with malformed properties");
  }
  CHECK(fault(with_properties({35, 0, 1})) == "PUBLISH with a topic alias, which was not asked for");
  CHECK(fault(packet({0x30, 6, 0, 0, 3, 35, 0, 1})) == "PUBLISH with a topic alias, which was not asked for");
  // Whatever else is wrong with it.
  CHECK(fault(with_properties({3, 0, 1, 0xff, 35, 0, 1})) == "PUBLISH with a topic alias, which was not asked for");
}

TEST_CASE("inbound: what a publisher wrote into the properties may be unfit, and is no fault of the packet") {
  const std::string text = "a text of its properties is not UTF-8, or holds NUL";
  CHECK(unfit(with_properties({3, 0, 1, 0xff})) == text);
  CHECK(unfit(with_properties({8, 0, 1, 0xff})) == text);
  CHECK(unfit(with_properties({38, 0, 1, 0xff, 0, 0})) == text);
  CHECK(unfit(with_properties({38, 0, 1, 'a', 0, 1, 0})) == text);
  CHECK(unfit(with_properties({38, 0, 1, 'a', 0, 1, 0, 38, 0, 1, 'b', 0, 0})) == text);
  CHECK(unfit(with_properties({1, 2})) == "its payload format is none");
  CHECK(unfit(with_properties({8, 0, 1, '#'})) == "its response topic is none");
  CHECK(unfit(with_properties({8, 0, 0})) == "its response topic is none");
  // Bytes are bytes.
  CHECK(unfit(with_properties({9, 0, 1, 0xff})).empty());
}

TEST_CASE("inbound: every property of MQTT 5 is kept, and user properties in their order") {
  const auto bytes = with_properties({1,  1, 2, 0,   0, 1, 0,   3,  0, 1, 't', 8, 0, 1,   'r', 9, 0, 2,   0, 9, 11, 5,
                                      38, 0, 1, 'b', 0, 1, '1', 38, 0, 1, 'a', 0, 1, '2', 38,  0, 1, 'b', 0, 1, '3'});
  const Inbound inbound{whole(bytes), Version::v5, 7};
  const PublishView& publish = inbound.publish();
  CHECK(inbound.number() == 7);
  CHECK(publish.is_text);
  CHECK(publish.expiry_s == 256);
  CHECK(publish.content_type == "t");
  CHECK(publish.response_topic == "r");
  CHECK(publish.correlation_data == std::string_view{"\0\x09", 2});
  const std::vector<std::pair<std::string_view, std::string_view>> all{{"b", "1"}, {"a", "2"}, {"b", "3"}};
  CHECK(publish.user_properties == all);
}

TEST_CASE("inbound: the copy outlives the packet") {
  auto bytes = std::make_unique<std::string>(packet({0x3b, 7, 0, 1, 'a', 1, 2, 0, 'x'}));
  const Inbound inbound{whole(*bytes), Version::v5, 1};
  bytes.reset();
  CHECK(inbound.publish().topic == "a");
  CHECK(inbound.publish().payload == "x");
  CHECK(inbound.publish().id == 0x0102);
  CHECK(inbound.publish().qos == 1);
  CHECK(inbound.publish().retained);
  CHECK(inbound.publish().duplicate);
  CHECK(inbound.size() == 9 + sizeof(Inbound));
}
