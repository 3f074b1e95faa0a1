// SPDX-License-Identifier: MIT
/// A child's fan-out and the forwarder of its node, joined by a socket; and who reads what the forwarder places.
#pragma once

#include "core/channel/socket_pair.hpp"
#include "core/isolation/forwarder.hpp"
#include "tests/core/channel/batch_rig.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::isolation {

using test::Texts;

inline constexpr int64_t patience_ns = 60 * one_second_ns;

/// The node's side of a child: its fan-out, with the one route that leads to the runtime.
struct Child {
  explicit Child(std::size_t queue) : fanout{"boiler", "edge", 1, budget, doorbell} {
    RouteSpec out;
    out.marks_unfollowed = true;
    out.limits.max_messages = queue;
    fanout.add(std::move(out));
  }
  culvert_status emit(std::string_view text, uint64_t token = 0) {
    return fanout.emit(test::payload("t", text), {token == 0 ? Origin::Kind::nobody : Origin::Kind::token, token});
  }
  /// Whether all that is not settled is on its way.
  bool has_sent_all() {
    const OutletStatus status = fanout.outlet_status(0);
    return status.in_flight == status.messages;
  }
  /// Looks until it holds. False when that takes too long.
  template <class Condition>
  bool wait(Condition condition) {
    for (const int64_t deadline_ns = monotonic_ns() + patience_ns; !condition();) {
      if (monotonic_ns() >= deadline_ns) { return false; }
      doorbell.wait_until(monotonic_ns() + 5 * one_ms_ns);
    }
    return true;
  }
  /// What it was told of the ends of its tokens since the last time.
  std::vector<Ended> ends() {
    std::vector<Ended> told;
    fanout.take_ended(told);
    return told;
  }
  /// Whether so many were told, after which nothing is unsettled.
  bool hears(std::size_t count) {
    std::size_t heard = 0;
    return wait([&] { return (heard += ends().size()) >= count && fanout.unsettled() == 0; });
  }

  Budget budget{24 << 20};
  Doorbell doorbell;
  Fanout fanout;
};

/// One route behind the forwarder, and who reads it.
struct Reader {
  void open(Forwarder& forwarder, RouteSpec spec) {
    const std::string address = test::fresh_address();
    inbox.open(address, 1);
    forwarder.fanout().open(forwarder.fanout().add(std::move(spec)), address, 1);
  }
  /// The payload of the next message, which is taken for delivered.
  std::string next() {
    for (const int64_t deadline_ns = monotonic_ns() + patience_ns; monotonic_ns() < deadline_ns;) {
      inbox.take_arrivals();
      const uint64_t number = inbox.next();
      if (number != Inbox::nothing) {
        std::string text = test::text_of(inbox, number);
        inbox.hold(number, false, false, 0);
        inbox.answer();
        return text;
      }
      inbox.answer();
      arrival.wait_until(monotonic_ns() + 5 * one_ms_ns);
    }
    return "(nothing came)";
  }
  Texts next(std::size_t count) {
    Texts texts;
    while (texts.size() < count) { texts.push_back(next()); }
    return texts;
  }
  Doorbell arrival;
  Inbox inbox{arrival};
};

struct Rig {
  Rig() { forwarder.emplace(std::make_shared<NodeEnds>("boiler", "edge", 42, budget), nullptr); }
  /// A child may have so many messages unsettled, beyond those of any inbox.
  void start(std::size_t queue) {
    window.messages += queue;
    forwarder->start(window);
  }
  /// The next child, joined to the forwarder.
  std::unique_ptr<Child> child() {
    auto made = std::make_unique<Child>(window.messages);
    auto [ours, its] = connected_sockets();
    forwarder->open(std::move(ours), ++epoch);
    made->fanout.open(0, std::move(its), epoch);
    return made;
  }
  Budget budget{24 << 20};
  Forwarder::Window window;
  uint64_t epoch = 0;
  std::optional<Forwarder> forwarder;
};

inline RouteSpec bounded(std::size_t messages, WhenFull when_full = WhenFull::block) {
  RouteSpec spec;
  spec.limits.max_messages = messages;
  spec.limits.when_full = when_full;
  return spec;
}

/// "0", "1" and so on.
inline Texts numbers(std::size_t count) {
  Texts texts;
  while (texts.size() < count) { texts.push_back(std::to_string(texts.size())); }
  return texts;
}

}  // namespace culvert::isolation
