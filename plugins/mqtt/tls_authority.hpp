// SPDX-License-Identifier: MIT
/// The authorities of a PEM file, sorted into those that can be trusted and those that can not. Any thread.
#pragma once

#include "tls_certificate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

struct Authority {
  std::string bytes;  ///< DER
  Certificate certificate;
};

struct AuthorityFile {
  std::vector<Authority> usable;
  std::vector<Certificate> expired;
  std::vector<std::string> refused;  ///< why, one text for each that is no authority or too weak
};

/// Throws TlsError when the file cannot be read, is empty, is not PEM or holds a block that is no certificate.
AuthorityFile read_authorities(const std::string& path, std::int64_t now);
/// The system's bundle: $SSL_CERT_FILE if set, else where the distributions put it. Throws TlsError without one.
std::string system_bundle();

/// "3 days ago", "in 5 minutes".
std::string distance_words(std::int64_t time, std::int64_t now);
/// Seconds since 1970 UTC on the wall clock, which is what certificates are dated by.
std::int64_t wall_clock_s();

}  // namespace culvert::mqtt
