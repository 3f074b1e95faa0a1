// SPDX-License-Identifier: MIT
#include "tls_authority.hpp"

#include "tls.hpp"
#include "tls_pem.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace culvert::mqtt {
namespace {

std::string why_refused(const Certificate& certificate, const std::string& path) {
  const std::string subject = "'" + certificate.subject_text + "' in '" + path + "'";
  if (!certificate.is_ca) {
    return subject + " is not an authority (CA:FALSE): the certificate that signed the broker's is needed";
  }
  const std::string short_key = short_key_words(certificate);
  return short_key.empty() ? std::string{} : subject + " " + short_key;
}

}  // namespace

AuthorityFile read_authorities(const std::string& path, std::int64_t now) {
  const FileText file{path};
  AuthorityFile out;
  std::size_t number = 0;
  for (std::string& block : pem_blocks(file.text(), pem_certificate, path)) {
    ++number;
    auto certificate = read_certificate(block);
    if (!certificate) {
      throw TlsError{"'" + path + "': certificate " + std::to_string(number) + " is damaged (not X.509)"};
    }
    if (std::string why = why_refused(*certificate, path); !why.empty()) {
      out.refused.push_back(std::move(why));
    } else if (certificate->not_after < now) {
      out.expired.push_back(std::move(*certificate));
    } else {
      out.usable.push_back({std::move(block), std::move(*certificate)});
    }
  }
  return out;
}

std::string system_bundle() {
  constexpr std::array places{
      "/etc/ssl/certs/ca-certificates.crt",  // Debian
      "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora
      "/etc/ssl/cert.pem",                   // Alpine
  };
  const char* chosen = std::getenv("SSL_CERT_FILE");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  for (const char* place : places) {
    if (::access(place, R_OK) == 0) return place;
  }
  throw TlsError{"the system has no trust store (install ca-certificates or set tls.ca)"};
}

std::string distance_words(std::int64_t time, std::int64_t now) {
  const std::int64_t seconds = time < now ? now - time : time - now;
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
  std::string words = "0 seconds";
  for (const auto& [length, name] : units) {
    if (seconds < length) continue;
    const std::int64_t count = seconds / length;
    words = std::to_string(count) + " " + name + (count == 1 ? "" : "s");
    break;
  }
  return time < now ? words + " ago" : "in " + words;
}

std::int64_t wall_clock_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace culvert::mqtt
