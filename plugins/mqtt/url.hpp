// SPDX-License-Identifier: MIT
/// Where a broker or a proxy is. For any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace culvert::mqtt {

struct Url {
  std::string text;  ///< "mqtts://host:8883", for people
  std::string host;  ///< a name or an IP address, without brackets
  uint16_t port = 0;
  bool tls = false;
  /// A loopback address or "localhost": nobody else listens in.
  bool is_loopback() const;
};

/// How an address may begin.
struct Scheme {
  std::string_view name;
  uint16_t port;  ///< where none is given
  bool tls;
};

/// Reads "mqtt://host[:port]" or "mqtts://host[:port]". Throws std::invalid_argument in words.
Url parse_url(std::string_view text);
/// The same for other schemes, and another option.
Url parse_url(std::string_view option, std::string_view text, std::span<const Scheme> schemes);

}  // namespace culvert::mqtt
