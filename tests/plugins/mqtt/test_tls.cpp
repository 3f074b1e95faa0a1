// SPDX-License-Identifier: MIT
// The connector's own rules for TLS, one by one; tls_policy.py tries them on real servers.
#include "tls.hpp"
#include "tls_authority.hpp"
#include "tls_certificate.hpp"
#include "tls_der.hpp"
#include "tls_exchange.hpp"
#include "tls_pem.hpp"
#include "tls_policy.hpp"
#include "tls_suites.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace culvert::mqtt;
using namespace std::string_literals;

namespace {

// plant, *.plant.test, 10.0.0.1 and fd00::1, from 2026-01-02 03:04:05 to 2076-01-02 03:04:05, by 'Test CA'.
constexpr const char* pem = R"(-----BEGIN CERTIFICATE-----
MIIBsDCCAVagAwIBAgIUTDJ4MAztgcnUKI3dZXjn+Q5gUp4wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjAxMDIwMzA0MDVaGA8yMDc2MDEwMjAz
MDQwNVowEDEOMAwGA1UEAwwFcGxhbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATG1EutU05sA64O9ofobWwxYoqNqAyQ4U9fFccabGBaRxSZIFa9wzHOY9E3IWu0
h/5G4H8dpeuhq8eaZsEuqFsHo4GJMIGGMDYGA1UdEQQvMC2CBXBsYW50ggwqLnBs
YW50LnRlc3SHBAoAAAGHEP0AAAAAAAAAAAAAAAAAAAEwDAYDVR0TAQH/BAIwADAd
BgNVHQ4EFgQUuK7okqlwbrejbTTWnyFY1ui366cwHwYDVR0jBBgwFoAUpaaKeVnf
NP4gUYN18prst2F+K3kwCgYIKoZIzj0EAwIDSAAwRQIhAJyyB6b0oTTAJYxPr/Vf
L63ebMTfoU9YDYHS7tpaBxpsAiBvNjw4fEmZb2fKoUCmrrj4EeHB0MSXPAtWTt8i
V+rDfQ==
-----END CERTIFICATE-----
)";

const std::string sha256_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
const std::string sha1_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05";

std::string der_certificate() { return pem_blocks(pem, pem_certificate, "test").front(); }

/// secp256r1, a point of two bytes, ECDSA with SHA-256, a signature of one byte.
const std::string elliptic_exchange = "\x0c\0\0\x0b\x03\0\x17\x02pp\x04\x03\0\x01s"s;

Certificate named(const std::string& subject, const std::string& issuer, const std::string& algorithm) {
  Certificate certificate;
  certificate.subject = certificate.subject_text = subject;
  certificate.issuer = issuer;
  certificate.public_key = "key of " + subject;
  certificate.signature_oid = algorithm;
  return certificate;
}

TrustAnchors trusting(const Certificate& certificate) {
  TrustAnchors anchors;
  anchors.add(certificate);
  return anchors;
}

}  // namespace

TEST_CASE("tls names: a name matches without regard to case and final dot") {
  CHECK(name_matches("plant", "plant"));
  CHECK(name_matches("PLANT.Test", "plant.tEST"));
  CHECK(name_matches("plant.test.", "plant.test"));
  CHECK_FALSE(name_matches("plant", "plant2"));
  CHECK_FALSE(name_matches("plant\0.other"s, "plant"));
  CHECK_FALSE(name_matches("", ""));
}

TEST_CASE("tls names: a star is the whole first label and stands for one") {
  CHECK(name_matches("*.test", "a.test"));
  CHECK_FALSE(name_matches("*.test", "a.b.test"));
  CHECK_FALSE(name_matches("*.test", "test"));
  CHECK_FALSE(name_matches("*.test", ".test"));
  CHECK_FALSE(name_matches("*", "test"));
  CHECK_FALSE(name_matches("*.", "test."));
  CHECK_FALSE(name_matches("a*.test", "ab.test"));
  CHECK_FALSE(name_matches("a.*.test", "a.b.test"));
  CHECK_FALSE(name_matches("*.*.test", "a.b.test"));
}

TEST_CASE("tls names: an address is told from a name") {
  CHECK(parse_peer_name("10.0.0.1").address == "\x0a\0\0\x01"s);
  CHECK(parse_peer_name("[fd00::1]").text == "fd00::1");
  CHECK(parse_peer_name("fe80::1%eth0").text == "fe80::1");
  CHECK(parse_peer_name("fe80::1%eth0").is_address());
  CHECK_FALSE(parse_peer_name("10.0.0.1.example").is_address());
  CHECK(parse_peer_name("plant.").text == "plant");
  CHECK_THROWS_AS(parse_peer_name(""), TlsError);
  CHECK_THROWS_AS(parse_peer_name("."), TlsError);
  CHECK_THROWS_AS(parse_peer_name(std::string(254, 'a')), TlsError);
}

