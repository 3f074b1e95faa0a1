// SPDX-License-Identifier: MIT
/// What is offered for the key exchange, and what a broker of TLS 1.2 then chose: wolfSSL does not compare the two. Any
/// thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace culvert::mqtt {

/// Signature schemes by their registered numbers, in the order of the offer: SHA-256 and better, as of certificates.
inline constexpr std::string_view signature_names =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ED25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512";
inline constexpr std::array<std::uint16_t, 13> signature_schemes{0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0809, 0x0805,
                                                                 0x080a, 0x0806, 0x080b, 0x0401, 0x0501, 0x0601};

/// Groups by their registered numbers: secp256r1, x25519, secp384r1, secp521r1, x448, the three of Brainpool, ffdhe2048
/// and ffdhe3072. All have 128 bits of strength, or 112 as a finite field of 2048 bits.
inline constexpr std::array<std::uint16_t, 10> key_groups{23, 29, 24, 25, 30, 26, 27, 28, 256, 257};

/// A ServerKeyExchange: RFC 5246, section 7.4.3, and RFC 8422, section 5.4.
struct KeyExchange {
  std::uint16_t group = 0;  ///< 0 for a finite field, whose size is the library's to judge
  std::uint16_t signature = 0;
};

/// `message` with its header of four bytes. Nothing when it is damaged, or names its curve by numbers of its own.
std::optional<KeyExchange> read_key_exchange(std::string_view message, bool is_elliptic);

/// Throws TlsError when the group or the signature was not offered.
void require_key_exchange(const KeyExchange& exchange);

}  // namespace culvert::mqtt
