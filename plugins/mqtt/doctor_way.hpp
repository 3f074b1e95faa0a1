// SPDX-License-Identifier: MIT
/// The way to one broker, looked at step by step: name, every address, then a dial like the connector's own. Main
/// thread.
#pragma once

#include "dial.hpp"
#include "doctor_report.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

namespace step {
inline constexpr std::string_view options = "options", clock = "clock", name = "name", tcp = "TCP", proxy = "proxy",
                                  tls = "TLS", certificate = "certificate", connect = "CONNECT",
                                  subscribe = "SUBSCRIBE", publish = "PUBLISH";
}

class DoctorWay {
 public:
  /// `timeout_ns`: for the name, for TCP, and for a dial, each.
  DoctorWay(const Url& url, const Reach& reach, int64_t timeout_ns, DoctorReport& report);

  /// Tells name, TCP, proxy, TLS and certificate. Nothing when one of them failed; what comes after it is told as not
  /// done.
  std::optional<Upstream> walk();
  /// Goes the same way again, without a word. Throws TlsError or std::runtime_error.
  Upstream walk_again();
  static std::vector<std::string_view> steps(const Url& url, const Reach& reach);

 private:
  bool look_up();
  bool try_addresses();
  std::optional<Upstream> dial();
  std::string_view failed_step() const;
  /// What to look at when `at` failed and the broker showed nothing.
  std::string advice_at(std::string_view at) const;
  void tell_proxy() const;
  void tell_reached(const Dial& dial, int64_t took_ns) const;
  void tell_certificate(const TlsSession& tls) const;
  const Url& first_hop() const noexcept { return reach_.proxy ? reach_.proxy->url : url_; }

  const Url& url_;
  const Reach& reach_;
  int64_t timeout_ns_;
  DoctorReport& report_;
  Resolver resolver_;
  std::vector<Address> addresses_;
  std::unique_ptr<Dial> dial_;  // kept while its connection lives: it owns the TLS context
};

}  // namespace culvert::mqtt
