// SPDX-License-Identifier: MIT
#include "tls_crl.hpp"

#include "tls.hpp"
#include "tls_authority.hpp"
#include "tls_certificate.hpp"
#include "tls_der.hpp"
#include "tls_pem.hpp"

#include <algorithm>
#include <cstddef>

namespace culvert::mqtt {
namespace {

using namespace std::string_view_literals;

std::string subject_of(const RevocationList& list, const std::string& path) {
  return "the revocation list of '" + list.issuer_text + "' in '" + path + "'";
}

// The critical ones narrow what a list covers, to one reason or to the changes since another list for two. Who reads
// past them takes a revoked certificate for a good one (RFC 5280, section 5.2).
bool has_critical_extension(std::string_view body) {
  const auto list = DerReader{body}.next(der::sequence);
  if (!list) return true;
  DerReader extensions{list->body};
  while (auto extension = extensions.next(der::sequence)) {
    DerReader fields{extension->body};
    (void)fields.next(der::oid);
    const auto critical = fields.next(der::boolean);
    if (critical && critical->body != "\0"sv) return true;
  }
  return !extensions.at_end();
}

// What signed the list stands in the signed part as well, so that nobody can claim another algorithm (5.1.1.2).
bool read_signed_part(std::string_view body, std::string_view claimed, RevocationList& into) {
  DerReader fields{body};
  (void)fields.next(der::integer);  // the version
  const auto algorithm = fields.next(der::sequence);
  const auto issuer = fields.next(der::sequence);
  const auto from = fields.next();
  if (!algorithm || algorithm->whole != claimed || !issuer || !from) return false;
  const auto signature = DerReader{algorithm->body}.next(der::oid);
  const auto this_update = read_time(*from);
  if (!signature || !this_update) return false;
  into.signature_oid = signature->body;
  into.issuer = issuer->whole;
  into.issuer_text = name_text(issuer->body);
  into.this_update = *this_update;
  for (const std::uint8_t tag : {der::utc_time, der::generalized_time}) {
    const auto until = fields.next(tag);
    if (!until) continue;
    into.next_update = read_time(*until);
    if (!into.next_update) return false;
  }
  (void)fields.next(der::sequence);  // what is revoked
  if (const auto extensions = fields.next(der::context(0, true))) {
    into.has_unknown_extension = has_critical_extension(extensions->body);
  }
  return fields.at_end();
}

}  // namespace

std::optional<RevocationList> read_revocation_list(std::string_view bytes) {
  const auto item = read_signed(bytes);
  if (!item) return std::nullopt;
  RevocationList list;
  if (!read_signed_part(item->content, item->algorithm.whole, list)) return std::nullopt;
  list.bytes = bytes;
  return list;
}

std::vector<RevocationList> read_revocation_lists(const std::string& path) {
  const FileText file{path};
  std::vector<RevocationList> lists;
  for (const std::string& block : pem_blocks(file.text(), pem_revocation_list, path)) {
    auto list = read_revocation_list(block);
    if (!list) {
      throw TlsError{"'" + path + "': revocation list " + std::to_string(lists.size() + 1) +
                     " is damaged (not an X.509 CRL)"};
    }
    const bool twice =
        std::any_of(lists.begin(), lists.end(), [&](const auto& one) { return one.issuer == list->issuer; });
    if (twice)
      throw TlsError{"'" + path + "' holds two revocation lists of '" + list->issuer_text + "', one is needed"};
    lists.push_back(std::move(*list));
  }
  return lists;
}

std::string why_unfit(const RevocationList& list, const std::string& path) {
  const std::string subject = subject_of(list, path);
  if (!has_strong_signature(list.signature_oid)) {
    return subject + " is signed with " + std::string{weak_signature_name(list.signature_oid)} +
           ", SHA-256 or better is needed";
  }
  if (list.has_unknown_extension) {
    return subject + " covers only a part of what it revokes (a critical extension says so): a whole list is needed";
  }
  if (!list.next_update) return subject + " does not say until when it holds";
  return {};
}

std::string why_untimely(const RevocationList& list, const std::string& path, std::int64_t now) {
  const std::string subject = subject_of(list, path);
  if (list.next_update && *list.next_update < now) {
    return subject + " expired " + distance_words(*list.next_update, now) + ": a newer one is needed";
  }
  if (list.this_update > now) {
    return subject + " starts " + distance_words(list.this_update, now) + " (is this box's clock right?)";
  }
  return {};
}

}  // namespace culvert::mqtt
