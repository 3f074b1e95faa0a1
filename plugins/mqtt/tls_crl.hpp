// SPDX-License-Identifier: MIT
/// Revocation lists (RFC 5280, section 5), read for the connector's own rules and words. Which certificates they
/// revoke, and whether their signatures are true, is wolfSSL's to find out. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

struct RevocationList {
  std::string bytes;        ///< the whole list as DER
  std::string issuer;       ///< the name as DER
  std::string issuer_text;  ///< as `name_text` has it
  std::string signature_oid;
  std::int64_t this_update = 0;             ///< seconds since 1970 UTC
  std::optional<std::int64_t> next_update;  ///< the same; until when it holds
  bool has_unknown_extension = false;       ///< a critical one: the list covers less than its issuer's certificates
};

/// Nothing when `bytes` are not one DER list.
std::optional<RevocationList> read_revocation_list(std::string_view bytes);

/// All lists of a PEM file. Throws TlsError when it cannot be read, is empty, is not PEM, holds none, one that is
/// damaged, or two of one issuer: of these wolfSSL looks into one only.
std::vector<RevocationList> read_revocation_lists(const std::string& path);

/// Why a list can never be used, in words that name it; empty when it can.
std::string why_unfit(const RevocationList& list, const std::string& path);
/// Why it cannot be used at this time; empty when it can.
std::string why_untimely(const RevocationList& list, const std::string& path, std::int64_t now);

}  // namespace culvert::mqtt
