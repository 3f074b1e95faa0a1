// SPDX-License-Identifier: MIT
/// One attempt to reach a broker: name, addresses in turn, TCP, a proxy, TLS; all within one deadline. A small machine
/// that is stepped by a poll loop, and used on its thread only.
#pragma once

#include "bind.hpp"
#include "proxy.hpp"
#include "resolver.hpp"
#include "tls.hpp"
#include "tunnel.hpp"
#include "upstream.hpp"
#include "url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::mqtt {

/// How a broker is reached.
struct Reach {
  TlsOptions tls;
  std::optional<Proxy> proxy;
  Bind bind;
};

class Dial {
 public:
  /// What `step` waits for.
  struct Wish {
    int descriptor = -1;
    short events = 0;
    int64_t until_ns = 0;  ///< on the monotonic clock
  };

  /// Throws TlsError when the options make no context.
  Dial(Resolver& resolver, Url url, Reach reach, int64_t deadline_ns);
  /// Goes on as far as it can without waiting. True when the broker is reached: take it with `take`.
  /// Throws TlsError or std::runtime_error in words.
  bool step(int64_t now_ns);
  Wish wish() const;
  Upstream take() { return std::move(*upstream_); }
  /// How far it has come; where it stopped, when `step` has thrown.
  enum class Phase { lookup, connect, tunnel, handshake };
  Phase phase() const noexcept { return phase_; }
  /// TLS as it stands, until `take`; nothing before the handshake, and without TLS.
  const TlsSession* tls() const noexcept { return upstream_ ? upstream_->tls() : nullptr; }
  /// "TLS 1.3, TLS_CHACHA20_POLY1305_SHA256, proxy 'http://host:3128'", once the broker is reached.
  std::string description() const;

 private:
  void looked_up(int64_t now_ns);
  void next_address(int64_t now_ns);
  bool connected(int64_t now_ns);
  bool shook_hands();
  const Url& first_hop() const noexcept { return reach_.proxy ? reach_.proxy->url : url_; }
  std::string via() const;
  [[noreturn]] void out_of_time() const;

  Resolver& resolver_;
  Url url_;
  Reach reach_;
  std::optional<TlsContext> context_;
  int64_t deadline_ns_, attempt_until_ns_ = 0;
  Phase phase_ = Phase::lookup;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  Descriptor socket_;
  std::string last_fault_;
  std::optional<Tunnel> tunnel_;
  std::optional<Upstream> upstream_;
  short events_ = 0;
};

}  // namespace culvert::mqtt
