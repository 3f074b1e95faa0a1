// SPDX-License-Identifier: MIT
/// The relays of this process. Paho serves all connections on one thread, which sleeps in poll() for up to a second
/// over those that it had when it fell asleep: a new one waits until there is something to read on an old one. So a
/// relay that has let Paho in asks the others to give theirs a packet without a meaning. Any thread.
#pragma once

#include <mutex>
#include <vector>

namespace culvert::mqtt {

class Relay;

class Neighbours {
 public:
  /// Those of this process.
  static Neighbours& all();

  void join(Relay& relay);
  /// Afterwards nobody calls it.
  void leave(Relay& relay);
  void wake_paho(const Relay& all_but);

 private:
  std::mutex mutex_;
  std::vector<Relay*> relays_;
};

}  // namespace culvert::mqtt
