// SPDX-License-Identifier: MIT
/// The connected way to the broker, with TLS or without. Never waits. Used on the relay's thread.
#pragma once

#include "descriptor.hpp"
#include "tls.hpp"

#include <optional>
#include <span>
#include <string>

namespace culvert::mqtt {

class Upstream {
 public:
  enum class Status { done, want_read, want_write, closed };

  /// `context`: nullptr for a connection without TLS. Throws TlsError.
  Upstream(Descriptor socket, const TlsContext* context, const std::string& host);
  int descriptor() const noexcept { return socket_.get(); }
  /// Until it answers `done`. Throws TlsError.
  Status handshake();
  /// Throws TlsError, or std::system_error when the connection broke.
  Status read(std::span<char> into, std::size_t& ret_read);
  Status write(std::span<const char> from, std::size_t& ret_written);
  bool has_pending() const noexcept { return tls_ && tls_->has_pending(); }
  /// Nothing more will be written: says so, without waiting. Then only `drain` and `close` may follow.
  void finish() noexcept;
  /// Throws away some of what came; false once the broker has closed its end, too.
  bool drain() noexcept;
  /// Says goodbye without waiting. Who closes on bytes that were not read resets the connection, and the broker may
  /// lose what it has not read itself: see `drain`.
  void close() noexcept;
  /// Nothing for a connection without TLS.
  const TlsSession* tls() const noexcept { return tls_ ? &*tls_ : nullptr; }
  /// "TLS 1.3, ...", or "no TLS".
  std::string description() const { return tls_ ? tls_->description() : "no TLS"; }

 private:
  Descriptor socket_;
  std::optional<TlsSession> tls_;
  bool heard_ = false;  // Whether the broker has said anything yet.
};

}  // namespace culvert::mqtt
