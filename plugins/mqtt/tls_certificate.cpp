// SPDX-License-Identifier: MIT
#include "tls_certificate.hpp"

#include "tls_der.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace culvert::mqtt {
namespace {

using namespace std::string_view_literals;

constexpr auto oid_common_name = "\x55\x04\x03"sv;
constexpr auto oid_organisation = "\x55\x04\x0a"sv;
constexpr auto oid_subject_key_id = "\x55\x1d\x0e"sv;
constexpr auto oid_subject_alt_name = "\x55\x1d\x11"sv;
constexpr auto oid_basic_constraints = "\x55\x1d\x13"sv;
constexpr auto oid_authority_key_id = "\x55\x1d\x23"sv;
constexpr auto oid_elliptic = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr auto oid_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
constexpr auto oid_rsa_pss = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv;
constexpr auto oid_pkcs1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01"sv;  // and one byte more
constexpr auto oid_ecdsa_sha1 = "\x2a\x86\x48\xce\x3d\x04\x01"sv;
constexpr auto oid_ecdsa_sha2 = "\x2a\x86\x48\xce\x3d\x04\x03"sv;  // and one byte more
constexpr auto oid_ed25519 = "\x2b\x65\x70"sv;
constexpr auto oid_ed448 = "\x2b\x65\x71"sv;

constexpr unsigned smallest_rsa_bits = 2048, smallest_elliptic_bits = 256;

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 64;
  std::string out{text.substr(0, longest)};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    // A terminal obeys U+0080 to U+009F as well, which are two bytes each.
    const bool is_high = byte == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0;
    if (is_high) out[i + 1] = '?';
    if (is_high || byte < 0x20 || byte == 0x7f || byte == '\'') out[i] = '?';
  }
  return out;
}

unsigned rsa_bits(std::string_view bits) {
  const auto key = DerReader{bits}.next(der::sequence);
  if (!key) return 0;
  const auto modulus = DerReader{key->body}.next(der::integer);
  if (!modulus) return 0;
  std::string_view digits = modulus->body;
  while (!digits.empty() && digits.front() == '\0') digits.remove_prefix(1);
  return static_cast<unsigned>(digits.size()) * 8;
}

/// SEC 1, section 2.3.3: 4 and two coordinates, or 2 or 3 and one.
unsigned elliptic_bits(std::string_view point) {
  if (point.empty()) return 0;
  const auto coordinates = static_cast<unsigned>(point.size()) - 1;
  return (point.front() == 4 ? coordinates / 2 : coordinates) * 8;
}

void read_key(std::string_view key_info, Certificate& into) {
  DerReader info{key_info};
  const auto algorithm = info.next(der::sequence);
  const auto bits = info.next(der::bit_string);
  if (!algorithm || !bits || bits->body.empty()) return;
  const auto type = DerReader{algorithm->body}.next(der::oid);
  const bool is_rsa = type && (type->body == oid_rsa || type->body == oid_rsa_pss);
  if (is_rsa) into.rsa_bits = rsa_bits(bits->body.substr(1));
  if (type && type->body == oid_elliptic) into.elliptic_bits = elliptic_bits(bits->body.substr(1));
}

void read_alt_names(std::string_view value, Certificate& into) {
  const auto names = DerReader{value}.next(der::sequence);
  if (!names) return;
  DerReader reader{names->body};
  while (auto name = reader.next()) {
    if (name->tag == der::context(2, false)) into.dns_names.emplace_back(name->body);
    const bool address = name->body.size() == 4 || name->body.size() == 16;
    if (name->tag == der::context(7, false) && address) into.addresses.emplace_back(name->body);
  }
}

void read_extension(std::string_view type, std::string_view value, Certificate& into) {
  if (type == oid_subject_alt_name) read_alt_names(value, into);
  if (type == oid_subject_key_id) {
    if (const auto id = DerReader{value}.next(der::octet_string)) into.subject_key_id = id->body;
  }
  const auto inner = DerReader{value}.next(der::sequence);
  if (!inner) return;
  if (type == oid_basic_constraints) {
    const auto flag = DerReader{inner->body}.next(der::boolean);
    into.is_ca = flag && flag->body != "\0"sv;
  }
  if (type == oid_authority_key_id) {
    if (const auto id = DerReader{inner->body}.next(der::context(0, false))) into.authority_key_id = id->body;
  }
}

void read_extensions(std::string_view body, Certificate& into) {
  const auto list = DerReader{body}.next(der::sequence);
  if (!list) return;
  DerReader extensions{list->body};
  while (auto extension = extensions.next(der::sequence)) {
    DerReader fields{extension->body};
    const auto type = fields.next(der::oid);
    (void)fields.next(der::boolean);  // critical or not: wolfSSL's matter
    const auto value = fields.next(der::octet_string);
    if (type && value) read_extension(type->body, value->body, into);
  }
}

