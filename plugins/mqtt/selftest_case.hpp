// SPDX-License-Identifier: MIT
/// A case of the selftest, and what all cases share. One thread, any.
#pragma once

#include "memory_file.hpp"
#include "selftest_certs.hpp"
#include "selftest_meeting.hpp"
#include "tls.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt::selftest {

/// The name that is asked for, unless a case says otherwise.
inline constexpr const char* host = "plant.test";

/// The files that the client is given, which are on no disk.
struct Files {
  MemoryFile ca{authorities}, crl{revocations}, stale_crl{stale_revocations}, forged_crl{forged_revocations};
  MemoryFile client{client_chain}, client_key{selftest::client_key}, other_key{ec_key};
  MemoryFile expired_ca{expired_authority}, no_ca{ecdsa_chain}, short_ca{short_authority}, empty_ca{"\n"};

  /// What a connection with nothing but `tls.ca` has.
  TlsOptions trusting() const;
  /// With the names that a person would know instead of the paths.
  std::string readable(std::string words) const;
};

/// What a case found out: whether all is as it must be, and what happened.
struct Finding {
  bool holds = false;
  std::string happened;
};

struct Case {
  std::string name, tried, expected;  ///< as in SelftestLine
  /// May throw CannotPlay (then it was not run) and TlsError (then it failed).
  std::function<Finding(const Files&)> run;
};
using Cases = std::vector<Case>;

void add_certificates(Cases& cases);
void add_handshakes(Cases& cases);
void add_offers(Cases& cases);
void add_options(Cases& cases);

/// What was found over TLS 1.3 and over TLS 1.2, as one.
Finding over_both(const std::function<Finding(Version)>& find);

/// The client took the server for the broker in this version, and both understood each other.
Finding expect_accepted(const Outcome& outcome, Version version);
/// The client refused for this reason, and the server got nothing of the application's, clear or encrypted.
Finding expect_refused(const Outcome& outcome, std::string_view reason);

/// No context can be made with these options, for this reason, so that nothing is dialled.
Finding expect_no_context(const TlsOptions& options, std::string_view reason);

}  // namespace culvert::mqtt::selftest
