// SPDX-License-Identifier: MIT
// The table of what is not acknowledged yet, transition by transition.
#include "gate.hpp"
#include "harness/mock_broker.hpp"

#include <doctest/doctest.h>

using namespace culvert::mqtt;
using culvert::test::packet;

namespace {

struct Rig {
  Rig() {
    gate.choose("mqtt://one");
    gate.begin(false);
  }
  Gate gate;
  Buffer out;

  uint64_t arrive(uint8_t qos, uint16_t id, bool duplicate = false, uint64_t digest = 1) {
    const Gate::Arrival arrival{qos, id, duplicate, digest};
    const bool known = gate.knows(arrival);
    const uint64_t number = gate.arrive(arrival);
    CHECK(known == (number == 0));
    return number;
  }
  // What leaves, and is on its way at once.
  std::string leaving() {
    auto bytes = waiting();
    out.clear();
    gate.written(out.consumed());
    return bytes;
  }
  // What leaves, and stays in the buffer.
  std::string waiting() {
    gate.answer(out);
    return std::string{out.view()};
  }
  void resume(bool session_present = true) {
    out = Buffer{};
    gate.begin(session_present);
  }
};

std::string puback(unsigned id) { return packet({0x40, 2, id >> 8, id & 0xff}); }
std::string pubrec(unsigned id) { return packet({0x50, 2, id >> 8, id & 0xff}); }

}  // namespace

TEST_CASE("gate: nothing is acknowledged before it is settled") {
  Rig rig;
  const auto one = rig.arrive(1, 7), two = rig.arrive(2, 8);
  CHECK(one != 0);
  CHECK(two != 0);
  CHECK(one != two);
  CHECK(rig.leaving().empty());
  rig.gate.settle(one);
  CHECK(rig.leaving() == puback(7));
  rig.gate.settle(two);
  CHECK(rig.leaving() == pubrec(8));
}

TEST_CASE("gate: each kind of acknowledgement leaves in the order of its PUBLISHes") {
  Rig rig;
  const auto a = rig.arrive(1, 1), b = rig.arrive(2, 2), c = rig.arrive(1, 3), d = rig.arrive(2, 4);
  rig.gate.settle(c);
  rig.gate.settle(d);
  CHECK(rig.leaving().empty());
  rig.gate.settle(a);
  CHECK(rig.leaving() == puback(1) + puback(3));
  rig.gate.settle(b);
  CHECK(rig.leaving() == pubrec(2) + pubrec(4));
}

TEST_CASE("gate: an id may be used anew once its PUBACK is on its way, whatever the duplicate flag says") {
  Rig rig;
  rig.gate.settle(rig.arrive(1, 7));
  CHECK(rig.leaving() == puback(7));
  CHECK(rig.gate.size() == 0);
  SUBCASE("unmarked") { CHECK(rig.arrive(1, 7) != 0); }
  SUBCASE("marked, on the next connection") {
    rig.resume();
    CHECK(rig.arrive(1, 7, true) != 0);
  }
}

TEST_CASE("gate: on a resumed session a duplicate of an open message is joined to it") {
  Rig rig;
  const auto one = rig.arrive(1, 7), two = rig.arrive(2, 8);
  rig.resume();
  CHECK(rig.arrive(1, 7, true) == 0);
  CHECK(rig.arrive(2, 8, true) == 0);
  CHECK(rig.leaving().empty());
  rig.gate.settle(one);
  rig.gate.settle(two);
  CHECK(rig.leaving() == puback(7) + pubrec(8));
}

TEST_CASE("gate: what was settled while there was no connection is acknowledged when it comes again") {
  Rig rig;
  const auto one = rig.arrive(1, 7), two = rig.arrive(2, 8);
  rig.resume();
  rig.gate.settle(one);
  rig.gate.settle(two);
  CHECK(rig.leaving().empty());
  CHECK(rig.arrive(1, 7, true) == 0);
  CHECK(rig.leaving() == puback(7));
  CHECK(rig.arrive(2, 8, true) == 0);
  CHECK(rig.leaving() == pubrec(8));
}

