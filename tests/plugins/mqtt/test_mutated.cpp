// SPDX-License-Identifier: MIT
#include "tests/fuzz/mutate.hpp"
#include "tests/fuzz/relay_fuzz.hpp"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("relay: no scenario of broker, Paho, node and broken connections breaks a promise, over many random ones") {
  // Steps that are whole packets, so that most of a scenario goes deep.
  Mutator mutator{1,
                  {"\x02", "\x03", "\x04", "\x05", "\x06", "\x07", "\x87", "\x08", "\x09",
                   std::string_view{"\x02\x01\x01", 3}, std::string_view{"\x02\x02\x02", 3}, "\x05\x03\x02",
                   "\x04\x01\x01", "\x06\x01\x03", "\x05\x04\x03", "\x09\x2b"}};
  const int count = fuzz_runs() / 10;
  int broken = 0;
  std::string scenario;
  for (int i = 0; i < count; ++i) {
    if (i % 50 == 0) { scenario = std::string{"\x02\x01\x4b\x03", 4}; }
    mutator.mutate(scenario);
    broken += check_relay(scenario) > 0 ? 1 : 0;
  }
  MESSAGE(broken << " of " << count << " broke the protocol");
  // Scenarios that always end early, or never break anything, would show little. A few runs may happen to.
  if (count >= 1000) {
    CHECK(broken > count / 20);
    CHECK(broken < count - count / 20);
  }
}
