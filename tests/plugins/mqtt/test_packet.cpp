// SPDX-License-Identifier: MIT
#include "connect.hpp"
#include "harness/mock_broker.hpp"
#include "packet.hpp"

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

std::string fault(const std::string& bytes, Version version = Version::v5) { return fault_of(whole(bytes), version); }

}  // namespace

TEST_CASE("packet: a packet is cut where it ends, whatever follows") {
  const auto bytes = packet({0x30, 4, 0, 1, 'a', 0, 0xd0, 0});
  CHECK(whole(bytes).whole.size() == 6);
  CHECK(whole(bytes).body == packet({0, 1, 'a', 0}));
}

TEST_CASE("packet: every truncation asks for more") {
  const auto bytes = packet({0x30, 0x84, 0, 0, 1, 'a', 0});
  Packet found;
  std::size_t whole_size = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(cut_packet(std::string_view{bytes}.substr(0, size), found, whole_size) == Cut::more);
  }
}

TEST_CASE("packet: a length of five bytes or above the limit is known before the body comes") {
  Packet found;
  std::size_t size = 0;
  CHECK(cut_packet(packet({0x30, 0xff, 0xff, 0xff, 0xff}), found, size) == Cut::broken);
  const auto oversize = packet({0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1});
  CHECK(cut_packet(oversize, found, size) == Cut::oversize);
  CHECK(size == 268435460);
  CHECK(found.body == packet({0, 1}));
  // The largest one that is none: 1,179,648 bytes with its header.
  CHECK(cut_packet(packet({0x30, 0xfc, 0xff, 0x47}), found, size) == Cut::more);
  CHECK(size == max_packet);
  CHECK(cut_packet(packet({0x30, 0xfd, 0xff, 0x47}), found, size) == Cut::oversize);
}

TEST_CASE("packet: what no broker may send is named") {
  CHECK(fault(packet({0x10, 0})) == "a packet of type 1, which no broker sends");
  CHECK(fault(packet({0xf0, 0})) == "a packet of type 15, which no broker sends");
  CHECK(fault(packet({0x41, 2, 0, 1})) == "a packet with reserved flags set");
  CHECK(fault(packet({0x60, 2, 0, 1})) == "a packet with reserved flags set");
  CHECK(fault(packet({0x62, 2, 0, 1})).empty());
  CHECK(fault(packet({0xd0, 1, 0})) == "PINGRESP that is too long");
  CHECK(fault(packet({0xe0, 0}), Version::v3) == "DISCONNECT, which a broker of MQTT 3.1.1 may not send");
}

TEST_CASE("packet: acknowledgements have an id, and a reason and properties only with MQTT 5") {
  CHECK(fault(packet({0x40, 2, 0, 0})) == "acknowledgement with packet id 0");
  CHECK(fault(packet({0x40, 1, 0})) == "acknowledgement with packet id 0");
  CHECK(fault(packet({0x40, 3, 0, 1, 0x87})).empty());
  CHECK(fault(packet({0x40, 3, 0, 1, 0x87}), Version::v3) == "acknowledgement that is too long");
  CHECK(fault(packet({0x40, 8, 0, 1, 0x87, 4, 31, 0, 1, 'x'})).empty());
  CHECK(fault(packet({0x40, 8, 0, 1, 0x87, 4, 31, 0, 9, 'x'})) == "acknowledgement with malformed properties");
  CHECK(fault(packet({0x90, 3, 0, 1, 0})) == "SUBACK or UNSUBACK of the wrong length");
  CHECK(fault(packet({0x90, 3, 0, 1, 0}), Version::v3).empty());
  CHECK(fault(packet({0xb0, 2, 0, 1}), Version::v3).empty());
  CHECK(ack_reason(whole(packet({0x40, 2, 0, 1}))) == 0);
  CHECK(ack_reason(whole(packet({0x40, 3, 0, 1, 0x97}))) == 0x97);
  CHECK(answer_codes(whole(packet({0x90, 8, 0, 1, 4, 31, 0, 1, 'x', 1})), Version::v5) == packet({1}));
  CHECK(answer_codes(whole(packet({0x90, 4, 0, 1, 0, 2})), Version::v3) == packet({0, 2}));
}

TEST_CASE("connect: the fields stand where the standard puts them") {
  ConnectFields fields;
  fields.client_id = "c";
  fields.username = "u";
  fields.password = "p";
  fields.will = Will{"w", "x", 1, true};
  fields.keep_alive_s = 258;
  fields.clean_start = false;
  fields.session_expiry_s = 1;
  CHECK(encode_connect(fields) ==
        packet({0x10, 40, 0,  4, 'M', 'Q', 'T', 'T', 5, 0xec, 1, 2,   13, 17, 0,   0, 0, 1,   33, 0, 64,
                39,   0,  18, 0, 0,   0,   1,   'c', 0, 0,    1, 'w', 0,  1,  'x', 0, 1, 'u', 0,  1, 'p'}));
  fields.version = Version::v3;
  fields.will.reset();
  CHECK(encode_connect(fields) ==
        packet({0x10, 19, 0, 4, 'M', 'Q', 'T', 'T', 4, 0xc0, 1, 2, 0, 1, 'c', 0, 1, 'u', 0, 1, 'p'}));
}

TEST_CASE("connect: a CONNACK tells the broker's limits") {
  std::string why;
  const auto found = parse_connack(
      whole(packet({0x20, 24, 1, 0, 21, 33, 0, 7, 36, 1, 37, 0, 39, 0, 0, 1, 0, 18, 0, 2, 'i', 'd', 19, 0, 9, 40})),
      Version::v5, why);
  CHECK(!found);
  const auto good = parse_connack(
      whole(packet({0x20, 23, 1, 0, 20, 33, 0, 7, 36, 1, 37, 0, 39, 0, 0, 1, 0, 18, 0, 2, 'i', 'd', 19, 0, 9})),
      Version::v5, why);
  REQUIRE(good.has_value());
  CHECK(good->session_present);
  CHECK(good->receive_maximum == 7);
  CHECK(good->maximum_qos == 1);
  CHECK(!good->retain_available);
  CHECK(good->maximum_packet == 256);
  CHECK(good->assigned_client_id == "id");
  CHECK(good->server_keep_alive_s == 9);
}

TEST_CASE("connect: a CONNACK that contradicts itself is malformed") {
  std::string why;
  CHECK(!parse_connack(whole(packet({0x20, 3, 1, 0x87, 0})), Version::v5, why));
  CHECK(!parse_connack(whole(packet({0x20, 3, 2, 0, 0})), Version::v5, why));
  CHECK(!parse_connack(whole(packet({0x20, 4, 0, 0, 0, 0})), Version::v5, why));
  CHECK(!parse_connack(whole(packet({0x20, 6, 0, 0, 3, 33, 0, 0})), Version::v5, why));
  CHECK(!parse_connack(whole(packet({0x20, 9, 0, 0, 6, 33, 0, 1, 33, 0, 1})), Version::v5, why));
  CHECK(!parse_connack(whole(packet({0x20, 3, 0, 0, 0})), Version::v3, why));
  CHECK(!parse_connack(whole(packet({0x20, 1, 0})), Version::v3, why));
}
