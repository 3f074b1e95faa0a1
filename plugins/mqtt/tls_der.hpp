// SPDX-License-Identifier: MIT
/// Reads DER: tag, length, body. Trusts nothing: what does not fit ends the reading. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace culvert::mqtt {

namespace der {
inline constexpr std::uint8_t boolean = 0x01, integer = 0x02, bit_string = 0x03, octet_string = 0x04, oid = 0x06,
                              utc_time = 0x17, generalized_time = 0x18, sequence = 0x30, set = 0x31;
/// A context-specific tag: [n], primitive or constructed.
constexpr std::uint8_t context(unsigned n, bool constructed) {
  return static_cast<std::uint8_t>((constructed ? 0xa0U : 0x80U) | n);
}
}  // namespace der

struct DerItem {
  std::uint8_t tag = 0;
  std::string_view body;
  std::string_view whole;  ///< with tag and length
};

/// Walks the items of one constructed body. The views point into the caller's bytes.
class DerReader {
 public:
  explicit DerReader(std::string_view bytes) : rest_{bytes} {}

  bool at_end() const noexcept { return rest_.empty(); }
  /// The next item, or nothing at the end and when the bytes are not DER.
  std::optional<DerItem> next();
  /// The next item if it has this tag; else nothing, and nothing is taken.
  std::optional<DerItem> next(std::uint8_t tag);

 private:
  std::string_view rest_;
};

/// What an authority signs (RFC 5280 4.1.1, 5.1.1): the content, the algorithm, and a signature, which is not looked
/// at.
struct SignedItem {
  std::string_view content;  ///< the body of TBSCertificate or TBSCertList
  DerItem algorithm;
};

/// Nothing when the bytes are not DER of this form, and that alone.
std::optional<SignedItem> read_signed(std::string_view bytes);

/// Seconds since 1970 UTC of a time as RFC 5280 4.1.2.5 has it: YYMMDDhhmmssZ up to 2049, else YYYYMMDDhhmmssZ. Nothing
/// when it is none.
std::optional<std::int64_t> read_time(const DerItem& item);

}  // namespace culvert::mqtt