TEST_CASE("gate: the order is that of the new connection") {
  Rig rig;
  const auto one = rig.arrive(1, 1), two = rig.arrive(1, 2);
  rig.resume();
  CHECK(rig.arrive(1, 2, true) == 0);
  const auto three = rig.arrive(1, 3);
  CHECK(rig.arrive(1, 1, true) == 0);
  rig.gate.settle(one);
  rig.gate.settle(three);
  CHECK(rig.leaving().empty());
  rig.gate.settle(two);
  CHECK(rig.leaving() == puback(2) + puback(3) + puback(1));
}

TEST_CASE("gate: a PUBACK that never left does not count") {
  Rig rig;
  const auto one = rig.arrive(1, 1), two = rig.arrive(1, 2);
  rig.gate.settle(one);
  rig.gate.settle(two);
  CHECK(rig.waiting() == puback(1) + puback(2));
  // The first and a part of the second are on their way when the connection breaks.
  rig.out.consume(5);
  rig.gate.written(rig.out.consumed());
  rig.resume();
  CHECK(rig.arrive(1, 1, true) != 0);
  CHECK(rig.arrive(1, 2, true) == 0);
}

TEST_CASE("gate: a duplicate within a connection gets no second PUBACK") {
  Rig rig;
  const auto one = rig.arrive(1, 1);
  CHECK(rig.arrive(1, 1, true) == 0);
  rig.gate.settle(one);
  CHECK(rig.waiting() == puback(1));
  CHECK(rig.arrive(1, 1, true) == 0);
  CHECK(rig.waiting() == puback(1));
}

TEST_CASE("gate: another message under an open id is a message of its own, and the former number is void") {
  for (const bool resumed : {false, true}) {
    // Unmarked, and marked but of other content.
    for (const bool duplicate : {false, true}) {
      Rig rig;
      const auto first = rig.arrive(1, 7, false, 1);
      const auto other = rig.arrive(1, 8, false, 1);
      if (resumed) {
        rig.resume();
        CHECK(rig.arrive(1, 8, true) == 0);
      }
      const auto second = rig.arrive(1, 7, duplicate, duplicate ? 2 : 1);
      CHECK(second != 0);
      CHECK(second != first);
      rig.gate.settle(first);
      rig.gate.settle(other);
      CHECK(rig.leaving() == puback(8));
      rig.gate.settle(second);
      CHECK(rig.leaving() == puback(7));
    }
  }
}

TEST_CASE("gate: a duplicate of QoS 2 whose PUBREC was sent gets it again, and no new number") {
  Rig rig;
  rig.gate.settle(rig.arrive(2, 8));
  CHECK(rig.leaving() == pubrec(8));
  SUBCASE("on the next connection") { rig.resume(); }
  SUBCASE("on the same one") {}
  CHECK(rig.arrive(2, 8, true) == 0);
  CHECK(rig.leaving() == pubrec(8));
}

TEST_CASE("gate: PUBREL ends a message of QoS 2, and its id may be used anew") {
  Rig rig;
  rig.gate.settle(rig.arrive(2, 8));
  rig.leaving();
  rig.gate.release(8);
  CHECK(rig.gate.size() == 0);
  rig.gate.release(8);
  CHECK(rig.arrive(2, 8) != 0);
}

TEST_CASE("gate: PUBREL before PUBREC ends it too, and holds up nobody") {
  Rig rig;
  const auto first = rig.arrive(2, 8), second = rig.arrive(2, 9);
  rig.gate.release(8);
  rig.gate.settle(first);
  rig.gate.settle(second);
  CHECK(rig.leaving() == pubrec(9));
}

TEST_CASE("gate: without its session, or with another broker, all is forgotten and late numbers are ignored") {
  Rig rig;
  const auto one = rig.arrive(1, 7), two = rig.arrive(2, 8);
  rig.gate.settle(two);
  rig.leaving();
  SUBCASE("session present 0") { rig.resume(false); }
  SUBCASE("another broker") {
    rig.gate.choose("mqtt://two");
    rig.resume(true);
  }
  CHECK(rig.gate.size() == 0);
  CHECK(rig.arrive(1, 7, true) != 0);
  CHECK(rig.arrive(2, 8, true) != 0);
  rig.gate.settle(one);
  rig.gate.settle(two);
  CHECK(rig.leaving().empty());
}