TEST_CASE("tls certificate: what it says is read") {
  const auto certificate = read_certificate(der_certificate());
  REQUIRE(certificate.has_value());
  CHECK(certificate->subject_text == "plant");
  CHECK(certificate->issuer_text == "Test CA");
  CHECK(certificate->dns_names == std::vector<std::string>{"plant", "*.plant.test"});
  CHECK(names_of(*certificate) == "'plant', '*.plant.test', '10.0.0.1', 'fd00::1'");
  CHECK(certificate->not_before == 1767323045);
  CHECK(certificate->not_after == 3345159845);
  CHECK_FALSE(certificate->is_ca);
  CHECK(certificate->rsa_bits == 0);
  CHECK(certificate->elliptic_bits == 256);
  CHECK(short_key_words(*certificate).empty());
  CHECK(has_strong_signature(certificate->signature_oid));
  CHECK_FALSE(certificate->subject_key_id.empty());
  CHECK_FALSE(certificate->authority_key_id.empty());
}

TEST_CASE("tls certificate: no truncation of one is a certificate, and none crashes") {
  const std::string whole = der_certificate();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    CHECK_FALSE(read_certificate(std::string(whole, 0, length)).has_value());
  }
  CHECK_FALSE(read_certificate(whole + "x").has_value());
}

TEST_CASE("tls certificate: no changed byte crashes") {
  const std::string whole = der_certificate();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0xff}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(value);
      (void)read_certificate(changed);
    }
  }
}

TEST_CASE("tls der: an indefinite, too long or missing length ends the reading") {
  CHECK_FALSE(DerReader{"\x30\x80\x00\x00"s}.next().has_value());
  CHECK_FALSE(DerReader{"\x30\x84\xff\xff\xff\xff"s}.next().has_value());
  CHECK_FALSE(DerReader{"\x30\x05\x00"s}.next().has_value());
  CHECK_FALSE(DerReader{"\x30"s}.next().has_value());
  CHECK_FALSE(DerReader{"\x1f\x01\x00"s}.next().has_value());
  CHECK(DerReader{"\x30\x81\x01\x05"s}.next()->body == "\x05");
}

TEST_CASE("tls der: a time is read to the second, also past 2038, and one that is none is not") {
  const auto read = [](std::uint8_t tag, std::string_view text) { return read_time({tag, text, {}}); };
  CHECK(read(der::utc_time, "700101000000Z") == 0);
  CHECK(read(der::utc_time, "491231235959Z") == 2524607999);
  CHECK(read(der::utc_time, "500101000000Z") == -631152000);
  CHECK(read(der::generalized_time, "21260101000001Z") == 4922899201);
  CHECK(read(der::generalized_time, "20240229000000Z") == 1709164800);
  for (const char* text :
       {"20230229000000Z", "20241301000000Z", "20240100000000Z", "20240101240000Z", "20240101006000Z",
        "20240101000060Z", "2024010100000Z", "20240101000000", "2024010100000xZ"}) {
    CHECK_MESSAGE(!read(der::generalized_time, text).has_value(), text);
  }
  CHECK_FALSE(read(der::integer, "700101000000Z").has_value());
}

TEST_CASE("tls certificate: nothing in a name reaches a terminal as a command") {
  const auto shown = [](const std::string& name) {
    Certificate certificate;
    certificate.dns_names = {name};
    return names_of(certificate);
  };
  CHECK(shown("a\x1b[2Jb") == "'a?[2Jb'");
  CHECK(shown("a\xc2\x9b"
              "2Jb") == "'a??2Jb'");
  CHECK(shown("it's") == "'it?s'");
  CHECK(shown("M\xc3\xbcller") == "'M\xc3\xbcller'");
}

TEST_CASE("tls pem: a damaged block is named") {
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  CHECK_THROWS_WITH_AS(pem_blocks(" \n", pem_certificate, "a.crt"), "'a.crt' is empty", TlsError);
  CHECK_THROWS_WITH_AS(pem_blocks(begin + "AAAA", pem_certificate, "a.crt"), "'a.crt': certificate 1 has no END line",
                       TlsError);
  CHECK_THROWS_WITH_AS(pem_blocks(begin + "A!A\n-----END CERTIFICATE-----", pem_certificate, "a.crt"),
                       "'a.crt': certificate 1 is damaged (not base64)", TlsError);
  CHECK(pem_blocks(std::string{pem} + pem, pem_certificate, "a.crt").size() == 2);
}

