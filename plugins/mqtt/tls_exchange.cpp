// SPDX-License-Identifier: MIT
#include "tls_exchange.hpp"

#include "tls.hpp"
#include "wire.hpp"

#include <algorithm>
#include <string>

namespace culvert::mqtt {
namespace {

std::string signature_words(std::uint16_t signature) {
  // Before TLS 1.3 the first byte was the hash.
  if (signature >> 8U == 2) return "SHA-1, which";
  if (signature >> 8U == 1) return "MD5, which";
  return "an algorithm that";
}

}  // namespace

std::optional<KeyExchange> read_key_exchange(std::string_view message, bool is_elliptic) {
  constexpr unsigned server_key_exchange = 12, named_curve = 3;
  WireReader reader{message};
  const bool right_type = reader.u8() == server_key_exchange;
  (void)reader.bytes(3);  // the size of what follows
  KeyExchange exchange;
  if (is_elliptic) {
    if (reader.u8() != named_curve) return std::nullopt;
    exchange.group = reader.u16();
    (void)reader.bytes(reader.u8());  // the broker's point
  } else {
    for (int number = 0; number < 3; ++number) (void)reader.text();  // prime, generator, the broker's number
  }
  exchange.signature = reader.u16();
  (void)reader.text();
  if (!right_type || !reader.ok() || reader.left() != 0) return std::nullopt;
  return exchange;
}

void require_key_exchange(const KeyExchange& exchange) {
  const auto holds = [](const auto& list, std::uint16_t number) {
    return std::find(list.begin(), list.end(), number) != list.end();
  };
  if (!holds(signature_schemes, exchange.signature)) {
    throw TlsError{"the broker signed the key exchange with " + signature_words(exchange.signature) +
                   " was not offered"};
  }
  if (exchange.group != 0 && !holds(key_groups, exchange.group)) {
    throw TlsError{"the broker chose a group for the key exchange that was not offered"};
  }
}

}  // namespace culvert::mqtt
