// SPDX-License-Identifier: MIT
// The selftest of the connector's TLS, and that it would notice: each rule is taken out, and the cases that are about
// it must fail.
#include "selftest.hpp"
#include "selftest_doubles.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

using namespace culvert::mqtt;

namespace {

using Names = std::set<std::string>;

struct Result {
  std::map<Verdict, Names> names;
  std::map<std::string, std::string> happened;
};

Result run() {
  Result result;
  run_selftest([&](const SelftestLine& line) {
    CHECK_MESSAGE(result.happened.emplace(line.name, line.happened).second, "a case twice: ", line.name);
    CHECK_FALSE(line.tried.empty());
    CHECK_FALSE(line.expected.empty());
    result.names[line.verdict].insert(line.name);
  });
  return result;
}

/// Which cases fail of a connector without these rules.
Names failing_without(std::initializer_list<std::string_view> rules) {
  const Without without{rules};
  return run().names[Verdict::failed];
}

/// Those that a connector must take for the broker.
const Names good{"address",  "address-6",   "alpn", "client-certificate", "crl",       "ecdsa",
                 "ed25519",  "pin",         "rsa",  "sha1-root-sent",     "sha1-root", "trailing-dot",
                 "wildcard", "wildcard-top"};
const Names bad_names{"address-as-name", "common-name",  "common-name-and-address", "other-address",
                      "other-name",      "wildcard-all", "wildcard-none",           "wildcard-two"};
const Names bad_signers{"by-a-leaf", "clone", "other-ca", "other-ca-same-name", "self-signed"};
const Names bad_contents{
    "expired",   "expired-intermediate",   "for-clients",       "not-yet", "short-ec", "short-ec-intermediate",
    "short-rsa", "short-rsa-intermediate", "sha1-intermediate", "sha1"};
const Names imposed{"imposes-cbc", "imposes-no-certificate", "imposes-no-encryption", "imposes-rc4"};

Names operator+(Names a, const Names& b) {
  a.insert(b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("selftest: the connector refuses what it must refuse, and takes what it must take") {
  const Result result = run();
  for (const auto& [verdict, names] : result.names) {
    for (const auto& name : names) {
      CHECK_MESSAGE(verdict != Verdict::failed, name, ": ", result.happened.at(name));
      // The one server that the distribution's library cannot play.
      if (verdict == Verdict::not_run) { CHECK(name == "tls-1.0"); }
    }
  }
  CHECK(result.happened.size() > 60);
}

TEST_CASE("selftest: no case says where its files are") {
  for (const auto& [name, happened] : run().happened) {
    if (name != "crl-missing") { CHECK_MESSAGE(happened.find("/proc/") == std::string::npos, name, ": ", happened); }
  }
}

TEST_CASE("selftest: a table of trusted peers that is not emptied lets the clone of an authority in") {
  const Without without{"peers are forgotten"};
  const Result result = run();
  CHECK(result.names.at(Verdict::failed) == Names{"clone"});
  CHECK(result.happened.at("clone").find("ACCEPTED (TLS 1.3") == 0);
  CHECK(result.happened.at("clone").find("the server got 27 bytes") != std::string::npos);
}

TEST_CASE("selftest: a connector that does not verify is caught by every bad certificate") {
  CHECK(failing_without({"certificates"}) == bad_names + bad_signers + bad_contents +
                                                 Names{"client-certificate-kept", "crl-forged", "crl-of-others",
                                                       "crl-stale", "crl-missing", "revoked", "ca-empty", "ca-expired",
                                                       "ca-leaf", "ca-short"});
}

TEST_CASE("selftest: a connector that looks at no names is caught") { CHECK(failing_without({"names"}) == bad_names); }

TEST_CASE("selftest: a connector that takes weak signatures is caught") {
  CHECK(failing_without({"strong signatures"}) == Names{"sha1", "sha1-intermediate"});
}

TEST_CASE("selftest: a connector that takes short keys is caught") {
  CHECK(failing_without({"long keys"}) == Names{"short-ec-intermediate", "short-rsa-intermediate"});
  CHECK(failing_without({"key sizes", "long keys"}) ==
        Names{"short-ec", "short-ec-intermediate", "short-rsa", "short-rsa-intermediate"});
}

TEST_CASE("selftest: a library that takes any ECDSA signature is caught") {
  const Names failing = failing_without({"ecdsa signatures"});
  CHECK(failing.contains("other-key"));
  CHECK(failing.contains("clone"));
}

TEST_CASE("selftest: the library's own suites are noticed, and servers without encryption get in with them") {
  const Without without{"own suites", "key exchanges"};
  const Result result = run();
  CHECK(result.names.at(Verdict::failed) == imposed + Names{"imposes-sha1", "imposes-short-group", "no-certificate",
                                                            "no-encryption", "only-1.3", "suites", "tls-1.1"});
  CHECK(result.happened.at("no-encryption").find("ACCEPTED") == 0);
  // Here the connector's second look holds: no certificate has passed.
  CHECK(result.happened.at("no-certificate").find("refused: the broker showed no certificate") == 0);
}

TEST_CASE("selftest: old versions are noticed, and a server of TLS 1.1 gets in with the library's suites") {
  CHECK(failing_without({"lowest version"}) == Names{"imposes-tls-1.1"});
  const Without without{"lowest version", "own suites", "key exchanges"};
  CHECK(run().happened.at("tls-1.1").find("ACCEPTED") == 0);
}

TEST_CASE("selftest: a lowest version that is not obeyed is noticed") {
  CHECK(failing_without({"lowest option"}) == Names{"only-1.3"});
}

TEST_CASE("selftest: SHA-1 among the offered signature algorithms is noticed") {
  CHECK(failing_without({"own signature algorithms"}) == Names{"signatures"});
}

TEST_CASE("selftest: a curve of 224 bits among the offered groups is noticed") {
  CHECK(failing_without({"own groups"}) == Names{"groups"});
}

TEST_CASE("selftest: a key exchange that is signed with SHA-1, or on a short curve, is noticed") {
  const Without without{"key exchanges"};
  const Result result = run();
  CHECK(result.names.at(Verdict::failed) == Names{"imposes-sha1", "imposes-short-group"});
  // So far the library goes by itself: the signatures are good.
  CHECK(result.happened.at("imposes-sha1") == "not refused: the client goes on waiting");
  CHECK(result.happened.at("imposes-short-group") == "not refused: the client goes on waiting");
}

TEST_CASE("selftest: where the library does not show the key exchange, no broker of TLS 1.2 is taken") {
  const Names failing = failing_without({"key exchanges are seen"});
  for (const auto& name : good) { CHECK_MESSAGE(failing.contains(name), name); }
}

TEST_CASE("selftest: a server name that is not sent, or is one for an address, is noticed") {
  CHECK(failing_without({"server name for names"}) == Names{"server-name", "server-name-chosen"});
  CHECK(failing_without({"no server name for addresses"}).contains("server-name-address"));
  CHECK(failing_without({"server name is chosen"}) == Names{"server-name-chosen"});
}

TEST_CASE("selftest: a session that is resumed is noticed") {
  CHECK(failing_without({"no resumption"}).contains("resumes-1.3"));
  CHECK(failing_without({"no resumption"}).contains("resumes-1.2"));
}

TEST_CASE("selftest: a client certificate that is not shown, and a key that does not fit it, are noticed") {
  CHECK(failing_without({"client certificates are shown"}) == Names{"client-certificate", "client-key"});
  CHECK(failing_without({"client keys fit"}) == Names{"client-key"});
}

TEST_CASE("selftest: lists, pins and protocols that are not looked at are noticed") {
  CHECK(failing_without({"revocation lists"}) ==
        Names{"crl-forged", "crl-missing", "crl-of-others", "crl-stale", "revoked"});
  CHECK(failing_without({"pins"}) == Names{"pin-wrong"});
  CHECK(failing_without({"protocols"}) == Names{"alpn-none", "alpn-other"});
}

TEST_CASE("selftest: a connector that takes no broker is caught by every good one") {
  const Names failing = failing_without({"some brokers are right"});
  for (const auto& name : good) { CHECK_MESSAGE(failing.contains(name), name); }
}

TEST_CASE("selftest: a byte that goes out after a refusal is noticed, whatever was refused") {
  const Without without{"silence"};
  const Result result = run();
  const Names refused = bad_names + bad_signers + bad_contents + imposed +
                        Names{"alpn-none",
                              "alpn-other",
                              "client-certificate-kept",
                              "crl-forged",
                              "crl-of-others",
                              "imposes-sha1",
                              "imposes-short-group",
                              "imposes-ssl-3",
                              "imposes-tls-1.0",
                              "imposes-tls-1.1",
                              "no-certificate",
                              "no-encryption",
                              "not-tls",
                              "only-1.3",
                              "other-key",
                              "pin-wrong",
                              "revoked",
                              "tls-1.1"};
  for (const auto& name : refused) {
    CHECK_MESSAGE(result.names.at(Verdict::failed).contains(name), name);
    CHECK(result.happened.at(name).find("BUT the server got what the application wrote") != std::string::npos);
  }
}

TEST_CASE("selftest: with a clock that is far off it says so, and claims nothing") {
  const Without without{"a clock that is set"};
  const Result result = run();
  CHECK(result.names.at(Verdict::failed) == Names{"clock"});
  CHECK(result.names.count(Verdict::ok) == 0);
  CHECK(result.happened.at("clock") == "it is 1970-01-01 by this box's clock: set it, then run the selftest again");
}
