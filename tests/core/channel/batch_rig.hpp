// SPDX-License-Identifier: MIT
/// A fan-out whose routes gather, and its readers.
#pragma once

#include "core/channel/fanout.hpp"
#include "tests/core/channel/rig.hpp"

#include <memory>

namespace culvert::test {

inline constexpr int64_t long_ns = 3600 * one_second_ns;

struct BatchRig {
  BatchRig() : fanout{"boiler", "edge-01", 42, budget, doorbell} {}
  Inbox& add(RouteSpec spec) {
    const std::string address = fresh_address();
    Inbox& inbox = *inboxes.emplace_back(std::make_unique<Inbox>(arrival));
    inbox.open(address, 1);
    fanout.open(fanout.add(std::move(spec)), address, 1);
    return inbox;
  }
  culvert_status emit(std::string_view text, uint64_t token = 0, std::string_view topic = "t") {
    return fanout.emit(payload(topic, text), {token == 0 ? Origin::Kind::nobody : Origin::Kind::token, token});
  }
  /// Tokens 1 to `count`, with their number as payload.
  void emit_tokens(uint64_t count) {
    for (uint64_t token = 1; token <= count; ++token) { CHECK(emit(std::to_string(token), token) == CULVERT_OK); }
  }
  std::vector<Ended> ends(std::size_t count) {
    std::vector<Ended> all;
    wait_for(doorbell, [&] {
      for (auto& inbox : inboxes) { inbox->answer(); }
      std::vector<Ended> some;
      fanout.take_ended(some);
      all.insert(all.end(), some.begin(), some.end());
      return all.size() >= count;
    });
    return all;
  }
  bool settled() {
    return wait_for(doorbell, [&] {
      for (auto& inbox : inboxes) { inbox->answer(); }
      return fanout.outlet_unsettled(0) == 0;
    });
  }
  /// Whether nothing is here for the reader, as far as what was sent has come.
  bool is_silent(Inbox& inbox) { return inbox.take_arrivals(), inbox.next() == Inbox::nothing; }
  Budget budget{24 << 20};
  Doorbell doorbell, arrival;
  Fanout fanout;
  std::vector<std::unique_ptr<Inbox>> inboxes;
};

inline RouteSpec gathering(std::size_t batch, std::size_t queue = 1024, WhenFull when_full = WhenFull::block) {
  RouteSpec spec;
  spec.limits.when_full = when_full;
  spec.limits.max_messages = queue;
  spec.limits.batch = BatchLimits{.max_messages = batch, .within_ns = long_ns};
  return spec;
}

using Texts = std::vector<std::string>;

}  // namespace culvert::test
