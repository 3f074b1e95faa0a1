// SPDX-License-Identifier: MIT
/// What the cases of the connector share. For the test's thread.
#pragma once

#include "mock_broker.hpp"
#include "mosquitto.hpp"
#include "node.hpp"

#include <doctest/doctest.h>

#include <string>

// A check that, when it fails, shows all that the node said.
#define CHECK_SAYING(node, condition)                                  \
  do {                                                                 \
    const bool held = (condition);                                     \
    std::string said;                                                  \
    for (const auto& line : (node).lines()) { said += "\n  " + line; } \
    CHECK_MESSAGE(held, #condition << said);                           \
  } while (false)

namespace culvert::test {

/// A node's options with short times, for the broker.
template <class Broker>
NodeUnderTest::Options options(const Broker& broker, NodeUnderTest::Options more = {}) {
  more.insert({{"url[0]", broker.url()}, {"backoff.min", "20000000"}, {"backoff.max", "100000000"}});
  if constexpr (requires { broker.ca(); }) {
    if (broker.url().starts_with("mqtts")) { more.insert({"tls.ca", broker.ca()}); }
  }
  return more;
}

}  // namespace culvert::test
