// SPDX-License-Identifier: MIT
#include "tls_suites.hpp"

#include "tls.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace culvert::mqtt {
namespace {

using enum TlsVersion;

// ChaCha20 first: it is the faster one on boards without AES instructions. All have a certificate, an ephemeral key
// exchange and an AEAD; no other suite can be configured.
constexpr std::array<TlsSuite, 13> known{{
    {0x1303, "TLS13-CHACHA20-POLY1305-SHA256", "TLS_CHACHA20_POLY1305_SHA256", v1_3},
    {0x1301, "TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256", v1_3},
    {0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", v1_2},
    {0xcca8, "ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", v1_2},
    {0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", v1_2},
    {0xc02f, "ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", v1_2},
    {0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", v1_2},
    {0xc030, "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", v1_2},
    {0x1302, "TLS13-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384", v1_3},
    {0x1304, "TLS13-AES128-CCM-SHA256", "TLS_AES_128_CCM_SHA256", v1_3},
    {0xccaa, "DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", v1_2},
    {0x009e, "DHE-RSA-AES128-GCM-SHA256", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", v1_2},
    {0x009f, "DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", v1_2},
}};
constexpr std::size_t offered_by_default = 8;

const TlsSuite& by_name(const std::string& name) {
  const auto found = std::find_if(known.begin(), known.end(), [&name](const TlsSuite& suite) {
    return suite.name == name || suite.iana_name == name;
  });
  if (found != known.end()) return *found;
  std::string names;
  for (const TlsSuite& suite : known) names += (names.empty() ? "" : " ") + std::string{suite.name};
  throw TlsError{"tls.ciphers: unknown or refused suite '" + name + "', must be of: " + names};
}

// A suite that would never be offered is a slip: whoever names it counts on it.
void require_version(const TlsSuite& suite, const std::string& name, TlsVersion min, TlsVersion max) {
  if (suite.version >= min && suite.version <= max) return;
  const bool is_newer = suite.version > max;
  throw TlsError{"tls.ciphers: '" + name + "' is a suite of TLS " + (is_newer ? "1.3" : "1.2") + ", which tls." +
                 (is_newer ? "max" : "min") + "_version leaves out"};
}

}  // namespace

TlsVersion parse_version(std::string_view text, std::string_view option) {
  if (text == "1.2") return v1_2;
  if (text == "1.3") return v1_3;
  throw TlsError{std::string{option} + " must be '1.2' or '1.3', got '" + std::string{text} + "'"};
}

std::vector<const TlsSuite*> choose_suites(std::span<const std::string> names, TlsVersion min, TlsVersion max) {
  std::vector<const TlsSuite*> chosen;
  const auto add = [&](const TlsSuite& suite) {
    const bool twice = std::find(chosen.begin(), chosen.end(), &suite) != chosen.end();
    if (!twice && suite.version >= min && suite.version <= max) chosen.push_back(&suite);
  };
  if (names.empty()) {
    for (std::size_t i = 0; i < offered_by_default; ++i) add(known.at(i));
  }
  for (const std::string& name : names) {
    require_version(by_name(name), name, min, max);
    add(by_name(name));
  }
  return chosen;
}

const TlsSuite* find_suite(std::uint16_t id) {
  const auto found = std::find_if(known.begin(), known.end(), [id](const TlsSuite& suite) { return suite.id == id; });
  return found == known.end() ? nullptr : &*found;
}

}  // namespace culvert::mqtt
