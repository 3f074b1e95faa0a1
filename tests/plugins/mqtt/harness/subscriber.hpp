// SPDX-License-Identifier: MIT
/// A node that subscribes to "a" at the mock broker, and what the two say to each other. For the test's thread.
#pragma once

#include "checks.hpp"

#include <cstddef>
#include <set>
#include <string>

namespace culvert::test {

inline NodeUnderTest::Options subscriber(const MockBroker& broker, NodeUnderTest::Options more = {}) {
  more.insert({{"client_id", "c"}, {"subscribe[0].topic", "a"}, {"subscribe[0].qos", "2"}});
  return options(broker, more);
}

// Lets the node in and answers its SUBSCRIBE, and a PINGREQ before it.
inline void let_in(MockBroker& broker, NodeUnderTest& node, bool session_present = false) {
  const bool five = broker.let_in(session_present).at(8) == 5;
  auto got = broker.read();
  for (; got == packet({0xc0, 0}); got = broker.read()) { broker.send(packet({0xd0, 0})); }
  const unsigned id = id_of(got);
  broker.send(five ? packet({0x90, 4, id >> 8, id & 0xff, 0, 2}) : packet({0x90, 3, id >> 8, id & 0xff, 2}));
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
}

// A PUBLISH of MQTT 5 on topic "a" with the id as its payload.
inline std::string publish(unsigned qos, unsigned id, bool duplicate = false) {
  return packet({0x30u | qos << 1 | (duplicate ? 8u : 0u), 7, 0, 1, 'a', 0, id, 0, '0' + id});
}
// Reads so many acknowledgements, each once, and answers PINGREQ meanwhile.
inline void take_acknowledgements(MockBroker& broker, std::size_t count) {
  std::set<std::string> taken;
  while (taken.size() < count) {
    const auto got = broker.read();
    if (got == packet({0xc0, 0})) {
      broker.send(packet({0xd0, 0}));
    } else {
      CHECK(taken.insert(got).second);
    }
  }
}
inline std::string puback(unsigned id) { return packet({0x40, 2, 0, id}); }
inline std::string pubrec(unsigned id) { return packet({0x50, 2, 0, id}); }
inline std::string pubrel(unsigned id) { return packet({0x62, 2, 0, id}); }
inline std::string pubcomp(unsigned id) { return packet({0x70, 2, 0, id}); }

}  // namespace culvert::test
