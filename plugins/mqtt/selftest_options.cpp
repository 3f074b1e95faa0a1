// SPDX-License-Identifier: MIT
// What options ask for: authorities, a certificate of the client's own, revocation lists, pins, protocols.
#include "selftest_case.hpp"

#include <utility>

namespace culvert::mqtt::selftest {
namespace {

const Manner good{.chain = ecdsa_chain, .key = ec_key};
const Manner revoked{.chain = revoked_chain, .key = ec_key};

Manner over(Manner manner, Version version) {
  manner.version = version;
  return manner;
}

Finding accepts(const TlsOptions& options, const Manner& manner) {
  const TlsContext context{options};
  return over_both(
      [&](Version version) { return expect_accepted(meet(context, host, over(manner, version)), version); });
}

Finding refuses(const TlsOptions& options, const Manner& manner, std::string_view reason) {
  const TlsContext context{options};
  return over_both([&](Version version) { return expect_refused(meet(context, host, over(manner, version)), reason); });
}

// Authorities.

Finding no_authority(const MemoryFile& file, std::string_view reason) {
  TlsOptions options;
  options.ca = file.path();
  return expect_no_context(options, reason);
}

// The client's certificate.

TlsOptions with_identity(const Files& files, const MemoryFile& key) {
  TlsOptions options = files.trusting();
  options.cert = files.client.path();
  options.key = key.path();
  return options;
}

Finding shows_identity(const Files& files) {
  const TlsContext context{with_identity(files, files.client_key)};
  return over_both([&](Version version) {
    Manner manner = over(good, version);
    manner.asks_clients_of = authorities;
    const Outcome outcome = meet(context, host, manner);
    Finding found = expect_accepted(outcome, version);
    if (outcome.seen.client_certificate) { return found; }
    return Finding{false, found.happened + ", BUT the server saw no certificate"};
  });
}

Finding hides_identity(const Files& files) {
  const TlsContext context{with_identity(files, files.client_key)};
  return over_both([&](Version version) {
    const Manner manner{.chain = self_signed_chain, .key = ec_key, .version = version, .asks_clients_of = authorities};
    const Outcome outcome = meet(context, host, manner);
    Finding found = expect_refused(outcome, "it is self-signed");
    if (!outcome.seen.client_certificate) { return found; }
    return Finding{false, found.happened + ", BUT the server saw the certificate"};
  });
}

Finding other_key(const Files& files) {
  return expect_no_context(with_identity(files, files.other_key), "does not fit the certificate");
}

// Revocation lists.

TlsOptions with_list(const Files& files, const MemoryFile& list) {
  TlsOptions options = files.trusting();
  options.crl = list.path();
  return options;
}

Finding not_on_list(const Files& files) { return accepts(with_list(files, files.crl), good); }
Finding on_list(const Files& files) { return refuses(with_list(files, files.crl), revoked, "was revoked"); }
Finding forged_list(const Files& files) {
  return refuses(with_list(files, files.forged_crl), revoked, "is not signed by it");
}
Finding no_list(const Files& files) {
  return refuses(with_list(files, files.crl), Manner{.chain = ed25519_chain, .key = ed25519_key},
                 "holds no revocation list");
}
Finding stale_list(const Files& files) { return expect_no_context(with_list(files, files.stale_crl), "expired"); }
Finding missing_list(const Files& files) {
  TlsOptions options = files.trusting();
  options.crl = "/proc/self/fd/none";
  return expect_no_context(options, "cannot read");
}

// Pins and protocols.

TlsOptions with_pin(const Files& files, std::string_view pin) {
  TlsOptions options = files.trusting();
  options.pins = {std::string{pin}};
  return options;
}

Finding pinned(const Files& files) { return accepts(with_pin(files, ec_pin), good); }
Finding not_pinned(const Files& files) {
  return refuses(with_pin(files, rsa_pin), good, "which tls.pin does not name");
}

Finding protocol(const Files& files, const std::string& chosen, std::string_view refusal) {
  TlsOptions options = files.trusting();
  options.alpn = {"mqtt"};
  Manner manner = good;
  manner.protocol = chosen;
  return refusal.empty() ? accepts(options, manner) : refuses(options, manner, refusal);
}

}  // namespace

void add_options(Cases& cases) {
  cases.push_back({"ca-empty", "an empty file of authorities", "refused",
                   [](const Files& files) { return no_authority(files.empty_ca, "is empty"); }});
  cases.push_back({"ca-expired", "a file with nothing but an expired authority", "refused",
                   [](const Files& files) { return no_authority(files.expired_ca, "expired"); }});
  cases.push_back({"ca-leaf", "a server's certificate in the place of its authority's", "refused",
                   [](const Files& files) { return no_authority(files.no_ca, "is not an authority"); }});
  cases.push_back({"ca-short", "an authority with an elliptic key of 224 bits", "refused",
                   [](const Files& files) { return no_authority(files.short_ca, "elliptic key of 224 bits"); }});
  cases.push_back({"client-certificate", "a server that asks for the client's certificate", "accepted, and shown it",
                   shows_identity});
  cases.push_back({"client-certificate-kept", "a self-signed server that asks for the client's certificate",
                   "refused, without it", hides_identity});
  cases.push_back({"client-key", "a client's key that does not fit its certificate", "refused", other_key});
  cases.push_back({"crl", "a certificate that is not on the revocation list", "accepted", not_on_list});
  cases.push_back({"revoked", "a certificate that is on the revocation list", "refused", on_list});
  cases.push_back({"crl-forged", "a list without it, signed by another", "refused", forged_list});
  cases.push_back({"crl-of-others", "a certificate of an authority that no list is of", "refused", no_list});
  cases.push_back({"crl-stale", "a revocation list that has expired", "refused", stale_list});
  cases.push_back({"crl-missing", "a revocation list that is not there", "refused", missing_list});
  cases.push_back({"pin", "the public key that tls.pin names", "accepted", pinned});
  cases.push_back({"pin-wrong", "a good certificate with another public key", "refused", not_pinned});
  cases.push_back({"alpn", "a server that chooses the protocol of tls.alpn", "accepted",
                   [](const Files& files) { return protocol(files, "mqtt", {}); }});
  cases.push_back({"alpn-none", "a server that knows no ALPN", "refused",
                   [](const Files& files) { return protocol(files, {}, "chose none of the protocols"); }});
  cases.push_back({"alpn-other", "a server that chooses a protocol which was not offered", "refused",
                   [](const Files& files) { return protocol(files, "http/1.1", "ALPN"); }});
}

}  // namespace culvert::mqtt::selftest
