// SPDX-License-Identifier: MIT
/// The control channel between a runtime and one of its children: one NNG pair over ipc, whose messages are CBOR maps
/// (ISOLATION.md lists them). Opened, closed and read on one thread; `send` from any.
#pragma once

#include "core/lib/nng/pair.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace culvert::isolation {

using Json = nlohmann::json;

class Line {
 public:
  /// Messages that nobody has taken yet; who sends more is not read any further.
  static constexpr std::size_t max_waiting = 1024;

  /// `peer` is the other process. `ring` is called on a thread of NNG's when something can be taken.
  Line(uint64_t peer, std::function<void()> ring);

  /// Throws std::system_error, as does `dial`.
  void listen(const std::string& address) { pair_.listen(address); }
  void dial(const std::string& address) { pair_.dial(address); }

  /// False when so much is on its way already that this finds no place.
  bool send(const Json& message);
  /// The next message, or nothing. One that is no map of CBOR is answered as null, once; behind it nothing is read.
  std::optional<Json> take();

 private:
  void on_message(nng::Message message);

  const std::function<void()> ring_;
  std::mutex mutex_;
  std::vector<nng::Message> waiting_;  ///< the next one last
  std::vector<nng::Message> arrived_;  ///< guarded by the mutex, as the next
  bool is_flooded_ = false;
  bool is_broken_ = false;
  nng::Pair pair_;  ///< the last: its handler uses the others
};

}  // namespace culvert::isolation
