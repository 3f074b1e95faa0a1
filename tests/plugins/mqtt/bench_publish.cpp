// SPDX-License-Identifier: MIT
// Messages per second out to a real broker, with QoS 1 over TLS. Not a test: `meson test --benchmark mqtt-publish`.
#include "harness/checks.hpp"

#include <sys/resource.h>

#include <cstdio>

using namespace culvert;
using namespace culvert::test;

namespace {

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

TEST_CASE("bench: QoS 1 publishes over TLS") {
  const Mosquitto broker{true, "max_queued_messages 0"};
  const TemporaryFolder state;
  NodeUnderTest node{options(broker), "cloud", state.path()};
  REQUIRE(node.wait_for_link(CULVERT_LINK_UP));
  constexpr std::size_t count = 60'000, rounds = 3;
  for (std::size_t round = 1; round <= rounds; ++round) {
    const auto before = std::chrono::steady_clock::now();
    const double cpu_before = cpu_seconds();
    for (std::size_t i = 0; i < count; ++i) { node.send("plant/edge/boiler", std::string(128, 'x')); }
    CHECK_SAYING(node, node.wait_for_ended(count * round, std::chrono::seconds{60}));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
    std::printf("%.0f messages/s, %.1f us of CPU each, harness included\n", count / took.count(),
                1e6 * (cpu_seconds() - cpu_before) / count);
  }
}
