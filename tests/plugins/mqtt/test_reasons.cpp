// SPDX-License-Identifier: MIT
// What each reason calls for, without a broker: the table, and how long a broker is left alone.
#include "endpoints.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace culvert::mqtt;

namespace {

constexpr int64_t s = 1'000'000'000;
const std::string id = "box";

std::vector<Url> urls(int count) {
  std::vector<Url> made;
  for (int i = 0; i < count; ++i) { made.push_back(parse_url("mqtt://broker" + std::to_string(i))); }
  return made;
}

Ending refused(uint8_t reason) {
  Ending ending;
  ending.reason = reason;
  return ending;
}
Ending disconnected(uint8_t reason) {
  Ending ending = refused(reason);
  ending.accepted = true;
  return ending;
}

// The shortest and the longest wait of many in a row, with a back-off of 1 s to 30 s.
struct Waits {
  int64_t first_ns = 0, least_ns = INT64_MAX, most_ns = 0;
  explicit Waits(const Ending& ending, Version version = Version::v5) {
    Endpoints endpoints{urls(1), version, s, 30 * s};
    int64_t now = 1000 * s;
    for (int i = 0; i < 300; ++i) {
      const auto next = endpoints.fail({ending, version, ending.accepted, false, id}, now);
      const int64_t wait = next.at_ns - now;
      if (i == 0) { first_ns = wait; }
      least_ns = std::min(least_ns, wait);
      most_ns = std::max(most_ns, wait);
      // Never so often that it would count as ping-pong.
      now += 100 * s;
    }
  }
  bool is_brief() const { return least_ns >= s && most_ns <= 2 * s; }
  bool is_usual() const { return first_ns <= 2 * s && most_ns > 20 * s && most_ns <= 30 * s; }
  bool is_longest() const { return least_ns >= 15 * s && most_ns <= 30 * s; }
  bool is_patient() const { return first_ns <= 2 * s && most_ns > 200 * s && most_ns <= 300 * s; }
  bool is_five_minutes() const { return least_ns >= 270 * s && most_ns <= 300 * s; }
};

}  // namespace

TEST_CASE("reasons: codes are said in words and with their number") {
  CHECK(reason_words(0x87) == "not authorized (135)");
  CHECK(reason_words(0xfe) == "reason unknown to MQTT 5 (254)");
  CHECK(connack_words(Version::v5, 0x86) == "bad user name or password (134)");
  CHECK(connack_words(Version::v5, 5) == "not authorized (5)");
  CHECK(connack_words(Version::v3, 4) == "bad user name or password (4)");
  CHECK(connack_words(Version::v3, 9) == "return code unknown to MQTT 3.1.1 (9)");
}

TEST_CASE("reasons: of all PUBACK codes those below 128 deliver, four call for another try, the rest is set aside") {
  for (unsigned code = 0; code < 256; ++code) {
    const Fate fate = fate_of_publish(static_cast<uint8_t>(code));
    const std::set<unsigned> later{0x80, 0x83, 0x97};
    const Fate expected = code < 0x80            ? Fate::delivered
                          : code == 0x91         ? Fate::again
                          : later.contains(code) ? Fate::again_later
                                                 : Fate::dead_letter;
    CHECK_MESSAGE(fate == expected, code);
  }
}

TEST_CASE("reasons: a CONNACK decides how long the broker is left alone") {
  const std::set<unsigned> patient{0x81, 0x82, 0x84, 0x86, 0x87, 0x8a, 0x8c, 0x90,
                                   0x95, 0x98, 0x99, 0x9a, 0x9b, 1,    4,    5};
  const std::set<unsigned> longest{0x88, 0x89, 0x96, 0x97, 0x9f, 3};
  const std::set<unsigned> five_minutes{0x85, 0x9c, 0x9d, 2};
  for (unsigned code = 1; code < 256; ++code) {
    const Waits waits{refused(static_cast<uint8_t>(code))};
    const bool expected = patient.contains(code)        ? waits.is_patient()
                          : longest.contains(code)      ? waits.is_longest()
                          : five_minutes.contains(code) ? waits.is_five_minutes()
                                                        : waits.is_usual();
    CHECK_MESSAGE(expected, code);
  }
}

TEST_CASE("reasons: a return code of MQTT 3.1.1 decides how long the broker is left alone") {
  for (unsigned code = 1; code < 256; ++code) {
    const Waits waits{refused(static_cast<uint8_t>(code)), Version::v3};
    const bool expected = code == 2                             ? waits.is_five_minutes()
                          : code == 3                           ? waits.is_longest()
                          : code == 1 || code == 4 || code == 5 ? waits.is_patient()
                                                                : waits.is_usual();
    CHECK_MESSAGE(expected, code);
  }
}

