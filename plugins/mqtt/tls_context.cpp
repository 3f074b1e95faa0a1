// SPDX-License-Identifier: MIT
#include "tls_authority.hpp"
#include "tls_crl.hpp"
#include "tls_exchange.hpp"
#include "tls_impl.hpp"
#include "tls_pin.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace culvert::mqtt {
namespace {

constexpr short smallest_rsa_bits = 2048;
constexpr short smallest_ecc_bits = 256;
constexpr unsigned short smallest_dh_bits = 2048;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void require(int answer, const char* what) {
  if (answer != WOLFSSL_SUCCESS) throw TlsError{std::string{what} + ": " + wolfssl_words(answer)};
}

WolfContext make_context(TlsVersion min, TlsVersion max) {
  WOLFSSL_METHOD* method = nullptr;
  if (min == TlsVersion::v1_3) {
    method = wolfTLSv1_3_client_method();
  } else if (max == TlsVersion::v1_2) {
    method = wolfTLSv1_2_client_method();
  } else {
    method = wolfTLS_client_method();
  }
  // The method belongs to the context, also when making that fails.
  WolfContext ctx{wolfSSL_CTX_new(method)};
  if (!ctx) throw TlsError{"cannot make a TLS context: out of memory"};
  require(wolfSSL_CTX_SetMinVersion(ctx.get(), min == TlsVersion::v1_3 ? WOLFSSL_TLSV1_3 : WOLFSSL_TLSV1_2),
          "set the lowest TLS version");
  return ctx;
}

void set_suites(WOLFSSL_CTX* ctx, std::span<const TlsSuite* const> suites) {
  std::string list;
  for (const TlsSuite* suite : suites) list += (list.empty() ? "" : ":") + std::string{suite->name};
  require(wolfSSL_CTX_set_cipher_list(ctx, list.c_str()), "set the cipher suites");
}

void set_limits(WOLFSSL_CTX* ctx) {
  require(wolfSSL_CTX_SetMinRsaKey_Sz(ctx, smallest_rsa_bits), "set the smallest RSA key");
  require(wolfSSL_CTX_SetMinEccKey_Sz(ctx, smallest_ecc_bits), "set the smallest elliptic key");
  require(wolfSSL_CTX_SetMinDhKey_Sz(ctx, smallest_dh_bits), "set the smallest group of a finite field");
  // Without these the offer holds SHA-1 and a curve of 224 bits.
  require(wolfSSL_CTX_set1_sigalgs_list(ctx, std::string{signature_names}.c_str()), "set the signature algorithms");
  for (const std::uint16_t group : key_groups) {
    require(wolfSSL_CTX_UseSupportedCurve(ctx, group), "set the groups for the key exchange");
  }
  // A session of one node must never resume another's.
  (void)wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_OFF);
  require(wolfSSL_CTX_NoTicketTLSv12(ctx), "turn session tickets off");
  (void)wolfSSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
}

void load_authority(WOLFSSL_CTX* ctx, const std::string& der, const std::string& what) {
  const int answer =
      wolfSSL_CTX_load_verify_buffer(ctx, bytes_of(der), static_cast<long>(der.size()), WOLFSSL_FILETYPE_ASN1);
  if (answer != WOLFSSL_SUCCESS) throw TlsError{what + ": " + wolfssl_words(answer)};
}

/// This package takes each loaded authority for a trusted *peer* as well, and knows such a peer again by name, key id
/// and signature bytes, without verifying anything (CVE-2026-93302). So forget the peers after the last load.
void forget_trusted_peers(WOLFSSL_CTX* ctx) {
  if (wolfSSL_CTX_Unload_trust_peers(ctx) != 1) throw TlsError{"cannot close wolfSSL's trusted peer table"};
}

void load_file(TlsContextData& data, const std::string& path) {
  const std::int64_t now = wall_clock_s();
  const AuthorityFile file = read_authorities(path, now);
  if (!file.refused.empty()) throw TlsError{"tls.ca: " + file.refused.front()};
  if (file.usable.empty()) {
    const auto& last = *std::max_element(file.expired.begin(), file.expired.end(),
                                         [](const auto& a, const auto& b) { return a.not_after < b.not_after; });
    throw TlsError{"tls.ca: '" + last.subject_text + "' in '" + path + "' expired " +
                   distance_words(last.not_after, now)};
  }
  for (const Authority& authority : file.usable) {
    load_authority(data.ctx.get(), authority.bytes,
                   "tls.ca: '" + authority.certificate.subject_text + "' in '" + path + "'");
    data.anchors.add(authority.certificate);
  }
  data.authority = "'" + path + "'";
}

