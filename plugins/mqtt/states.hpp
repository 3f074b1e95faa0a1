// SPDX-License-Identifier: MIT
/// The states of the connector and which may follow which. For the node thread.
#pragma once

#include <cstdint>

namespace culvert::mqtt {

enum class State : uint8_t { idle, dialing, connecting, subscribing, up, leaving, backing_off, stopping };

/// Name, TCP and TLS are `dialing`; CONNECT to CONNACK is `connecting`; who parts to connect anew, to the
/// first broker or to the same one, is `leaving`.
constexpr bool may_follow(State from, State to) noexcept {
  constexpr auto bit = [](State state) { return 1u << static_cast<unsigned>(state); };
  constexpr unsigned broken = bit(State::backing_off) | bit(State::stopping);
  switch (from) {
    case State::idle:
      return ((bit(State::dialing) | bit(State::stopping)) & bit(to)) != 0;
    case State::dialing:
      return ((bit(State::connecting) | broken) & bit(to)) != 0;
    case State::connecting:
      return ((bit(State::subscribing) | broken) & bit(to)) != 0;
    case State::subscribing:
      return ((bit(State::up) | broken) & bit(to)) != 0;
    case State::up:
      return ((bit(State::leaving) | broken) & bit(to)) != 0;
    case State::leaving:
    case State::backing_off:
      return ((bit(State::dialing) | bit(State::stopping)) & bit(to)) != 0;
    case State::stopping:
      break;
  }
  return false;
}

}  // namespace culvert::mqtt
