// SPDX-License-Identifier: MIT
/// What a certificate says, read for the connector's own rules and words. Whether it is true is wolfSSL's to verify.
/// Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

struct Certificate {
  std::string subject, issuer;            ///< the names as DER
  std::string subject_text, issuer_text;  ///< the common name, else the organisation, else empty
  std::string public_key;                 ///< SubjectPublicKeyInfo as DER
  std::string signature_oid;              ///< body of the OID, as DER
  std::string subject_key_id, authority_key_id;
  std::int64_t not_before = 0, not_after = 0;  ///< seconds since 1970 UTC
  std::vector<std::string> dns_names;
  std::vector<std::string> addresses;  ///< 4 or 16 bytes each, network order
  unsigned rsa_bits = 0;               ///< in steps of 8; 0 when the key is not RSA
  unsigned elliptic_bits = 0;          ///< of the curve's field, in steps of 8; 0 when the key is not ECDSA's
  bool is_ca = false;                  ///< basicConstraints say so; in a version 1 certificate: self-issued

  bool self_issued() const { return subject == issuer; }
};

/// A name of an authority or of who it vouches for, from its DER body: the common name, else the organisation. At most
/// 64 bytes, on one line.
std::string name_text(std::string_view name);

/// Nothing when `bytes` are not one DER certificate.
std::optional<Certificate> read_certificate(std::string_view bytes);

/// "has an RSA key of 1024 bits, at least 2048 are needed"; empty for a key that is long enough.
std::string short_key_words(const Certificate& certificate);

/// The bits of the public key alone: of an elliptic key, its point. Empty when there are none.
std::string_view public_key_bits(const Certificate& certificate);

/// True for SHA-2 (256 bits and up) with RSA or ECDSA, Ed25519 and Ed448; all others, known or not, are weak. `oid`:
/// the body of the algorithm's OID, as DER.
bool has_strong_signature(std::string_view oid);
/// "SHA-1", "MD5", "MD2", or "an algorithm that is not allowed".
std::string_view weak_signature_name(std::string_view oid);

/// "'plant', '*.plant', '10.0.0.1'": whom the certificate is for, at most four; empty without a SAN.
std::string names_of(const Certificate& certificate);

}  // namespace culvert::mqtt
