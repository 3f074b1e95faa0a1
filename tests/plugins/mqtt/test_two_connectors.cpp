// SPDX-License-Identifier: MIT
// Two connectors in one process: while one's broker hangs, the other publishes as fast as without it, but for a tenth.
#include "../../support/made_lookups.hpp"
#include "harness/checks.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t messages = 1000;
// A machine that does other work as well is a third off in any round, and the median of 31 rounds by a twentieth now
// and then. What costs more than a tenth is seen in 31, in 62 and in 93 of them.
constexpr double least = 0.9;
constexpr std::size_t some_rounds = 31, most_rounds = 3 * some_rounds;

// Messages per second of a node that has published `before` already.
double throughput(NodeUnderTest& node, std::size_t before) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < messages; ++i) { node.send("a", std::string(128, 'x')); }
  CHECK_SAYING(node, node.wait_for_ended(before + messages, 60s));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return messages / took.count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
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
  std::vector<double> rates, ratios;
  while (ratios.size() % some_rounds != 0 || ratios.empty() ||
         (median(ratios) < least && ratios.size() < most_rounds)) {
    rates.push_back(run());
    NodeUnderTest other{hanging, "other"};
    until(other);
    // What the machine does besides changes from second to second: a round is compared with the one before.
    ratios.push_back(run() / rates.back());
    CHECK_SAYING(other, other.count_lines("error") == 0);
  }
  const double ratio = median(ratios);
  const auto [lowest, highest] = std::minmax_element(ratios.begin(), ratios.end());
  std::printf("# beside a connector that hangs in %s: %.2f of %.0f messages/s, in %zu rounds %.2f to %.2f\n", what,
              ratio, median(rates), ratios.size(), *lowest, *highest);
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

TEST_CASE("two connectors: an idle one does not keep the other waiting when that connects again") {
  MockBroker quiet, broker;
  NodeUnderTest idle{options(quiet, {{"client_id", "i"}}), "idle"};
  quiet.let_in();
  CHECK_SAYING(idle, idle.wait_for_link(CULVERT_LINK_UP));
  NodeUnderTest node{options(broker, {{"client_id", "c"}, {"backoff.min", "10000000"}, {"backoff.max", "20000000"}})};
  broker.let_in();
  // Paho's poll would keep each of them for a second. One that a busy machine keeps is no proof, and one that goes at
  // once is.
  auto least = 10'000ms;
  for (int round = 0; round < 5; ++round) {
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_UP));
    broker.close();
    CHECK_SAYING(node, node.wait_for_link(CULVERT_LINK_DOWN));
    const auto begin = std::chrono::steady_clock::now();
    broker.let_in();
    least = std::min(least,
                     std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin));
  }
  std::printf("# again after %lld ms at least\n", static_cast<long long>(least.count()));
  CHECK(least < 900ms);
}
