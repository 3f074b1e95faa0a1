// SPDX-License-Identifier: MIT
#include "selftest_doubles.hpp"

#include "tls.hpp"
#include "tls_exchange.hpp"
#include "tls_policy.hpp"

#include <sys/socket.h>

#include <cstring>
#include <set>
#include <string>
#include <utility>

extern "C" void drop_session(void* session) asm("wolfSSL_SESSION_free");

namespace {

std::set<std::string_view> gone;

bool holds(std::string_view rule) { return !gone.contains(rule); }

int connector_end = -1;  ///< of the newest pair of sockets
void* kept_session = nullptr;
void* kept_of = nullptr;  ///< the context that it belongs to

void forget_session() {
  if (kept_session != nullptr) { drop_session(std::exchange(kept_session, nullptr)); }
}

constexpr int wolfssl_success = 1;

}  // namespace

Without::Without(std::initializer_list<std::string_view> rules) { gone = rules; }
Without::~Without() {
  gone.clear();
  forget_session();
}

// wolfSSL's own types stay out of here: a pointer is a pointer.
#define DOUBLE_OF(result_, name_, symbol_, ...)               \
  result_ name_##_real(__VA_ARGS__) asm("__real_" symbol_);   \
  result_ name_##_double(__VA_ARGS__) asm("__wrap_" symbol_); \
  result_ name_##_double(__VA_ARGS__)

extern "C" {

DOUBLE_OF(int, unload, "wolfSSL_CTX_Unload_trust_peers", void* ctx) {
  return holds("peers are forgotten") ? unload_real(ctx) : wolfssl_success;
}

/// The server's lists are left alone: only the connector's begins so.
DOUBLE_OF(int, suites, "wolfSSL_CTX_set_cipher_list", void* ctx, const char* list) {
  const bool ours = std::strncmp(list, "TLS13-CHACHA20", 14) == 0;
  return ours && !holds("own suites") ? wolfssl_success : suites_real(ctx, list);
}

DOUBLE_OF(int, lowest, "wolfSSL_CTX_SetMinVersion", void* ctx, int version) {
  return holds("lowest version") ? lowest_real(ctx, version) : wolfssl_success;
}

/// What the connector compares with its own list; the library's number of TLS 1.2 is 3.
DOUBLE_OF(int, version, "wolfSSL_GetVersion", const void* ssl) {
  const int found = version_real(ssl);
  return !holds("lowest version") && found < 3 ? 3 : found;
}

DOUBLE_OF(int, rsa, "wolfSSL_CTX_SetMinRsaKey_Sz", void* ctx, short bits) {
  return holds("key sizes") ? rsa_real(ctx, bits) : wolfssl_success;
}

DOUBLE_OF(int, ecc, "wolfSSL_CTX_SetMinEccKey_Sz", void* ctx, short bits) {
  return holds("key sizes") ? ecc_real(ctx, bits) : wolfssl_success;
}

DOUBLE_OF(int, sigalgs, "wolfSSL_CTX_set1_sigalgs_list", void* ctx, const char* list) {
  return holds("own signature algorithms") ? sigalgs_real(ctx, list) : wolfssl_success;
}

DOUBLE_OF(int, groups, "wolfSSL_CTX_UseSupportedCurve", void* ctx, unsigned short group) {
  return holds("own groups") ? groups_real(ctx, group) : wolfssl_success;
}

DOUBLE_OF(int, messages, "wolfSSL_set_msg_callback", void* ssl, void* callback) {
  return holds("key exchanges are seen") ? messages_real(ssl, callback) : wolfssl_success;
}

DOUBLE_OF(int, sni, "wolfSSL_UseSNI", void* ssl, unsigned char type, const void* name, unsigned short size) {
  if (!holds("server name for names")) { return wolfssl_success; }
  return sni_real(ssl, type, name, size);
}

DOUBLE_OF(int, domain, "wolfSSL_check_domain_name", void* ssl, const char* name) {
  return holds("names") ? domain_real(ssl, name) : wolfssl_success;
}

DOUBLE_OF(int, address, "wolfSSL_X509_VERIFY_PARAM_set1_ip_asc", void* param, const char* text) {
  return holds("names") ? address_real(param, text) : wolfssl_success;
}

/// The one thing that a key which fits no certificate is noticed by, once the library's own look at the curve is over.
DOUBLE_OF(int, own_point, "wc_ecc_make_pub", void* key, void* point) {
  return holds("client keys fit") ? own_point_real(key, point) : -1;
}

// Of the library, for doubles that do more than they should.
void* context_of(void* ssl) asm("wolfSSL_get_SSL_CTX");
void* get_session(void* ssl) asm("wolfSSL_get1_session");
int set_session(void* ssl, void* session) asm("wolfSSL_set_session");
using Verify = int (*)(void*, const unsigned char*, unsigned, const unsigned char*, unsigned, const unsigned char*,
                       unsigned, int* ret_is_good, void*);
void verify_ecdsa_by(void* ctx, Verify verify) asm("wolfSSL_CTX_SetEccVerifyCb");

DOUBLE_OF(int, client_connect, "wolfSSL_connect", void* ssl) {
  if (!holds("no resumption") && kept_session != nullptr && kept_of == context_of(ssl)) {
    set_session(ssl, kept_session);
  }
  if (!holds("no server name for addresses")) { sni_real(ssl, 0, "192.0.2.1", 9); }
  if (!holds("ecdsa signatures")) {
    verify_ecdsa_by(context_of(ssl), [](void*, auto, auto, auto, auto, auto, auto, int* ret_is_good, void*) {
      *ret_is_good = 1;
      return 0;
    });
  }
  return client_connect_real(ssl);
}

/// A client that keeps the session of its last connection, for the next one of the same context.
DOUBLE_OF(int, client_end, "wolfSSL_shutdown", void* ssl) {
  if (!holds("no resumption")) {
    forget_session();
    kept_session = get_session(ssl);
    kept_of = context_of(ssl);
  }
  return client_end_real(ssl);
}

DOUBLE_OF(int, pair, "socketpair", int domain, int type, int protocol, int* ends) {
  const int answer = pair_real(domain, type, protocol, ends);
  connector_end = ends[0];
  return answer;
}

}  // extern "C"

