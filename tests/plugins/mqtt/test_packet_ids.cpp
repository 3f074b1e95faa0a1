// SPDX-License-Identifier: MIT
#include "packet_ids.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace culvert::mqtt;

TEST_CASE("packet ids: every id has one on the wire, and back") {
  for (const unsigned place : {0u, 1u, 300u, 65534u}) {
    PacketIds ids;
    ids.begin_at(place);
    for (unsigned id = 1; id <= 65535; ++id) {
      const auto wire = ids.to_wire(static_cast<uint16_t>(id));
      REQUIRE(wire != 0);
      REQUIRE(ids.from_wire(wire) == id);
    }
  }
}

TEST_CASE("packet ids: the next process begins behind the last id, also behind those of another Paho") {
  PacketIds ids;
  ids.begin_at(65530);
  CHECK(ids.to_wire(1) == 65531);
  for (uint16_t id = 1; id <= 10; ++id) { CHECK(!ids.use(id)); }
  CHECK(ids.next() == 5);
  // What is sent again does not count.
  CHECK(!ids.use(9));
  CHECK(ids.next() == 5);
  ids.renew();
  CHECK(ids.to_wire(1) == 6);
  ids.use(1);
  CHECK(ids.next() == 6);
}

TEST_CASE("packet ids: it is time to store the place every 16384 ids, whatever Paho leaves out") {
  PacketIds ids;
  int times = 0;
  unsigned id = 0;
  for (unsigned used = 0; used < 3 * 65535; used += 3) {
    id = (id + 3 - 1) % 65535 + 1;
    times += ids.use(static_cast<uint16_t>(id)) ? 1 : 0;
  }
  CHECK(times == 3 * 65535 / PacketIds::store_every);
}

TEST_CASE("packet ids: 34 processes in a row that are killed begin more than 1,350 ids from one another") {
  std::vector<unsigned> places;
  for (unsigned place = 0; places.size() < 34; place = (place + PacketIds::reserve) % PacketIds::count) {
    for (const unsigned other : places) {
      const unsigned ahead = (place + PacketIds::count - other) % PacketIds::count;
      CHECK(std::min(ahead, PacketIds::count - ahead) > 1'350);
    }
    places.push_back(place);
  }
}