TEST_CASE("tls signatures: a weak leaf or intermediate is refused, an authority's own is not looked at") {
  const auto root = named("root", "root", sha1_with_rsa);
  const auto middle = named("middle", "root", sha256_with_rsa);
  const auto weak_middle = named("middle", "root", sha1_with_rsa);
  const auto leaf = named("leaf", "middle", sha256_with_rsa);
  const auto anchors = trusting(root);
  CHECK_NOTHROW(require_strong_signatures(std::vector{leaf, middle}, anchors));
  CHECK_NOTHROW(require_strong_signatures(std::vector{leaf, middle, root}, anchors));
  CHECK_THROWS_WITH_AS(require_strong_signatures(std::vector{leaf, weak_middle}, anchors),
                       "intermediate certificate 'middle' is signed with SHA-1, SHA-256 or better is needed", TlsError);
  CHECK_THROWS_AS(require_strong_signatures(std::vector{leaf, middle, weak_middle}, anchors), TlsError);
  CHECK_THROWS_AS(require_strong_signatures(std::vector{named("leaf", "root", sha1_with_rsa)}, anchors), TlsError);
  CHECK_THROWS_AS(require_strong_signatures(std::vector<Certificate>{}, anchors), TlsError);
}

TEST_CASE("tls signatures: an intermediate that poses as the authority by its name is looked at") {
  const auto root = named("root", "root", sha1_with_rsa);
  auto impostor = named("root", "root", sha1_with_rsa);
  impostor.public_key = "another key";
  const auto leaf = named("leaf", "root", sha256_with_rsa);
  CHECK_THROWS_AS(require_strong_signatures(std::vector{leaf, impostor}, trusting(root)), TlsError);
}

TEST_CASE("tls signatures: an intermediate that is found by key id only is looked at") {
  auto leaf = named("leaf", "nobody", sha256_with_rsa);
  auto middle = named("middle", "root", sha1_with_rsa);
  leaf.authority_key_id = middle.subject_key_id = "id";
  CHECK_THROWS_AS(require_strong_signatures(std::vector{leaf, middle}, TrustAnchors{}), TlsError);
}

TEST_CASE("tls signatures: what is not on the way to an authority may be weak") {
  const auto root = named("root", "old", sha1_with_rsa);
  const auto old = named("old", "old", sha1_with_rsa);
  const auto other = named("other", "other", sha1_with_rsa);
  const auto leaf = named("leaf", "root", sha256_with_rsa);
  CHECK_NOTHROW(require_strong_signatures(std::vector{leaf, root, old, other}, trusting(root)));
}

TEST_CASE("tls signatures: certificates that issue each other end the walk") {
  const auto a = named("a", "b", sha256_with_rsa);
  const auto b = named("b", "a", sha256_with_rsa);
  CHECK_NOTHROW(require_strong_signatures(std::vector{a, b}, TrustAnchors{}));
}

TEST_CASE(
    "tls keys: a short one of the leaf or an intermediate is refused, an authority's was looked at when it was "
    "loaded") {
  const auto root = named("root", "root", sha256_with_rsa);
  auto middle = named("middle", "root", sha256_with_rsa);
  auto leaf = named("leaf", "middle", sha256_with_rsa);
  const auto anchors = trusting(root);
  CHECK_NOTHROW(require_long_keys(std::vector{leaf, middle}, anchors));
  middle.elliptic_bits = 248;
  CHECK_THROWS_WITH_AS(require_long_keys(std::vector{leaf, middle}, anchors),
                       "intermediate certificate 'middle' has an elliptic key of 248 bits, at least 256 are needed",
                       TlsError);
  CHECK_NOTHROW(require_long_keys(std::vector{leaf, middle}, trusting(middle)));
  middle.elliptic_bits = 256;
  leaf.rsa_bits = 2040;
  CHECK_THROWS_WITH_AS(require_long_keys(std::vector{leaf, middle}, anchors),
                       "certificate has an RSA key of 2040 bits, at least 2048 are needed", TlsError);
  CHECK_THROWS_AS(require_long_keys(std::vector<Certificate>{}, anchors), TlsError);
}

