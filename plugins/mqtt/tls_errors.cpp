// SPDX-License-Identifier: MIT
#include "tls_authority.hpp"
#include "tls_impl.hpp"

#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <algorithm>
#include <array>
#include <string>

namespace culvert::mqtt {
namespace {

/// Balances wolfSSL_Init; the last use of the library is before static objects go.
class Library {
 public:
  Library() {
    if (wolfSSL_Init() != WOLFSSL_SUCCESS) throw TlsError{"cannot set wolfSSL up"};
  }
  ~Library() { wolfSSL_Cleanup(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

struct AlertName {
  int code;
  const char* name;
  const char* advice;
};

constexpr std::array<AlertName, 18> alerts{{
    {handshake_failure, "handshake failure", "no cipher suite or certificate in common"},
    {bad_certificate, "bad certificate", "it refuses tls.cert"},
    {unsupported_certificate, "unsupported certificate", "it refuses tls.cert"},
    {certificate_revoked, "certificate revoked", "it refuses tls.cert"},
    {certificate_expired, "certificate expired", "it refuses tls.cert"},
    {certificate_unknown, "certificate unknown", "it refuses tls.cert"},
    {unknown_ca, "unknown ca", "it does not know the authority of tls.cert"},
    {access_denied, "access denied", "it refuses tls.cert"},
    {certificate_required, "certificate required", "set tls.cert and tls.key"},
    {wolfssl_alert_protocol_version, "protocol version", "it speaks none from tls.min_version to tls.max_version"},
    {insufficient_security, "insufficient security", "no cipher suite in common"},
    {unrecognized_name, "unrecognized name", "it does not serve this name, see tls.server_name"},
    {no_application_protocol, "no application protocol", "it knows none of the protocols in tls.alpn"},
    {decrypt_error, "decrypt error", "a signature was wrong"},
    {illegal_parameter, "illegal parameter", ""},
    {decode_error, "decode error", ""},
    {unexpected_message, "unexpected message", ""},
    {internal_error, "internal error", "see the broker's log"},
}};

/// OpenSSL's codes, which this build hands to the verify callback, as wolfSSL's own.
int own_code(int code) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
      return ASN_AFTER_DATE_E;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
      return ASN_BEFORE_DATE_E;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return ASN_NO_SIGNER_E;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return ASN_SIG_CONFIRM_E;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return ASN_PATHLEN_SIZE_E;
    case X509_V_ERR_CERT_REVOKED:
      return CRL_CERT_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return CRL_MISSING;
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
      return ASN_CRL_CONFIRM_E;
    default:
      return code;
  }
}

std::string date_words(int code, const Certificate& certificate, const std::string& subject) {
  const std::int64_t now = wall_clock_s();
  if (code == ASN_AFTER_DATE_E) return subject + " expired " + distance_words(certificate.not_after, now);
  return subject + " is not valid yet: it starts " + distance_words(certificate.not_before, now) +
         " (is this box's clock right?)";
}

std::string signer_words(std::span<const Certificate> chain, std::size_t place, const std::string& subject,
                         std::string_view authority) {
  const Certificate& certificate = chain[place];
  std::string fact = subject + " is not signed by an authority in " + std::string{authority};
  if (certificate.self_issued()) return fact + " (it is self-signed)";
  for (const Certificate& other : chain) {
    const bool is_issuer = other.subject == certificate.issuer;
    if (is_issuer && !other.is_ca) return fact + " (its issuer '" + other.subject_text + "' is no authority itself)";
  }
  if (certificate.issuer_text.empty()) return fact;
  return fact + " (its issuer is '" + certificate.issuer_text + "')";
}

/// wolfSSL calls a list that it cannot use missing as well.
std::string lookup_words(const Certificate& certificate, const TlsContextData& context) {
  const auto& known = context.crl_issuers;
  const std::string list = "revocation list of '" + certificate.issuer_text + "'";
  if (std::find(known.begin(), known.end(), certificate.issuer) != known.end()) {
    return "the " + list + " in " + context.crl + " is not signed by it";
  }
  return context.crl + " holds no " + list + " (tls.crl needs one of every authority above the broker)";
}

}  // namespace

void use_wolfssl() { static const Library library; }

std::string wolfssl_words(int code) {
  std::array<char, WOLFSSL_MAX_ERROR_SZ> text{};
  wolfSSL_ERR_error_string_n(static_cast<unsigned long>(code), text.data(), text.size());
  return "wolfSSL says '" + std::string{text.data()} + "' (" + std::to_string(code) + ")";
}

std::string verification_words(int code, std::span<const Certificate> chain, std::size_t place,
                               const TlsContextData& context) {
  const Certificate& certificate = chain[place];
  const std::string subject =
      place == 0 ? "certificate" : "intermediate certificate '" + certificate.subject_text + "'";
  switch (own_code(code)) {
    case ASN_AFTER_DATE_E:
    case ASN_BEFORE_DATE_E:
      return date_words(own_code(code), certificate, subject);
    case ASN_NO_SIGNER_E:
    case ASN_SELF_SIGNED_E:
      return signer_words(chain, place, subject, context.authority);
    case ASN_SIG_CONFIRM_E:
      return subject + " has a false signature: '" + certificate.issuer_text + "' did not make it";
    case ASN_PATHLEN_SIZE_E:
    case ASN_PATHLEN_INV_E:
      return subject + " is below an authority that may not have it there (path length)";
    case EXTKEYUSAGE_E:
    case EXTKEYUSE_AUTH_E:
      return subject + " is not for servers (its extended key usage lacks serverAuth)";
    case CRL_CERT_REVOKED:
      return subject + " was revoked by '" + certificate.issuer_text + "' (the list is in " + context.crl + ")";
    case CRL_MISSING:
    case ASN_CRL_CONFIRM_E:
    case ASN_CRL_NO_SIGNER_E:
      return subject + " cannot be looked up: " + lookup_words(certificate, context);
    case RSA_KEY_SIZE_E:
    case ECC_KEY_SIZE_E:
      return subject + " " + short_key_words(certificate);
    default:
      return subject + " is not valid: " + wolfssl_words(code);
  }
}

std::string handshake_words(int code, TlsVersion min_version) {
  const std::string lowest = min_version == TlsVersion::v1_3 ? "1.3" : "1.2";
  switch (code) {
    case VERSION_ERROR:
      return "the broker speaks only TLS versions below " + lowest;
    case MATCH_SUITE_ERROR:
    case UNSUPPORTED_SUITE:
      return "the broker chose a cipher suite that was not offered";
    case UNKNOWN_ALPN_PROTOCOL_NAME_E:
      return "the broker chose a protocol that was not offered (ALPN)";
    case DH_KEY_SIZE_E:
      return "the broker's finite field is too small for the key exchange, at least 2048 bits are needed";
    case VERIFY_SIGN_ERROR:
      return "the broker does not have the key of the certificate that it shows (a signature in the handshake is "
             "false)";
    case UNKNOWN_RECORD_TYPE:
      return "the answer is not TLS (is this the broker's TLS port?)";
    default:
      return "TLS handshake failed: " + wolfssl_words(code);
  }
}

std::string alert_words(int code) {
  for (const AlertName& alert : alerts) {
    if (alert.code != code) continue;
    const std::string advice{alert.advice};
    return "alert '" + std::string{alert.name} + "'" + (advice.empty() ? "" : " (" + advice + ")");
  }
  return "alert " + std::to_string(code);
}

}  // namespace culvert::mqtt
