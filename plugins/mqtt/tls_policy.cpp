// SPDX-License-Identifier: MIT
#include "tls_policy.hpp"

#include "tls.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>

namespace culvert::mqtt {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_names(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::string parse_address(const std::string& text) {
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), 16};
  return {};
}

std::string anchor_key(const Certificate& certificate) { return certificate.subject + certificate.public_key; }

/// By name or by key id: which of the two a library follows is not ours to guess.
bool may_have_issued(const Certificate& issuer, const Certificate& subject) {
  if (issuer.subject == subject.issuer) return true;
  return !subject.authority_key_id.empty() && issuer.subject_key_id == subject.authority_key_id;
}

/// The places in `chain` of the leaf, and of all that may stand between it and an authority. Who is trusted by its key
/// is not among them: who signed it, and how, plays no part.
std::vector<std::size_t> places_to_prove(std::span<const Certificate> chain, const TrustAnchors& anchors) {
  if (chain.empty()) throw TlsError{"the broker showed no certificate"};
  std::vector<bool> reached(chain.size(), false);
  std::vector<std::size_t> open{0}, places;
  reached.front() = true;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (anchors.holds(chain[at])) continue;
    places.push_back(at);
    for (std::size_t i = 0; i < chain.size(); ++i) {
      if (reached[i] || !may_have_issued(chain[i], chain[at])) continue;
      reached[i] = true;
      open.push_back(i);
    }
  }
  return places;
}

std::string subject_at(std::span<const Certificate> chain, std::size_t place) {
  return place == 0 ? "certificate" : "intermediate certificate '" + chain[place].subject_text + "'";
}

}  // namespace

PeerName parse_peer_name(std::string_view host) {
  constexpr std::size_t longest_name = 253;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  PeerName peer{std::string{host}, {}};
  peer.address = parse_address(peer.text.substr(0, peer.text.find('%')));
  if (peer.is_address()) {
    peer.text.resize(std::min(peer.text.size(), peer.text.find('%')));
    return peer;
  }
  peer.text = without_dot(host);
  if (peer.text.empty()) throw TlsError{"no host name to check the certificate against"};
  const bool is_plain = std::all_of(peer.text.begin(), peer.text.end(), is_of_name);
  if (peer.text.size() > longest_name || !is_plain) {
    throw TlsError{"'" + peer.text.substr(0, 64) + "' is not the name of a host"};
  }
  return peer;
}

bool name_matches(std::string_view pattern, std::string_view name) {
  pattern = without_dot(pattern);
  name = without_dot(name);
  if (pattern.empty() || name.empty()) return false;
  if (!pattern.starts_with("*.")) return pattern.find('*') == std::string_view::npos && equal_names(pattern, name);
  const std::string_view parent = pattern.substr(2);
  const std::size_t dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos || parent.find('*') != std::string_view::npos) return false;
  return equal_names(parent, name.substr(dot + 1));
}

void TrustAnchors::add(const Certificate& certificate) { known_.insert(anchor_key(certificate)); }

bool TrustAnchors::holds(const Certificate& certificate) const { return known_.contains(anchor_key(certificate)); }

void require_name(const Certificate& leaf, const PeerName& peer) {
  const auto& names = leaf.dns_names;
  const auto& addresses = leaf.addresses;
  if (names.empty() && addresses.empty()) {
    throw TlsError{"certificate has no subject alternative name (only the common name '" + leaf.subject_text +
                   "', which is not looked at): the broker needs a certificate made for '" + peer.text + "'"};
  }
  const bool matches =
      peer.is_address()
          ? std::find(addresses.begin(), addresses.end(), peer.address) != addresses.end()
          : std::any_of(names.begin(), names.end(), [&](const auto& name) { return name_matches(name, peer.text); });
  if (!matches) {
    throw TlsError{"certificate is for " + names_of(leaf) + ", not '" + peer.text +
                   "' (set tls.server_name if that is right)"};
  }
}

void require_strong_signatures(std::span<const Certificate> chain, const TrustAnchors& anchors) {
  for (const std::size_t place : places_to_prove(chain, anchors)) {
    const std::string& oid = chain[place].signature_oid;
    if (has_strong_signature(oid)) continue;
    throw TlsError{subject_at(chain, place) + " is signed with " + std::string{weak_signature_name(oid)} +
                   ", SHA-256 or better is needed"};
  }
}

void require_long_keys(std::span<const Certificate> chain, const TrustAnchors& anchors) {
  for (const std::size_t place : places_to_prove(chain, anchors)) {
    const std::string why = short_key_words(chain[place]);
    if (!why.empty()) throw TlsError{subject_at(chain, place) + " " + why};
  }
}

void require_offered(std::uint16_t suite, TlsVersion version, std::span<const TlsSuite* const> offered,
                     TlsVersion min_version, TlsVersion max_version) {
  if (version < min_version || version > max_version) {
    throw TlsError{"the broker chose a TLS version that was not offered"};
  }
  const bool found = std::any_of(offered.begin(), offered.end(), [&](const TlsSuite* candidate) {
    return candidate->id == suite && candidate->version == version;
  });
  if (!found) throw TlsError{"the broker chose a cipher suite that was not offered"};
}

void require_protocol_names(std::span<const std::string> names) {
  constexpr std::size_t longest_name = 255, most_names = 16;
  if (names.size() > most_names) throw TlsError{"tls.alpn must name at most 16 protocols"};
  for (const std::string& name : names) {
    const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f && c != ','; });
    if (name.empty() || name.size() > longest_name || !is_plain) {
      throw TlsError{"tls.alpn must hold names of 1 to 255 visible characters without ',', such as 'mqtt'"};
    }
  }
}

void require_protocol(std::string_view chosen, std::span<const std::string> offered) {
  if (std::find(offered.begin(), offered.end(), chosen) != offered.end()) return;
  if (!chosen.empty()) throw TlsError{"the broker chose a protocol that was not offered (ALPN)"};
  throw TlsError{"the broker chose none of the protocols in tls.alpn (remove the option for a broker without ALPN)"};
}

}  // namespace culvert::mqtt
