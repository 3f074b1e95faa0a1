// SPDX-License-Identifier: MIT
// Servers whose handshake must come to nothing, whatever they show.
#include "selftest_case.hpp"
#include "wire.hpp"

#include <array>
#include <utility>

namespace culvert::mqtt::selftest {
namespace {

/// Servers that play by the rules, and have nothing that a client may take.
void add_poor(Cases& cases, std::string name, std::string tried, Manner manner) {
  cases.push_back({std::move(name), std::move(tried), "refused", [manner = std::move(manner)](const Files& files) {
                     const TlsContext context{files.trusting()};
                     return expect_refused(meet(context, host, manner), "the broker refused the TLS connection");
                   }});
}

/// A ServerHello (RFC 5246, section 7.4.1.3) in a record of its own.
std::string server_hello(unsigned version, unsigned suite) {
  constexpr unsigned handshake_record = 22, hello_type = 2, random_size = 32;
  WireWriter body;
  body.u16(version).raw(std::string(random_size, 'r')).u8(0).u16(suite).u8(0);
  WireWriter message;
  message.u8(hello_type).u8(0).u16(static_cast<unsigned>(body.bytes().size())).raw(body.bytes());
  WireWriter record;
  return record.u8(handshake_record).u16(version).text(message.bytes()).take();
}

/// Servers that do not ask what was offered.
struct Imposed {
  const char* name;
  const char* tried;
  unsigned version, suite;
  const char* reason;
};
constexpr const char* old_version = "TLS versions below 1.2";
constexpr const char* other_suite = "a cipher suite that was not offered";
constexpr std::array<Imposed, 7> imposed{{
    {"imposes-ssl-3", "a server that chooses SSL 3.0", 0x0300, 0xc02b, old_version},
    {"imposes-tls-1.0", "a server that chooses TLS 1.0", 0x0301, 0xc02b, old_version},
    {"imposes-tls-1.1", "a server that chooses TLS 1.1", 0x0302, 0xc02b, old_version},
    {"imposes-no-certificate", "a server that chooses anonymous Diffie-Hellman", 0x0303, 0x0034, other_suite},
    {"imposes-no-encryption", "a server that chooses NULL encryption (CVE-2024-5814)", 0x0303, 0xc006, other_suite},
    {"imposes-rc4", "a server that chooses RC4", 0x0303, 0xc007, other_suite},
    {"imposes-cbc", "a server that chooses a suite without an AEAD", 0x0303, 0xc009, other_suite},
}};

void add_blunt(Cases& cases, std::string name, std::string tried, std::string answer, std::string reason) {
  cases.push_back({std::move(name), std::move(tried), "refused",
                   [answer = std::move(answer), reason = std::move(reason)](const Files& files) {
                     const TlsContext context{files.trusting()};
                     const auto make = [&](Descriptor end) { return play_blunt(std::move(end), answer); };
                     return expect_refused(meet(context, host, make), reason);
                   }});
}

Finding only_1_3(const Files& files) {
  TlsOptions options = files.trusting();
  options.min_version = "1.3";
  const Outcome outcome =
      meet(TlsContext{options}, host, {.chain = ecdsa_chain, .key = ec_key, .version = Version::v1_2});
  return expect_refused(outcome, "the broker");
}

void add_signing(Cases& cases, std::string name, std::string tried, Exchange exchange) {
  cases.push_back({std::move(name), std::move(tried), "refused", [exchange](const Files& files) {
                     const TlsContext context{files.trusting()};
                     const auto make = [&](Descriptor end) { return play_signing(std::move(end), exchange); };
                     return expect_refused(meet(context, host, make), "not offered");
                   }});
}

}  // namespace

void add_handshakes(Cases& cases) {
  add_poor(cases, "no-certificate", "a server without a certificate (anonymous Diffie-Hellman)",
           {.version = Version::v1_2, .suites = "ADH-AES128-SHA"});
  add_poor(cases, "no-encryption", "a server with NULL encryption only",
           {.chain = ecdsa_chain, .key = ec_key, .version = Version::v1_2, .suites = "ECDHE-ECDSA-NULL-SHA"});
  for (const Version version : {Version::v1_1, Version::v1_0}) {
    add_poor(cases, version == Version::v1_1 ? "tls-1.1" : "tls-1.0",
             "a server with " + version_text(version) + " only",
             {.chain = ecdsa_chain, .key = ec_key, .version = version});
  }
  cases.push_back({"only-1.3", "a server with TLS 1.2 only, where tls.min_version is 1.3", "refused", only_1_3});
  for (const Imposed& one : imposed) {
    add_blunt(cases, one.name, one.tried, server_hello(one.version, one.suite), one.reason);
  }
  constexpr std::uint16_t secp224r1 = 21, secp256r1 = 23;
  constexpr std::uint8_t sha1 = 2, sha256 = 4;
  add_signing(cases, "imposes-sha1", "a server that signs the key exchange with SHA-1",
              {ecdsa_chain, ec_key, secp256r1, ecdsa_chain, sha1});
  add_signing(cases, "imposes-short-group", "a server that exchanges keys on a curve of 224 bits",
              {ecdsa_chain, ec_key, secp224r1, short_ec_chain, sha256});
  add_blunt(cases, "not-tls", "a server that does not speak TLS", "220 a mail server\r\n", "the answer is not TLS");
}

}  // namespace culvert::mqtt::selftest
