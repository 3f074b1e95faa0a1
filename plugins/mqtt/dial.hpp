// SPDX-License-Identifier: MIT
/// One attempt to reach a broker: name, addresses in turn, TCP, TLS; all within one deadline. A small machine that is
/// stepped by the relay's poll loop, and used on its thread only.
#pragma once

#include "resolver.hpp"
#include "tls.hpp"
#include "upstream.hpp"
#include "url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::mqtt {

class Dial {
 public:
  /// What `step` waits for.
  struct Wish {
    int descriptor = -1;
    short events = 0;
    int64_t until_ns = 0;  ///< on the monotonic clock
  };

  /// Throws TlsError when the options make no context.
  Dial(Resolver& resolver, Url url, const TlsOptions& tls, int64_t deadline_ns);
  /// Goes on as far as it can without waiting. True when the broker is reached: take it with `take`.
  /// Throws TlsError or std::runtime_error in words.
  bool step(int64_t now_ns);
  Wish wish() const;
  Upstream take() { return std::move(*upstream_); }

 private:
  enum class Phase { lookup, connect, handshake };
  void next_address(int64_t now_ns);
  bool connected(int64_t now_ns);
  [[noreturn]] void out_of_time() const;

  Resolver& resolver_;
  Url url_;
  std::optional<TlsContext> context_;
  int64_t deadline_ns_, attempt_until_ns_ = 0;
  Phase phase_ = Phase::lookup;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  Descriptor socket_;
  std::string last_fault_;
  std::optional<Upstream> upstream_;
  short events_ = 0;
};

}  // namespace culvert::mqtt
