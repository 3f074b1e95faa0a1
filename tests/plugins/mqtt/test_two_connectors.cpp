// SPDX-License-Identifier: MIT
// Two connectors in one process: while one's broker hangs, the other publishes as fast as without it.
#include "../../support/hanging_lookup.hpp"
#include "harness/checks.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t messages = 6000, rounds = 5;
// What counts is that nothing waits for the hanging one; a machine that does other work may be a third off.
constexpr double least = 0.7;

// Messages per second of a node that has published `before` already.
double throughput(NodeUnderTest& node, std::size_t before) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < messages; ++i) { node.send("a", std::string(128, 'x')); }
  CHECK_SAYING(node, node.wait_for_ended(before + messages, 60s));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return messages / took.count();
}

double median(std::array<double, rounds> values) {
  std::sort(values.begin(), values.end());
  return values[rounds / 2];
}

// By turns without and with another node whose options make it hang; `until` is what shows that it does.
template <class Until>
void compare(const char* what, const NodeUnderTest::Options& hanging, Until until) {
  const Mosquitto broker{false, "max_queued_messages 0"};
  NodeUnderTest node{options(broker)};
  CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
  std::size_t published = 0;
  const auto run = [&] {
    const double rate = throughput(node, published);
    published += messages;
    return rate;
  };
  run();  // Warm.
  std::array<double, rounds> alone{}, beside{};
  for (std::size_t round = 0; round < rounds; ++round) {
    alone[round] = run();
    NodeUnderTest other{hanging, "other"};
    until(other);
    beside[round] = run();
    CHECK_SAYING(other, other.count_lines("error") == 0);
  }
  const double ratio = median(beside) / median(alone);
  std::printf("# beside a connector that hangs in %s: %.0f messages/s, alone %.0f, ratio %.2f\n", what, median(beside),
              median(alone), ratio);
  CHECK_MESSAGE(ratio >= least, what);
}

}  // namespace

TEST_CASE("two connectors: a name lookup that hangs does not slow the other") {
  compare("name lookup",
          {{"url[0]", "mqtt://hanging.test:1883"}, {"client_id", "o"}, {"connect_timeout", "30000000000"}},
          [begun = hanging_lookups.load()](NodeUnderTest&) mutable { hanging_lookups.wait(begun++); });
}

TEST_CASE("two connectors: a TLS handshake that hangs does not slow the other") {
  MockBroker silent;
  std::string url = silent.url();
  url.insert(4, "s");
  compare(
      "TLS",
      {{"url[0]", url}, {"client_id", "o"}, {"tls.insecure_skip_verify", "true"}, {"connect_timeout", "30000000000"}},
      [&](NodeUnderTest&) {
        silent.accept();
        CHECK(silent.has_bytes(10'000));
      });
}

TEST_CASE("two connectors: a CONNACK that does not come does not slow the other") {
  MockBroker silent;
  compare("CONNACK", {{"url[0]", silent.url()}, {"client_id", "o"}, {"connect_timeout", "30000000000"}},
          [&](NodeUnderTest&) {
            silent.accept();
            CHECK(!silent.read().empty());
          });
}
