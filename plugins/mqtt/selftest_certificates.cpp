// SPDX-License-Identifier: MIT
// Every certificate that POLICY.md names, and its answer.
#include "selftest_case.hpp"

#include <array>
#include <utility>

namespace culvert::mqtt::selftest {
namespace {

struct Shown {
  const char* name;
  const char* tried;
  std::string_view chain, key;
  const char* refusal = nullptr;  ///< a part of the reason; none: it must be accepted
  const char* host = selftest::host;
  bool also_1_3 = true;  ///< false where TLS 1.3 has no signature for such a key
};

constexpr const char* unknown_signer = "not signed by an authority in";
constexpr const char* other_name = "certificate is for";

constexpr std::array<Shown, 34> table{{
    {"ecdsa", "a good ECDSA certificate", ecdsa_chain, ec_key},
    {"rsa", "a good RSA certificate below an intermediate", rsa_chain, rsa_key},
    {"ed25519", "a good Ed25519 certificate", ed25519_chain, ed25519_key},
    {"sha1-root", "an authority signed with SHA-1, above SHA-256", sha1_root_chain, ec_key},
    {"sha1-root-sent", "the same, sent along by the server", sha1_root_sent_chain, ec_key},
    {"address", "a certificate for the IPv4 address asked for", address_chain, ec_key, nullptr, "192.0.2.1"},
    {"address-6", "a certificate for the IPv6 address asked for", address_chain, ec_key, nullptr, "[2001:db8::1]"},
    {"trailing-dot", "a host written with its final dot", ecdsa_chain, ec_key, nullptr, "plant.test."},
    {"wildcard", "a certificate for '*.plant.test' where 'a.plant.test' is expected", wildcard_chain, ec_key, nullptr,
     "a.plant.test"},
    {"wildcard-top", "a certificate for '*.test' where 'plant.test' is expected", wildcard_test_chain, ec_key},
    {"wildcard-two", "a certificate for '*.plant.test' where 'a.b.plant.test' is expected", wildcard_chain, ec_key,
     other_name, "a.b.plant.test"},
    {"wildcard-none", "a certificate for '*.plant.test' where 'plant.test' is expected", wildcard_chain, ec_key,
     other_name},
    {"wildcard-all", "a certificate for '*' where 'plant' is expected", wildcard_all_chain, ec_key, other_name,
     "plant"},
    {"other-name", "a certificate for another name", other_name_chain, ec_key, other_name},
    {"other-address", "a certificate for another address", address_chain, ec_key, other_name, "192.0.2.2"},
    {"address-as-name", "the address written as a name", address_as_name_chain, ec_key, other_name, "192.0.2.1"},
    {"common-name", "the name in the common name only", common_name_chain, ec_key, "no subject alternative name"},
    {"common-name-and-address", "the name in the common name, addresses beside it", address_chain, ec_key, other_name},
    {"for-clients", "a certificate for clients only", for_clients_chain, ec_key, "lacks serverAuth"},
    {"other-ca", "a certificate of another authority", other_ca_chain, ec_key, unknown_signer},
    {"other-ca-same-name", "of another authority with the same name", other_ca_same_name_chain, ec_key, unknown_signer},
    {"self-signed", "a self-signed certificate", self_signed_chain, ec_key, "it is self-signed"},
    {"by-a-leaf", "issued by a certificate that is no authority", by_a_leaf_chain, ec_key, "is no authority itself"},
    {"clone", "the authority's name, key id and signature bytes around another key (CVE-2026-93302)", clone_chain,
     ec_key, "has a false signature"},
    {"expired", "an expired certificate", expired_chain, ec_key, "certificate expired"},
    {"not-yet", "a certificate that is not valid yet", not_yet_chain, ec_key, "is not valid yet"},
    {"expired-intermediate", "a good certificate below an expired one", expired_intermediate_chain, ec_key,
     "intermediate certificate 'Expired intermediate' expired"},
    {"short-rsa", "an RSA key of 1024 bits", short_rsa_chain, short_rsa_key, "at least 2048 are needed"},
    {"short-ec", "an elliptic key of 224 bits", short_ec_chain, short_ec_key, "elliptic key of 224 bits", host, false},
    {"short-rsa-intermediate", "an intermediate with an RSA key of 1984 bits", short_rsa_intermediate_chain, ec_key,
     "intermediate certificate 'Short RSA intermediate' has an RSA key of 1984 bits"},
    {"short-ec-intermediate", "an intermediate with an elliptic key of 224 bits", short_ec_intermediate_chain, ec_key,
     "intermediate certificate 'Short elliptic intermediate' has an elliptic key of 224 bits"},
    {"sha1", "a certificate signed with SHA-1", sha1_chain, ec_key, "certificate is signed with SHA-1"},
    {"sha1-intermediate", "an intermediate signed with SHA-1", sha1_intermediate_chain, ec_key,
     "intermediate certificate 'SHA-1 intermediate' is signed with SHA-1"},
    {"other-key", "a good certificate, shown by one who has not its key", ecdsa_chain, client_key,
     "does not have the key"},
}};

Finding show(const Files& files, const Shown& shown, Version version) {
  const TlsContext context{files.trusting()};
  const Outcome outcome = meet(context, shown.host, {.chain = shown.chain, .key = shown.key, .version = version});
  return shown.refusal != nullptr ? expect_refused(outcome, shown.refusal) : expect_accepted(outcome, version);
}

}  // namespace

void add_certificates(Cases& cases) {
  for (const Shown& shown : table) {
    const bool refused = shown.refusal != nullptr;
    cases.push_back({shown.name, shown.tried, refused ? "refused" : "accepted", [&shown](const Files& files) {
                       if (!shown.also_1_3) { return show(files, shown, Version::v1_2); }
                       return over_both([&](Version version) { return show(files, shown, version); });
                     }});
  }
}

}  // namespace culvert::mqtt::selftest