namespace culvert::mqtt {

// The connector's own, by the names that 64-bit compilers give them.

DOUBLE_OF(void, make_context, "_ZN7culvert4mqtt10TlsContextC1ERKNS0_10TlsOptionsE", TlsContext* self,
          const TlsOptions& options) {
  forget_session();
  TlsOptions changed = options;
  if (!holds("certificates")) { changed.insecure_skip_verify = true; }
  if (!holds("lowest option")) { changed.min_version = "1.2"; }
  if (!holds("server name is chosen")) { changed.server_name.clear(); }
  if (!holds("revocation lists")) { changed.crl.clear(); }
  if (!holds("pins")) { changed.pins.clear(); }
  if (!holds("protocols")) { changed.alpn.clear(); }
  if (!holds("client certificates are shown")) { changed.cert = changed.key = {}; }
  make_context_real(self, changed);
}

/// Without the rule the text goes out as it is, whatever came of the handshake.
DOUBLE_OF(TlsSession::Status, write, "_ZN7culvert4mqtt10TlsSession5writeESt4spanIKcLm18446744073709551615EERm",
          TlsSession* self, std::span<const char> from, std::size_t& ret_written) {
  if (!holds("silence")) { (void)::send(connector_end, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL); }
  return write_real(self, from, ret_written);
}

DOUBLE_OF(void, name_rule, "_ZN7culvert4mqtt12require_nameERKNS0_11CertificateERKNS0_8PeerNameE",
          const Certificate& leaf, const PeerName& peer) {
  if (!holds("some brokers are right")) { throw TlsError{"no broker at all"}; }
  if (holds("names")) { name_rule_real(leaf, peer); }
}

/// Without the rule each one was signed as a good one is.
DOUBLE_OF(std::optional<KeyExchange>, exchange_rule,
          "_ZN7culvert4mqtt17read_key_exchangeESt17basic_string_viewIcSt11char_traitsIcEEb", std::string_view message,
          bool is_elliptic) {
  return holds("key exchanges") ? exchange_rule_real(message, is_elliptic) : KeyExchange{23, 0x0403};
}

DOUBLE_OF(void, signature_rule,
          "_ZN7culvert4mqtt25require_strong_signaturesESt4spanIKNS0_11CertificateELm18446744073709551615EERKNS0_"
          "12TrustAnchorsE",
          std::span<const Certificate> chain, const TrustAnchors& anchors) {
  if (holds("strong signatures")) { signature_rule_real(chain, anchors); }
}

DOUBLE_OF(
    void, key_rule,
    "_ZN7culvert4mqtt17require_long_keysESt4spanIKNS0_11CertificateELm18446744073709551615EERKNS0_12TrustAnchorsE",
    std::span<const Certificate> chain, const TrustAnchors& anchors) {
  if (holds("long keys")) { key_rule_real(chain, anchors); }
}

DOUBLE_OF(void, offer_rule,
          "_ZN7culvert4mqtt15require_offeredEtNS0_10TlsVersionESt4spanIKPKNS0_8TlsSuiteELm18446744073709551615EES1_S1_",
          std::uint16_t suite, TlsVersion version, std::span<const TlsSuite* const> offered, TlsVersion min,
          TlsVersion max) {
  if (holds("own suites")) { offer_rule_real(suite, version, offered, min, max); }
}

DOUBLE_OF(std::int64_t, clock, "_ZN7culvert4mqtt12wall_clock_sEv", void) {
  return holds("a clock that is set") ? clock_real() : 0;
}

}  // namespace culvert::mqtt
