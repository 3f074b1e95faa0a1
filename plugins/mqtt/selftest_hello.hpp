// SPDX-License-Identifier: MIT
/// A ClientHello (RFC 8446, section 4.1.2), read from what a client sent. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt::selftest {

/// Numbers of extensions, as IANA registers them.
namespace extension {
inline constexpr std::uint16_t server_name = 0, supported_groups = 10, signature_algorithms = 13, session_ticket = 35,
                               pre_shared_key = 41, early_data = 42;
}

struct ClientHello {
  std::string session_id;
  std::vector<std::uint16_t> suites;
  std::string compression;                          ///< one byte for each method
  std::map<std::uint16_t, std::string> extensions;  ///< bodies by number

  bool has(std::uint16_t number) const { return extensions.contains(number); }
  /// Empty when none was sent.
  std::string server_name() const;
  /// By their registered numbers; empty when the extension is missing or damaged.
  std::vector<std::uint16_t> signature_algorithms() const;
  std::vector<std::uint16_t> groups() const;
};

/// Nothing when `records` do not begin with a whole ClientHello.
std::optional<ClientHello> read_client_hello(std::string_view records);

/// The session id of the ServerHello that `records` begin with; empty when there is none.
std::string server_session_id(std::string_view records);

}  // namespace culvert::mqtt::selftest