TEST_CASE("reasons: a DISCONNECT decides how long the broker is left alone") {
  const std::set<unsigned> brief{0x8d, 0xa0};
  const std::set<unsigned> longest{0x88, 0x89, 0x93, 0x96, 0x97, 0x9f};
  const std::set<unsigned> patient{0x81, 0x82, 0x84, 0x86, 0x87, 0x8a, 0x8c, 0x8f, 0x90,
                                   0x94, 0x95, 0x98, 0x99, 0x9a, 0x9b, 0x9e, 0xa1, 0xa2};
  const std::set<unsigned> five_minutes{0x85, 0x9c, 0x9d};
  for (unsigned code = 0; code < 256; ++code) {
    const Waits waits{disconnected(static_cast<uint8_t>(code))};
    const bool expected = brief.contains(code)          ? waits.is_brief()
                          : longest.contains(code)      ? waits.is_longest()
                          : patient.contains(code)      ? waits.is_patient()
                          : five_minutes.contains(code) ? waits.is_five_minutes()
                                                        : waits.is_usual();
    CHECK_MESSAGE(expected, code);
  }
}

TEST_CASE("endpoints: a session that is taken over more than three times in a minute waits five minutes") {
  Endpoints endpoints{urls(1), Version::v5, s, 30 * s};
  const Ending taken_over = disconnected(0x8e);
  int64_t now = 1000 * s;
  for (int i = 0; i < 3; ++i, now += 19 * s) {
    CHECK(endpoints.fail({taken_over, Version::v5, true, true, id}, now).at_ns - now <= 2 * s);
  }
  auto next = endpoints.fail({taken_over, Version::v5, true, true, id}, now);
  CHECK(next.words == " (another client uses the client id 'box' as well), next try in 5 min");
  // Rarely is no ping-pong.
  for (int i = 0; i < 10; ++i) {
    now += 61 * s;
    next = endpoints.fail({taken_over, Version::v5, true, true, id}, now);
    CHECK(next.at_ns - now <= 2 * s);
  }
}

TEST_CASE("endpoints: a broker that hangs up again and again raises a question") {
  Endpoints endpoints{urls(1), Version::v5, s, 30 * s};
  Ending hung_up = disconnected(0);
  hung_up.hung_up = true;
  std::string words;
  for (int i = 0; i < 4; ++i) {
    CHECK(words.find("client id") == std::string::npos);
    words = endpoints.fail({hung_up, Version::v5, true, true, id}, 1000 * s).words;
  }
  CHECK(words.starts_with(" (again and again: does another client use the client id 'box'?), next try in "));
}

TEST_CASE("endpoints: of several the first that may be tried is next, and each has its own wait") {
  Endpoints endpoints{urls(3), Version::v5, s, 30 * s};
  const int64_t now = 1000 * s;
  auto next = endpoints.fail({refused(0x85), Version::v5, false, false, id}, now);
  CHECK(next.words == " (set another 'client_id'), trying 'mqtt://broker1:1883' now");
  CHECK(next.at_ns == now);
  next = endpoints.fail({refused(0x9c), Version::v5, false, false, id}, now);
  CHECK(next.words == ", trying 'mqtt://broker2:1883' now");
  next = endpoints.fail({Ending{}, Version::v5, false, false, id}, now);
  CHECK(next.words.starts_with(", next try in "));
  CHECK(endpoints.index() == 2);
  CHECK(next.at_ns <= now + 2 * s);
  // The first two wait five minutes, and not longer.
  endpoints.fail({Ending{}, Version::v5, false, false, id}, now + 200 * s);
  CHECK(endpoints.index() == 2);
  endpoints.fail({Ending{}, Version::v5, false, false, id}, now + 301 * s);
  CHECK(endpoints.index() == 0);
}

TEST_CASE("endpoints: a connection that was lost is sought where it was, unless the broker sends us elsewhere") {
  const int64_t now = 1000 * s;
  Endpoints endpoints{urls(2), Version::v5, s, 30 * s};
  auto next = endpoints.fail({disconnected(0x8b), Version::v5, true, true, id}, now);
  CHECK(next.words.starts_with(", next try in "));
  CHECK(endpoints.index() == 0);
  Ending moved = disconnected(0x9d);
  moved.server_reference = "other.test:1883\n";
  next = endpoints.fail({moved, Version::v5, true, true, id}, now);
  CHECK(next.words == " (it names 'other.test:1883'), trying 'mqtt://broker1:1883' now");
  // With one URL there is nowhere else to go.
  Endpoints alone{urls(1), Version::v5, s, 30 * s};
  CHECK(alone.fail({moved, Version::v5, true, true, id}, now).words ==
        " (it names 'other.test:1883'), next try in 5 min");
}

TEST_CASE("endpoints: 3.1.1 is tried once where 5 is refused, and never where the version is given") {
  Endpoints endpoints{urls(1), std::nullopt, s, 30 * s};
  CHECK(endpoints.version() == Version::v5);
  CHECK(endpoints.fail({refused(0x84), Version::v5, false, false, id}, s).words == ", trying once with MQTT 3.1.1");
  CHECK(endpoints.version() == Version::v3);
  endpoints.fail({Ending{}, Version::v3, false, false, id}, s);
  CHECK(endpoints.version() == Version::v5);
  endpoints.fail({refused(1), Version::v5, false, false, id}, s);
  endpoints.accept(Version::v3, {});
  endpoints.fail({disconnected(0), Version::v3, true, false, id}, s);
  CHECK(endpoints.version() == Version::v3);
  Endpoints fixed{urls(1), Version::v5, s, 30 * s};
  CHECK(fixed.fail({refused(0x84), Version::v5, false, false, id}, s).words.starts_with(", next try in "));
  CHECK(fixed.version() == Version::v5);
}
