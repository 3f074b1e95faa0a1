// SPDX-License-Identifier: MIT
#include "tls_pin.hpp"

#include "base64.hpp"
#include "tls_impl.hpp"

#include <wolfssl/wolfcrypt/sha256.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace culvert::mqtt {
namespace {

constexpr std::string_view prefix = "sha256/";
constexpr std::size_t digest_size = WC_SHA256_DIGEST_SIZE;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string written(std::string_view digest) { return std::string{prefix} + to_base64(digest); }

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    unsigned value = 0;
    const char* end = text.data() + at + 2;
    if (std::from_chars(text.data() + at, end, value, 16).ptr != end) return std::nullopt;
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

}  // namespace

std::string read_pin(const std::string& text) {
  const bool is_base64 = text.starts_with(prefix);
  const auto digest = is_base64 ? from_base64(std::string_view{text}.substr(prefix.size())) : from_hex(text);
  if (!digest || digest->size() != digest_size || (!is_base64 && text.size() != 2 * digest_size)) {
    throw TlsError{"tls.pin must be 'sha256/' and 44 characters of base64, or 64 hexadecimal digits, got '" + text +
                   "'"};
  }
  return written(*digest);
}

std::string pin_of(const Certificate& certificate) {
  std::string digest(digest_size, '\0');
  const std::string_view key = certificate.public_key;
  if (wc_Sha256Hash(bytes_of(key), static_cast<word32>(key.size()), reinterpret_cast<unsigned char*>(digest.data())) !=
      0) {
    throw TlsError{"cannot make the digest of a public key"};
  }
  return written(digest);
}

void require_pin(const Certificate& certificate, std::span<const std::string> pins) {
  if (pins.empty()) return;
  const std::string pin = pin_of(certificate);
  if (std::find(pins.begin(), pins.end(), pin) != pins.end()) return;
  throw TlsError{"the broker's public key is '" + pin +
                 "', which tls.pin does not name (add it if the key was renewed)"};
}

}  // namespace culvert::mqtt