TEST_CASE("tls handshake: a suite or version that was not offered is refused") {
  const auto offered = choose_suites({}, TlsVersion::v1_2, TlsVersion::v1_3);
  const auto check = [&](std::uint16_t suite, TlsVersion version) {
    require_offered(suite, version, offered, TlsVersion::v1_2, TlsVersion::v1_3);
  };
  CHECK_NOTHROW(check(0x1303, TlsVersion::v1_3));
  CHECK_NOTHROW(check(0xc02b, TlsVersion::v1_2));
  CHECK_THROWS_AS(check(0x1302, TlsVersion::v1_3), TlsError);  // AES-256: known, not offered
  CHECK_THROWS_AS(check(0x0034, TlsVersion::v1_2), TlsError);  // anonymous
  CHECK_THROWS_AS(check(0xc006, TlsVersion::v1_2), TlsError);  // no encryption
  CHECK_THROWS_AS(check(0x1303, TlsVersion::v1_2), TlsError);  // of the other version
  CHECK_THROWS_AS(require_offered(0xc02b, TlsVersion::v1_2, offered, TlsVersion::v1_3, TlsVersion::v1_3), TlsError);
}

TEST_CASE("tls key exchange: what the broker chose is read, on a curve and in a finite field") {
  const auto elliptic = read_key_exchange(elliptic_exchange, true);
  REQUIRE(elliptic.has_value());
  CHECK(elliptic->group == 23);
  CHECK(elliptic->signature == 0x0403);
  const auto finite = read_key_exchange("\x0c\0\0\x0d\0\x01p\0\x01g\0\x01y\x04\x01\0\x01s"s, false);
  REQUIRE(finite.has_value());
  CHECK(finite->group == 0);
  CHECK(finite->signature == 0x0401);
}

TEST_CASE("tls key exchange: one that is cut, longer, of another kind or with a curve of its own is none") {
  for (std::size_t size = 0; size < elliptic_exchange.size(); ++size) {
    CHECK_FALSE(read_key_exchange(std::string(elliptic_exchange, 0, size), true).has_value());
  }
  CHECK_FALSE(read_key_exchange(elliptic_exchange + "x", true).has_value());
  CHECK_FALSE(read_key_exchange(elliptic_exchange, false).has_value());
  std::string changed = elliptic_exchange;
  changed[4] = 1;  // the numbers of a curve follow
  CHECK_FALSE(read_key_exchange(changed, true).has_value());
  changed = elliptic_exchange;
  changed[0] = 11;
  CHECK_FALSE(read_key_exchange(changed, true).has_value());
}

TEST_CASE("tls key exchange: a hash, signature or group that was not offered is refused") {
  CHECK_NOTHROW(require_key_exchange({23, 0x0403}));
  CHECK_NOTHROW(require_key_exchange({29, 0x0804}));
  CHECK_NOTHROW(require_key_exchange({0, 0x0401}));
  CHECK_THROWS_WITH_AS(require_key_exchange({23, 0x0203}),
                       "the broker signed the key exchange with SHA-1, which was not offered", TlsError);
  CHECK_THROWS_WITH_AS(require_key_exchange({23, 0x0101}),
                       "the broker signed the key exchange with MD5, which was not offered", TlsError);
  CHECK_THROWS_WITH_AS(require_key_exchange({23, 0x0303}),
                       "the broker signed the key exchange with an algorithm that was not offered", TlsError);
  CHECK_THROWS_AS(require_key_exchange({23, 0x0402}), TlsError);  // DSA
  CHECK_THROWS_AS(require_key_exchange({23, 0x0808}), TlsError);  // Ed448: known to the library, not offered
  CHECK_THROWS_WITH_AS(require_key_exchange({21, 0x0403}),
                       "the broker chose a group for the key exchange that was not offered", TlsError);
}

TEST_CASE("tls suites: none left for the versions is an error") {
  const std::vector<std::string> names{"TLS13-AES128-GCM-SHA256"};
  CHECK_THROWS_AS(choose_suites(names, TlsVersion::v1_2, TlsVersion::v1_2), TlsError);
  CHECK(choose_suites(names, TlsVersion::v1_2, TlsVersion::v1_3).size() == 1);
}

TEST_CASE("tls words: distances are told in the largest unit that fits") {
  CHECK(distance_words(0, 3 * 86400 + 5) == "3 days ago");
  CHECK(distance_words(0, 86400) == "1 day ago");
  CHECK(distance_words(7200, 0) == "in 2 hours");
  CHECK(distance_words(59, 0) == "in 59 seconds");
  CHECK(distance_words(5, 5) == "in 0 seconds");
}