/// The fields of the signed part, RFC 5280 4.1. False when one that must be there is not.
bool read_signed_part(std::string_view body, Certificate& into) {
  DerReader fields{body};
  const bool has_version = fields.next(der::context(0, true)).has_value();
  const auto serial = fields.next(der::integer);
  const auto algorithm = fields.next(der::sequence);
  const auto issuer = fields.next(der::sequence);
  const auto validity = fields.next(der::sequence);
  const auto subject = fields.next(der::sequence);
  const auto key = fields.next(der::sequence);
  if (!serial || !algorithm || !issuer || !validity || !subject || !key) return false;
  const auto signature = DerReader{algorithm->body}.next(der::oid);
  DerReader times{validity->body};
  const auto from = times.next();
  const auto until = times.next();
  if (!signature || !from || !until) return false;
  const auto not_before = read_time(*from);
  const auto not_after = read_time(*until);
  if (!not_before || !not_after) return false;
  into.signature_oid = signature->body;
  into.issuer = issuer->whole;
  into.subject = subject->whole;
  into.issuer_text = name_text(issuer->body);
  into.subject_text = name_text(subject->body);
  into.not_before = *not_before;
  into.not_after = *not_after;
  into.public_key = key->whole;
  read_key(key->body, into);
  into.is_ca = !has_version && into.self_issued();
  (void)fields.next(der::context(1, false));  // unique ids, not used since 1996
  (void)fields.next(der::context(2, false));
  if (const auto extensions = fields.next(der::context(3, true))) read_extensions(extensions->body, into);
  return fields.at_end();
}

std::string address_text(const std::string& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.size() == 4 ? AF_INET : AF_INET6;
  return inet_ntop(family, address.data(), text.data(), text.size()) != nullptr ? text.data() : "?";
}

}  // namespace

std::string name_text(std::string_view name) {
  std::string organisation;
  DerReader sets{name};
  while (auto set = sets.next(der::set)) {
    auto pair = DerReader{set->body}.next(der::sequence);
    if (!pair) continue;
    DerReader fields{pair->body};
    const auto type = fields.next(der::oid);
    const auto value = fields.next();
    if (!type || !value) continue;
    if (type->body == oid_common_name) return printable(value->body);
    if (type->body == oid_organisation) organisation = printable(value->body);
  }
  return organisation;
}

std::optional<Certificate> read_certificate(std::string_view bytes) {
  const auto item = read_signed(bytes);
  if (!item) return std::nullopt;
  Certificate certificate;
  if (!read_signed_part(item->content, certificate)) return std::nullopt;
  // The algorithm stands twice; a certificate that names two of them is a trick.
  const auto named = DerReader{item->algorithm.body}.next(der::oid);
  if (!named || named->body != certificate.signature_oid) return std::nullopt;
  return certificate;
}

std::string short_key_words(const Certificate& certificate) {
  const auto words = [](const char* kind, unsigned bits, unsigned least) {
    return std::string{"has "} + kind + " key of " + std::to_string(bits) + " bits, at least " + std::to_string(least) +
           " are needed";
  };
  const unsigned rsa = certificate.rsa_bits, elliptic = certificate.elliptic_bits;
  if (rsa != 0 && rsa < smallest_rsa_bits) return words("an RSA", rsa, smallest_rsa_bits);
  if (elliptic != 0 && elliptic < smallest_elliptic_bits) return words("an elliptic", elliptic, smallest_elliptic_bits);
  return {};
}

std::string_view public_key_bits(const Certificate& certificate) {
  const auto info = DerReader{certificate.public_key}.next(der::sequence);
  if (!info) return {};
  DerReader fields{info->body};
  (void)fields.next(der::sequence);
  const auto bits = fields.next(der::bit_string);
  return bits && !bits->body.empty() ? bits->body.substr(1) : std::string_view{};
}

bool has_strong_signature(std::string_view oid) {
  if (oid == oid_ed25519 || oid == oid_ed448 || oid.empty()) return !oid.empty();
  const std::string_view family = oid.substr(0, oid.size() - 1);
  const char member = oid.back();
  if (family == oid_pkcs1) return member >= 11 && member <= 13;     // sha256, sha384, sha512 with RSA
  if (family == oid_ecdsa_sha2) return member >= 2 && member <= 4;  // ECDSA with the same three
  return false;
}

std::string_view weak_signature_name(std::string_view oid) {
  if (oid == oid_ecdsa_sha1) return "SHA-1";
  if (oid.size() == oid_pkcs1.size() + 1 && oid.substr(0, oid_pkcs1.size()) == oid_pkcs1) {
    if (oid.back() == 2) return "MD2";
    if (oid.back() == 4) return "MD5";
    if (oid.back() == 5) return "SHA-1";
  }
  return "an algorithm that is not allowed";
}

std::string names_of(const Certificate& certificate) {
  constexpr std::size_t most = 4;
  std::vector<std::string> names;
  for (const auto& name : certificate.dns_names) names.push_back(printable(name));
  for (const auto& address : certificate.addresses) names.push_back(address_text(address));
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) { out += (i == 0 ? "'" : ", '") + names[i] + "'"; }
  if (names.size() > most) out += " and " + std::to_string(names.size() - most) + " more";
  return out;
}

}  // namespace culvert::mqtt
