// SPDX-License-Identifier: MIT
// What the client says first: the server reads its ClientHello as it came.
#include "selftest_case.hpp"
#include "selftest_hello.hpp"

#include <algorithm>
#include <utility>

namespace culvert::mqtt::selftest {
namespace {

/// The registry's numbers, so that a wrong name in the connector's list would show.
const std::vector<std::uint16_t> our_suites{0x1303, 0x1301, 0xcca9, 0xcca8, 0xc02b, 0xc02f, 0xc02c, 0xc030};
constexpr std::uint16_t signalling = 0x00ff;  ///< says something about renegotiation, and is no suite

const Manner good{.chain = ecdsa_chain, .key = ec_key};
const Manner good_address{.chain = address_chain, .key = ec_key};

/// The ClientHello of a connection that was accepted; throws TlsError when it was not.
ClientHello hello_of(const TlsOptions& options, const std::string& name, const Manner& manner) {
  const Outcome outcome = meet(TlsContext{options}, name, manner);
  if (!outcome.accepted) { throw TlsError{"a good server was refused: " + outcome.words}; }
  auto hello = read_client_hello(outcome.seen.raw);
  if (!hello) { throw TlsError{"the ClientHello cannot be read"}; }
  return std::move(*hello);
}

std::string list(const std::vector<std::uint16_t>& numbers) {
  std::string text;
  for (const unsigned number : numbers) {
    constexpr const char* digits = "0123456789abcdef";
    text += text.empty() ? "" : " ";
    for (int shift = 12; shift >= 0; shift -= 4) { text += digits[number >> static_cast<unsigned>(shift) & 0xfU]; }
  }
  return text;
}

Finding suites(const Files& files) {
  auto offered = hello_of(files.trusting(), host, good).suites;
  offered.erase(std::remove(offered.begin(), offered.end(), signalling), offered.end());
  return {offered == our_suites, "offered: " + list(offered)};
}

Finding signatures(const Files& files) {
  const auto offered = hello_of(files.trusting(), host, good).signature_algorithms();
  // Before TLS 1.3 the first byte was the hash: 1 is MD5, 2 SHA-1, 3 SHA-224.
  const bool weak = std::any_of(offered.begin(), offered.end(), [](auto one) { return one >> 8U <= 3; });
  return {!weak && !offered.empty(), "offered: " + list(offered)};
}

Finding groups(const Files& files) {
  const auto offered = hello_of(files.trusting(), host, good).groups();
  // Up to 21 are curves of 163 to 233 bits, and secp224r1.
  const bool weak = std::any_of(offered.begin(), offered.end(), [](auto one) { return one <= 21; });
  return {!weak && !offered.empty(), "offered: " + list(offered)};
}

Finding compression(const Files& files) {
  const std::string methods = hello_of(files.trusting(), host, good).compression;
  return {methods == std::string(1, '\0'), "offered: " + std::to_string(methods.size() - 1) + " methods"};
}

Finding name_seen(const ClientHello& hello, const std::string& expected) {
  const std::string name = hello.server_name();
  const bool none = !hello.has(extension::server_name);
  return {expected.empty() ? none : name == expected, none ? "no name was sent" : "sent: '" + name + "'"};
}

Finding sends_name(const Files& files) { return name_seen(hello_of(files.trusting(), host, good), host); }

Finding sends_no_address(const Files& files) {
  return name_seen(hello_of(files.trusting(), "192.0.2.1", good_address), {});
}

Finding sends_chosen_name(const Files& files) {
  TlsOptions options = files.trusting();
  options.server_name = host;
  return name_seen(hello_of(options, "192.0.2.7", good), host);
}

/// Two connections of one context, one after the other: stricter than the connector, which makes a context for each.
Finding resumes_nothing(const Files& files, Version version) {
  const TlsContext context{files.trusting()};
  const Manner manner{.chain = ecdsa_chain, .key = ec_key, .version = version};
  const Outcome first = meet(context, host, manner);
  const Outcome second = meet(context, host, manner);
  const auto hello = read_client_hello(second.seen.raw);
  if (!first.accepted || !hello) { throw TlsError{"a good server was refused: " + first.words}; }
  const std::string session = server_session_id(first.seen.sent);
  if (hello->has(extension::pre_shared_key)) { return {false, "the second ClientHello holds a pre_shared_key"}; }
  if (hello->has(extension::early_data)) { return {false, "the second ClientHello holds early data"}; }
  if (hello->has(extension::session_ticket)) { return {false, "the second ClientHello asks for or holds a ticket"}; }
  if (!session.empty() && hello->session_id == session) {
    return {false, "the second ClientHello names the first session"};
  }
  if (!second.accepted) { return {false, "the second connection was refused: " + second.words}; }
  return {true, "the second ClientHello knows nothing of the first connection"};
}

}  // namespace

void add_offers(Cases& cases) {
  cases.push_back({"suites", "the cipher suites that are offered", "the connector's own eight", suites});
  cases.push_back({"signatures", "the signature algorithms that are offered", "none with MD5 or SHA-1", signatures});
  cases.push_back({"groups", "the groups for the key exchange that are offered", "none below 256 bits", groups});
  cases.push_back({"compression", "the compression that is offered", "none", compression});
  cases.push_back({"server-name", "a host with a name", "sent to the server as it is", sends_name});
  cases.push_back({"server-name-address", "a host that is an address", "not sent", sends_no_address});
  cases.push_back({"server-name-chosen", "tls.server_name for an address", "sent and checked", sends_chosen_name});
  for (const Version version : {Version::v1_3, Version::v1_2}) {
    const std::string text = version_text(version);
    cases.push_back({version == Version::v1_3 ? "resumes-1.3" : "resumes-1.2",
                     "a second connection after a first one over " + text, "not resumed",
                     [version](const Files& files) { return resumes_nothing(files, version); }});
  }
}

}  // namespace culvert::mqtt::selftest