/// Of the system's many, those that do not fit our rules are passed over: they are nobody's mistake here.
void load_system_store(TlsContextData& data) {
  const std::string path = system_bundle();
  try {
    for (const Authority& authority : read_authorities(path, wall_clock_s()).usable) {
      const auto& der = authority.bytes;
      const int answer = wolfSSL_CTX_load_verify_buffer(data.ctx.get(), bytes_of(der), static_cast<long>(der.size()),
                                                        WOLFSSL_FILETYPE_ASN1);
      if (answer == WOLFSSL_SUCCESS) data.anchors.add(authority.certificate);
    }
  } catch (const TlsError& error) { throw TlsError{std::string{"the system's trust store: "} + error.what()}; }
  if (data.anchors.empty()) throw TlsError{"the system's trust store '" + path + "' holds no usable authority"};
  data.authority = "the system's trust store ('" + path + "')";
}

void load_authorities(TlsContextData& data, const std::string& path) {
  if (path.empty()) {
    load_system_store(data);
  } else {
    load_file(data, path);
  }
  forget_trusted_peers(data.ctx.get());
}

/// A list goes in as it is and is verified when it is looked into: the intermediate that signed it comes with the
/// broker's certificate. Never together with OCSP, which would make wolfSSL skip the lists (CVE-2026-94417).
void load_revocation_lists(TlsContextData& data, const std::string& path) {
  if (path.empty()) return;
  const std::int64_t now = wall_clock_s();
  WOLFSSL_X509_STORE* store = wolfSSL_CTX_get_cert_store(data.ctx.get());
  for (const RevocationList& list : read_revocation_lists(path)) {
    std::string why = why_unfit(list, path);
    if (why.empty()) why = why_untimely(list, path, now);
    if (!why.empty()) throw TlsError{"tls.crl: " + why};
    const std::unique_ptr<WOLFSSL_X509_CRL, FreeWith<wolfSSL_X509_CRL_free>> read{
        wolfSSL_d2i_X509_CRL(nullptr, bytes_of(list.bytes), static_cast<int>(list.bytes.size()))};
    if (!read || wolfSSL_X509_STORE_add_crl(store, read.get()) != WOLFSSL_SUCCESS) {
      throw TlsError{"tls.crl: the revocation list of '" + list.issuer_text + "' in '" + path + "' cannot be loaded"};
    }
    data.crl_issuers.push_back(list.issuer);
  }
  require(wolfSSL_CTX_EnableCRL(data.ctx.get(), WOLFSSL_CRL_CHECKALL), "turn revocation lists on");
  data.crl = "'" + path + "'";
}

void load_identity(WOLFSSL_CTX* ctx, const TlsOptions& options) {
  if (options.cert.empty() && options.key.empty()) return;
  if (options.key.empty()) throw TlsError{"tls.cert needs tls.key beside it"};
  if (options.cert.empty()) throw TlsError{"tls.key needs tls.cert beside it"};
  const Certificate certificate = use_certificate(ctx, options.cert);
  use_key(ctx, options.key, options.key_password, certificate);
}

}  // namespace

TlsContext::TlsContext(const TlsOptions& options) : parts_{std::make_unique<Parts>()} {
  use_wolfssl();
  auto data = std::make_shared<TlsContextData>();
  const TlsVersion min = parse_version(options.min_version, "tls.min_version");
  const TlsVersion max = parse_version(options.max_version, "tls.max_version");
  if (min > max) throw TlsError{"tls.min_version is above tls.max_version"};
  data->suites = choose_suites(options.ciphers, min, max);
  // wolfSSL keeps its sixty defaults for a version that the list does not name, so such a version is not spoken.
  const auto [lowest, highest] =
      std::minmax_element(data->suites.begin(), data->suites.end(),
                          [](const TlsSuite* a, const TlsSuite* b) { return a->version < b->version; });
  data->min_version = (*lowest)->version;
  data->max_version = (*highest)->version;
  data->ctx = make_context(data->min_version, data->max_version);
  data->server_name = options.server_name;
  data->verify = !options.insecure_skip_verify;
  WOLFSSL_CTX* ctx = data->ctx.get();
  set_suites(ctx, data->suites);
  set_limits(ctx);
  wolfSSL_CTX_set_verify(ctx, data->verify ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE, nullptr);
  for (const std::string& pin : options.pins) data->pins.push_back(read_pin(pin));
  require_protocol_names(options.alpn);
  data->alpn = options.alpn;
  if (data->verify) {
    load_authorities(*data, options.ca);
    load_revocation_lists(*data, options.crl);
  }
  load_identity(ctx, options);
  parts_->data = std::move(data);
}

TlsContext::~TlsContext() = default;
TlsContext::TlsContext(TlsContext&&) noexcept = default;
TlsContext& TlsContext::operator=(TlsContext&&) noexcept = default;

}  // namespace culvert::mqtt
