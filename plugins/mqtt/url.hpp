// SPDX-License-Identifier: MIT
/// Where a broker is. For any thread.
#pragma once

#include <cstdint>
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

/// Reads "mqtt://host[:port]" or "mqtts://host[:port]". Throws std::invalid_argument in words.
Url parse_url(std::string_view text);

}  // namespace culvert::mqtt
