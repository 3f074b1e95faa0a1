// SPDX-License-Identifier: MIT
/// The control channel between a runtime and one of its children: CBOR maps (ISOLATION.md lists them) over a socket
/// that only the two have. Made, destroyed and read on one thread; `send` from any.
#pragma once

#include "core/channel/socket_pair.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace culvert::isolation {

using Json = nlohmann::json;

struct Word {
  Json said;
  Descriptor socket;  ///< of a channel, or none
};

class Line {
 public:
  /// Words that nobody has taken yet: more stay on their way, and who says them waits in the end.
  static constexpr std::size_t max_waiting = 1024;
  static constexpr std::size_t max_waiting_bytes = 1 << 20;
  /// Of one word that a child says. A runtime may say as much as a path takes: the settings of a node are in it.
  static constexpr std::size_t max_child_bytes = 64 << 10;
  /// How deep lists and maps may lie in each other.
  static constexpr std::size_t max_levels = 8;

  /// `ring` is called on another thread when something can be taken, or nothing more will come. A longer word than
  /// `max_bytes` ends the line. Throws std::system_error.
  Line(Descriptor socket, std::function<void()> ring, SocketPair::Descriptors descriptors, std::size_t max_bytes);
  /// With the limit of who is at the other end: only a child is given descriptors, by its runtime.
  Line(Descriptor socket, std::function<void()> ring, SocketPair::Descriptors descriptors)
      : Line{std::move(socket), std::move(ring), descriptors,
             descriptors == SocketPair::Descriptors::taken ? SocketPair::max_message_bytes : max_child_bytes} {}

  /// False when so much is on its way already that this finds no place: then `socket` is still the caller's.
  bool send(const Json& message) {
    Descriptor nothing;
    return send(message, nothing);
  }
  bool send(const Json& message, Descriptor& socket);
  /// The next word, or nothing. What is no map of CBOR is answered as null, once; behind it nothing is read.
  std::optional<Word> take();
  /// The other process has ended: what it has said can still be taken, and `has_ended` once all of that is here.
  void end_input() noexcept { pair_.end_input(); }
  bool has_ended() const noexcept { return pair_.has_ended(); }

 private:
  struct Arrival {
    nng::Message message;
    Descriptor socket;
  };

  void on_message(nng::Message&& message, Descriptor&& socket);
  void take_arrived();

  const std::function<void()> ring_;
  std::mutex mutex_;
  std::vector<Arrival> waiting_;  ///< the next one last
  bool is_holding_ = false;       ///< nothing is read until the next one is none
  std::vector<Arrival> arrived_;  ///< guarded by the mutex, as are the next two
  std::size_t arrived_bytes_ = 0;
  bool is_full_ = false;
  bool is_broken_ = false;
  SocketPair pair_;  ///< the last: its handler uses the others
};

}  // namespace culvert::isolation