TEST_CASE("gate: the same broker again is no other broker, nor is one that did not accept") {
  Rig rig;
  rig.arrive(1, 7);
  SUBCASE("at once") {}
  SUBCASE("after another that was asked in vain") { rig.gate.choose("mqtt://two"); }
  rig.gate.choose("mqtt://one");
  rig.resume(true);
  CHECK(rig.arrive(1, 7, true) == 0);
}

TEST_CASE("gate: a number settled twice, or of nobody, changes nothing") {
  Rig rig;
  const auto one = rig.arrive(2, 7);
  rig.gate.settle(one);
  CHECK(rig.leaving() == pubrec(7));
  rig.gate.settle(one);
  rig.gate.settle(0);
  rig.gate.settle(~uint64_t{0});
  CHECK(rig.leaving().empty());
}

TEST_CASE("gate: what was settled without a connection is not answered until it comes again, or will not") {
  Rig rig;
  const auto one = rig.arrive(1, 1), two = rig.arrive(1, 2), three = rig.arrive(1, 3);
  rig.gate.settle(one);
  CHECK(rig.leaving() == puback(1));
  CHECK(rig.gate.answered() == 1);
  rig.gate.leave();
  rig.gate.settle(two);
  rig.gate.settle(three);
  CHECK(rig.gate.answered() == 1);
  rig.resume();
  CHECK(rig.gate.answered() == 1);
  CHECK(rig.arrive(1, 2, true) == 0);
  CHECK(rig.leaving() == puback(2));
  CHECK(rig.gate.answered() == 2);
  // It has heard us, and does not give the third again.
  rig.gate.read(rig.gate.sent());
  CHECK(rig.gate.answered() == 3);
  // Nor on any other connection. Should it do so all the same, it is answered.
  rig.gate.leave();
  rig.resume();
  CHECK(rig.gate.answered() == 3);
  CHECK(rig.arrive(1, 3, true) == 0);
  CHECK(rig.waiting() == puback(3));
  rig.gate.leave();
  CHECK(rig.gate.answered() == 3);
}

TEST_CASE("gate: what is settled after the broker has given all again, and was not given, waits for nothing") {
  Rig rig;
  const auto one = rig.arrive(1, 1);
  rig.gate.leave();
  rig.resume();
  rig.gate.read(0);
  rig.gate.settle(one);
  CHECK(rig.gate.answered() == 1);
}

TEST_CASE("gate: what the node never had is not counted among what it has settled, although its PUBACK was lost") {
  Rig rig;
  rig.gate.refuse({1, 1, false, 1});
  CHECK(rig.waiting() == puback(1));
  rig.gate.leave();
  CHECK(rig.gate.answered() == 0);
  rig.resume();
  CHECK(rig.gate.answered() == 0);
}

TEST_CASE("gate: without its session nothing waits to come again") {
  Rig rig;
  const auto one = rig.arrive(1, 1);
  rig.gate.leave();
  rig.gate.settle(one);
  CHECK(rig.gate.answered() == 0);
  rig.resume(false);
  CHECK(rig.gate.answered() == 1);
}

TEST_CASE("gate: no more than 64 PUBACKs are on their way that the broker is not known to have read") {
  Rig rig;
  std::vector<uint64_t> numbers;
  for (uint16_t id = 1; id <= 70; ++id) { numbers.push_back(rig.arrive(1, id)); }
  for (const uint64_t number : numbers) { rig.gate.settle(number); }
  const auto second = rig.arrive(2, 1);
  rig.gate.settle(second);
  std::string first;
  for (unsigned id = 1; id <= 64; ++id) { first += puback(id); }
  CHECK(rig.leaving() == first + pubrec(1));
  CHECK(rig.gate.is_held());
  rig.gate.read(3);
  CHECK(rig.leaving() == puback(65) + puback(66) + puback(67));
  CHECK(rig.gate.is_held());
  rig.gate.read(rig.gate.sent());
  CHECK(!rig.gate.is_held());
  CHECK(rig.leaving() == puback(68) + puback(69) + puback(70));
}
