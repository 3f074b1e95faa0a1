// SPDX-License-Identifier: MIT
/// The asking end of NNG's req0/rep0 over ipc. Used on one thread.
#pragma once

#include <nng/nng.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::nng {

class Requester {
 public:
  /// An answer of more bytes is none.
  static constexpr std::size_t max_answer_bytes = 64 << 20;

  /// Connects to whoever listens at `path`. Throws std::system_error: std::errc::connection_refused when nobody does,
  /// std::errc::permission_denied when it is not allowed.
  explicit Requester(const std::string& path);
  ~Requester();
  Requester(const Requester&) = delete;
  Requester& operator=(const Requester&) = delete;

  /// Asks once and waits for the answer. Throws std::system_error: std::errc::timed_out after `patience`, on the
  /// monotonic clock, and std::errc::connection_reset when the other end has cut the connection.
  std::string ask(std::string_view request, std::chrono::milliseconds patience);

 private:
  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
};

}  // namespace culvert::nng
