// SPDX-License-Identifier: MIT
#include "tls_files.hpp"

#include "tls_authority.hpp"
#include "tls_crl.hpp"
#include "tls_impl.hpp"
#include "tls_pem.hpp"

#include <optional>
#include <utility>

namespace culvert::mqtt {
namespace {

class Findings {
 public:
  void add(Finding::Level level, const std::string& option, std::string text) {
    // The finding names its option; the same prefix in the text would say it twice.
    const std::string prefix = "tls." + option + ": ";
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
    list_.push_back({level, option, std::move(text)});
  }
  void error(const std::string& option, std::string text) { add(Finding::Level::error, option, std::move(text)); }
  void warning(const std::string& option, std::string text) { add(Finding::Level::warning, option, std::move(text)); }
  std::vector<Finding> take() { return std::move(list_); }

 private:
  std::vector<Finding> list_;
};

void check_authorities(const std::string& path, std::int64_t now, Findings& findings) {
  try {
    const AuthorityFile file = read_authorities(path, now);
    for (const std::string& why : file.refused) findings.error("ca", why);
    for (const Certificate& certificate : file.expired) {
      findings.warning("ca", "'" + certificate.subject_text + "' in '" + path + "' expired " +
                                 distance_words(certificate.not_after, now));
    }
    for (const Authority& authority : file.usable) {
      if (authority.certificate.not_before <= now) continue;
      findings.warning("ca", "'" + authority.certificate.subject_text + "' in '" + path + "' starts " +
                                 distance_words(authority.certificate.not_before, now));
    }
  } catch (const TlsError& error) { findings.error("ca", error.what()); }
}

void check_revocation_lists(const std::string& path, std::int64_t now, Findings& findings) {
  try {
    for (const RevocationList& list : read_revocation_lists(path)) {
      const std::string unfit = why_unfit(list, path), untimely = why_untimely(list, path, now);
      if (!unfit.empty()) findings.error("crl", unfit);
      // Another one may be there before the broker is dialled.
      if (!untimely.empty()) findings.warning("crl", untimely);
    }
  } catch (const TlsError& error) { findings.error("crl", error.what()); }
}

std::optional<Certificate> check_certificate(WOLFSSL_CTX* ctx, const std::string& path, std::int64_t now,
                                             Findings& findings) {
  try {
    Certificate leaf = use_certificate(ctx, path);
    const std::string subject = "'" + leaf.subject_text + "' in '" + path + "'";
    if (leaf.not_after < now) findings.warning("cert", subject + " expired " + distance_words(leaf.not_after, now));
    if (leaf.not_before > now) findings.warning("cert", subject + " starts " + distance_words(leaf.not_before, now));
    return leaf;
  } catch (const TlsError& error) {
    findings.error("cert", error.what());
    return std::nullopt;
  }
}

void check_identity(const TlsOptions& options, std::int64_t now, Findings& findings) {
  use_wolfssl();
  const WolfContext ctx{wolfSSL_CTX_new(wolfTLS_client_method())};
  if (!ctx) return findings.error("cert", "cannot make a TLS context: out of memory");
  std::optional<Certificate> certificate;
  if (!options.cert.empty()) certificate = check_certificate(ctx.get(), options.cert, now, findings);
  if (options.cert.empty()) findings.error("key", "needs tls.cert beside it");
  if (options.key.empty()) return findings.error("cert", "needs tls.key beside it");
  try {
    use_key(ctx.get(), options.key, options.key_password, certificate.value_or(Certificate{}));
  } catch (const TlsError& error) {
    // Without its certificate a key that is whole seems not to fit: that was said already.
    const bool fits_nothing = std::string_view{error.what()}.find("does not fit") != std::string_view::npos;
    if (certificate || !fits_nothing) findings.error("key", error.what());
  }
}

}  // namespace

std::vector<Finding> check_files(const TlsOptions& options) {
  Findings findings;
  const std::int64_t now = wall_clock_s();
  try {
    if (!options.ca.empty()) check_authorities(options.ca, now, findings);
    if (!options.crl.empty()) check_revocation_lists(options.crl, now, findings);
    if (!options.cert.empty() || !options.key.empty()) check_identity(options, now, findings);
  } catch (const TlsError& error) { findings.error("ca", error.what()); }
  return findings.take();
}

}  // namespace culvert::mqtt
