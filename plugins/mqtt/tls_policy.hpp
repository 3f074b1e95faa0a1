// SPDX-License-Identifier: MIT
/// Own rules for a broker, on top of what wolfSSL verifies. tests/tls/POLICY.md gives the reasons. Any thread.
#pragma once

#include "tls_certificate.hpp"
#include "tls_suites.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace culvert::mqtt {

/// Whom we expect: the name or address that SNI and the name check use.
struct PeerName {
  std::string text;     ///< without brackets, zone or trailing dot
  std::string address;  ///< 4 or 16 bytes when it is an IP literal, else empty

  bool is_address() const noexcept { return !address.empty(); }
};
/// Throws TlsError when `host` is empty or too long for a DNS name.
PeerName parse_peer_name(std::string_view host);

/// RFC 6125: equal without regard to case, or a '*' as the whole first label, standing for exactly one label.
bool name_matches(std::string_view pattern, std::string_view name);

/// The authorities that were loaded from a file, known by name and key: a renewed or cross-signed copy is the same one.
class TrustAnchors {
 public:
  void add(const Certificate& certificate);
  bool holds(const Certificate& certificate) const;
  bool empty() const noexcept { return known_.empty(); }

 private:
  std::unordered_set<std::string> known_;
};

/// Throws TlsError when the certificate has no SAN, or none that is `peer`.
void require_name(const Certificate& leaf, const PeerName& peer);

/// Throws TlsError when the leaf, or any sent certificate that may stand between it and an authority, has a weak
/// signature. `chain` is what the peer sent, leaf first. An authority's own signature is not looked at.
void require_strong_signatures(std::span<const Certificate> chain, const TrustAnchors& anchors);

/// The same for keys: wolfSSL looks at the length of the broker's own, and takes the size of an authority's encoding
/// for it.
void require_long_keys(std::span<const Certificate> chain, const TrustAnchors& anchors);

/// Throws TlsError when what was negotiated is not what was offered.
void require_offered(std::uint16_t suite, TlsVersion version, std::span<const TlsSuite* const> offered,
                     TlsVersion min_version, TlsVersion max_version);

/// What ALPN may name: RFC 7301 allows any 1 to 255 bytes, the library no ',', and people no control character. Throws
/// TlsError that names the option.
void require_protocol_names(std::span<const std::string> names);
/// Throws TlsError unless the broker chose one of the protocols that were offered; `chosen` is empty when it chose
/// none. RFC 7301 lets a server that does not know the extension leave it unanswered, and forbids it to choose what was
/// not offered: who names protocols wants to know which one is spoken, so both are refused.
void require_protocol(std::string_view chosen, std::span<const std::string> offered);

}  // namespace culvert::mqtt
