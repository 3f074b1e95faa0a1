// SPDX-License-Identifier: MIT
/// Keeps a message that went from a broker through this box from coming in again, and going round for ever. With MQTT 5
/// it carries who received it and who passed it on, as user properties that other boxes pass on. With 3.1.1, which
/// knows none, what was passed on is remembered for a while. A reading of this box that comes back to it is no loop.
/// Used on the node thread.
#pragma once

#include "inbound.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace culvert::mqtt {

class LoopGuard {
 public:
  /// The user property, and the property of a message that becomes it.
  static constexpr std::string_view sent_name = "culvert-from", kept_name = "mqtt.from";
  static constexpr std::size_t max_remembered = 4096;
  static constexpr int64_t remembered_ns = 60'000'000'000;

  explicit LoopGuard(bool is_on) noexcept : is_on_{is_on} {}
  bool is_on() const noexcept { return is_on_; }
  /// Who receives from now on.
  void set_client_id(std::string client_id) { client_id_ = std::move(client_id); }
  const std::string& client_id() const noexcept { return client_id_; }
  /// Passed on to a broker of 3.1.1. `now_ns`: on the monotonic clock.
  void remember(std::string_view topic, std::string_view payload, int64_t now_ns);
  /// Whether it was here before.
  bool knows(const PublishView& publish, int64_t now_ns) const;

 private:
  void forget(int64_t now_ns);
  bool is_on_;
  std::string client_id_;
  std::unordered_map<uint64_t, int64_t> until_;            // by digest
  std::deque<std::pair<int64_t, uint64_t>> oldest_first_;  // until when, and the digest
};

}  // namespace culvert::mqtt
