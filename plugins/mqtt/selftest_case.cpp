// SPDX-License-Identifier: MIT
#include "selftest_case.hpp"

#include <array>
#include <utility>

namespace culvert::mqtt::selftest {
namespace {

std::string received(const Seen& seen) {
  return "; the server got " + std::to_string(seen.application.size()) + " bytes of the application's";
}

/// An empty reason is found in every text: then any refusal will do.
bool says(const std::string& words, std::string_view reason) { return words.find(reason) != std::string::npos; }

}  // namespace

TlsOptions Files::trusting() const {
  TlsOptions options;
  options.ca = ca.path();
  return options;
}

std::string Files::readable(std::string words) const {
  const std::array<std::pair<const MemoryFile*, const char*>, 11> names{{
      {&ca, "ca.crt"},
      {&crl, "ca.crl"},
      {&stale_crl, "stale.crl"},
      {&forged_crl, "forged.crl"},
      {&client, "client.crt"},
      {&client_key, "client.key"},
      {&other_key, "other.key"},
      {&expired_ca, "expired.crt"},
      {&no_ca, "leaf.crt"},
      {&short_ca, "short.crt"},
      {&empty_ca, "empty.crt"},
  }};
  for (const auto& [file, name] : names) {
    const std::string path = "'" + file->path() + "'";
    const std::string known = "'" + std::string{name} + "'";
    for (std::size_t at = 0; (at = words.find(path, at)) != std::string::npos;) {
      words.replace(at, path.size(), known);
    }
  }
  return words;
}

Finding over_both(const std::function<Finding(Version)>& find) {
  const Finding newer = find(Version::v1_3), older = find(Version::v1_2);
  const bool same = newer.happened == older.happened;
  return {newer.holds && older.holds, newer.happened + (same ? "" : "; over TLS 1.2: " + older.happened)};
}

Finding expect_accepted(const Outcome& outcome, Version version) {
  if (!outcome.accepted) { return {false, (outcome.stuck ? "" : "refused: ") + outcome.words}; }
  const bool understood = outcome.answered && outcome.seen.application == secret;
  const bool as_asked = outcome.words.starts_with(version_text(version));
  std::string happened = "accepted (" + outcome.words + ")";
  if (!as_asked) { happened += ", which is another version"; }
  if (!understood) { happened += ", but what was sent did not arrive as it was" + received(outcome.seen); }
  if (!outcome.broken.empty()) { happened += "; " + outcome.broken; }
  return {understood && as_asked, std::move(happened)};
}

Finding expect_refused(const Outcome& outcome, std::string_view reason) {
  const Seen& seen = outcome.seen;
  if (outcome.accepted) { return {false, "ACCEPTED (" + outcome.words + ")" + received(seen)}; }
  if (outcome.stuck) { return {false, "not refused: " + outcome.words}; }
  const bool silent = seen.application.empty() && !says(seen.raw, secret);
  std::string happened = "refused: " + outcome.words;
  if (!silent) { happened += "; BUT the server got what the application wrote"; }
  if (!says(outcome.words, reason)) { happened += "; BUT the reason should be '" + std::string{reason} + "'"; }
  return {silent && says(outcome.words, reason), std::move(happened)};
}

Finding expect_no_context(const TlsOptions& options, std::string_view reason) {
  try {
    const TlsContext context{options};
  } catch (const TlsError& error) {
    const std::string words = error.what();
    const bool as_expected = says(words, reason);
    return {as_expected,
            "refused: " + words + (as_expected ? "" : "; BUT the reason should be '" + std::string{reason} + "'")};
  }
  return {false, "ACCEPTED: it would be dialled with"};
}

}  // namespace culvert::mqtt::selftest
