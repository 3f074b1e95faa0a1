// SPDX-License-Identifier: MIT
/// A plain conversation with a broker, one question at a time, without Paho. Waits, with a deadline each. Main thread.
#pragma once

#include "buffer.hpp"
#include "packet.hpp"
#include "upstream.hpp"

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>

namespace culvert::mqtt {

/// The broker did not answer, ended the connection, or broke the protocol; in words.
class ExchangeError : public std::runtime_error {
 public:
  ExchangeError(const std::string& words, bool closed) : runtime_error{words}, closed_{closed} {}
  /// The broker ended the connection without a word.
  bool closed() const noexcept { return closed_; }

 private:
  bool closed_;
};

class Exchange {
 public:
  Exchange(Upstream upstream, Version version) : upstream_{std::move(upstream)}, version_{version} {}

  /// Throws ExchangeError. All times are on the monotonic clock.
  void send(std::string_view bytes, int64_t until_ns);
  /// The next packet of this type, as bytes; others but PUBLISH are thrown away. Throws ExchangeError.
  std::string await(PacketType type, int64_t until_ns);
  /// A message with this topic and payload is looked out for, among those that the subscriptions bring.
  void look_out_for(std::string topic, std::string payload);
  /// False when it has not come until then. Throws ExchangeError.
  bool await_message(int64_t until_ns);
  void close() noexcept { upstream_.close(); }

 private:
  /// Waits for bytes, and takes every packet that is whole. False when time is up.
  bool receive(int64_t until_ns);
  void take(const Packet& packet, int64_t until_ns);
  bool wait(Upstream::Status wish, int64_t until_ns) const;

  Upstream upstream_;
  Version version_;
  Buffer in_;
  std::deque<std::string> answers_;
  std::string topic_, payload_;
  bool has_come_ = false;
};

}  // namespace culvert::mqtt
