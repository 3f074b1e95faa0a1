// SPDX-License-Identifier: MIT
/// The cipher suites that the connector knows and may offer. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

enum class TlsVersion { v1_2, v1_3 };

struct TlsSuite {
  std::uint16_t id;            ///< as on the wire
  std::string_view name;       ///< as wolfSSL spells it
  std::string_view iana_name;  ///< as the registry spells it
  TlsVersion version;
};

/// "1.2" or "1.3"; throws TlsError that names `option` otherwise.
TlsVersion parse_version(std::string_view text, std::string_view option);

/// What is offered: the strict list as far as its versions are from `min` to `max`, or `names` in their order. Throws
/// TlsError that names the first suite that is unknown or of another version.
std::vector<const TlsSuite*> choose_suites(std::span<const std::string> names, TlsVersion min, TlsVersion max);

/// Nothing when the connector would never offer it.
const TlsSuite* find_suite(std::uint16_t id);

}  // namespace culvert::mqtt
