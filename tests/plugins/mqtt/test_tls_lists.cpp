// SPDX-License-Identifier: MIT
// Revocation lists, pins and protocol names, as they are read; tls_crl.py, tls_pin.py and tls_alpn.py try them on real
// servers.
#include "tls.hpp"
#include "tls_crl.hpp"
#include "tls_pem.hpp"
#include "tls_pin.hpp"
#include "tls_policy.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace culvert::mqtt;

namespace {

// Of 'Test CA', from 2026-01-02 03:04:05 to 2076-01-02 03:04:05.
constexpr const char* pem = R"(-----BEGIN X509 CRL-----
MIHCMGoCAQEwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHVGVzdCBDQRcNMjYwMTAy
MDMwNDA1WhgPMjA3NjAxMDIwMzA0MDVaMBUwEwICd3cXDTI2MDEwMTAwMDAwMFqg
DjAMMAoGA1UdFAQDAgEHMAoGCCqGSM49BAMCA0gAMEUCID5HM3rn+guC7MiqS2XW
+PeYGNi1hVmsYFYn5A7KLrPWAiEAp3huazn1WyNGfExj6CgX1Wg47/w2wFYby/yP
PcW9vuM=
-----END X509 CRL-----
)";

constexpr std::int64_t from = 1767323045, until = 3345159845;

std::string der_list() { return pem_blocks(pem, pem_revocation_list, "test").front(); }

}  // namespace

TEST_CASE("tls lists: what a list says of itself is read") {
  const auto list = read_revocation_list(der_list());
  REQUIRE(list.has_value());
  CHECK(list->issuer_text == "Test CA");
  CHECK(list->this_update == from);
  CHECK(list->next_update == until);
  CHECK_FALSE(list->has_unknown_extension);
  CHECK(why_unfit(*list, "a.crl").empty());
}

TEST_CASE("tls lists: one holds from its first second to its last") {
  const auto list = read_revocation_list(der_list());
  REQUIRE(list.has_value());
  CHECK(why_untimely(*list, "a.crl", from).empty());
  CHECK(why_untimely(*list, "a.crl", until).empty());
  CHECK(why_untimely(*list, "a.crl", from - 1) ==
        "the revocation list of 'Test CA' in 'a.crl' starts in 1 second (is this box's clock right?)");
  CHECK(why_untimely(*list, "a.crl", until + 60) ==
        "the revocation list of 'Test CA' in 'a.crl' expired 1 minute ago: a newer one is needed");
}

TEST_CASE("tls lists: every truncation is refused") {
  const std::string whole = der_list();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    CHECK_FALSE(read_revocation_list(std::string(whole, 0, length)).has_value());
  }
  CHECK_FALSE(read_revocation_list(whole + "x").has_value());
}

TEST_CASE("tls lists: no changed byte crashes") {
  const std::string whole = der_list();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0xff}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      (void)read_revocation_list(changed);
    }
  }
}

TEST_CASE("tls lists: an algorithm that differs between its two places is damage") {
  std::string other = der_list();
  const std::string ecdsa_sha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
  const std::size_t inner = other.find(ecdsa_sha256), outer = other.rfind(ecdsa_sha256);
  REQUIRE(inner != outer);
  other[outer + 7] = '\x03';
  CHECK_FALSE(read_revocation_list(other).has_value());
}

TEST_CASE("tls pin: both spellings are one pin") {
  const std::string hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const std::string base64 = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  CHECK(read_pin(hex) == base64);
  CHECK(read_pin(base64) == base64);
  for (const std::string& wrong : {std::string{}, hex + "0", hex.substr(1), "sha256/" + hex, base64.substr(7)}) {
    CHECK_THROWS_AS(read_pin(wrong), TlsError);
  }
}

TEST_CASE("tls pin: the digest is that of the public key") {
  Certificate certificate;  // an empty key, whose digest everybody knows
  CHECK(pin_of(certificate) == "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK_NOTHROW(require_pin(certificate, {}));
  CHECK_NOTHROW(require_pin(certificate, std::vector{std::string{"sha256/x"}, pin_of(certificate)}));
  CHECK_THROWS_AS(require_pin(certificate, std::vector{std::string{"sha256/x"}}), TlsError);
}

TEST_CASE("tls protocols: only one of those that were offered is taken") {
  const std::vector<std::string> offered{"mqtt", "other"};
  CHECK_NOTHROW(require_protocol("other", offered));
  for (const char* chosen : {"", "mqt", "mqtt2", "MQTT"}) {
    CHECK_THROWS_AS(require_protocol(chosen, offered), TlsError);
  }
}
