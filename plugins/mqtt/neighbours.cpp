// SPDX-License-Identifier: MIT
#include "neighbours.hpp"

#include "relay.hpp"

namespace culvert::mqtt {

Neighbours& Neighbours::all() {
  static Neighbours neighbours;
  return neighbours;
}

void Neighbours::join(Relay& relay) {
  const std::lock_guard lock{mutex_};
  relays_.push_back(&relay);
}

void Neighbours::leave(Relay& relay) {
  const std::lock_guard lock{mutex_};
  std::erase(relays_, &relay);
}

void Neighbours::wake_paho(const Relay& all_but) {
  const std::lock_guard lock{mutex_};
  for (Relay* const relay : relays_) {
    if (relay != &all_but) { relay->wake_paho(); }
  }
}

}  // namespace culvert::mqtt
