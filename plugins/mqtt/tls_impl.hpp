// SPDX-License-Identifier: MIT
/// What the tls*.cpp files share; the only header with wolfSSL in it. Include it first.
#pragma once

#include "tls.hpp"
#include "tls_certificate.hpp"
#include "tls_policy.hpp"
#include "tls_suites.hpp"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

template <auto Free>
struct FreeWith {
  void operator()(auto* p) const noexcept { Free(p); }
};
using WolfContext = std::unique_ptr<WOLFSSL_CTX, FreeWith<wolfSSL_CTX_free>>;
using WolfSession = std::unique_ptr<WOLFSSL, FreeWith<wolfSSL_free>>;

/// Sets the library up once per process, and takes it down at the end. Throws TlsError.
void use_wolfssl();
/// "wolfSSL: <its own words> (-155)", for what the project has no words of its own for.
std::string wolfssl_words(int code);

/// Everything that a session needs of its context; sessions keep it alive.
struct TlsContextData {
  WolfContext ctx;
  bool verify = true;
  std::string authority;  ///< "'ca.crt'" or "the system's trust store ('...')"
  std::string server_name;
  std::string crl;                       ///< "'crl.pem'"; empty: nothing was asked about revocation
  std::vector<std::string> crl_issuers;  ///< whose lists it holds: the names as DER
  std::vector<std::string> pins;         ///< as `read_pin` makes them
  std::vector<std::string> alpn;
  TrustAnchors anchors;
  std::vector<const TlsSuite*> suites;
  TlsVersion min_version = TlsVersion::v1_2, max_version = TlsVersion::v1_3;
};

struct TlsContext::Parts {
  std::shared_ptr<const TlsContextData> data;
};

/// Loads a client certificate with its chain from a PEM file, and returns the first. Throws TlsError.
Certificate use_certificate(WOLFSSL_CTX* ctx, const std::string& path);
/// Loads its key. Throws TlsError, also when it does not fit `certificate`.
void use_key(WOLFSSL_CTX* ctx, const std::string& path, const std::string& password, const Certificate& certificate);

/// Has the session send the name of `peer` and, with `verify`, look for it in the certificate. Throws TlsError.
void name_peer(WOLFSSL* ssl, const PeerName& peer, bool verify);
/// Has the session ask for one of these protocols (ALPN); none: for nothing. Throws TlsError.
void offer_protocols(WOLFSSL* ssl, std::span<const std::string> names);

/// Why wolfSSL refused the certificate at `place` of what the broker sent; 0 is the broker's own. `code` is one of its
/// error codes or one of OpenSSL's X509_V_ERR_*: this build gives both.
std::string verification_words(int code, std::span<const Certificate> chain, std::size_t place,
                               const TlsContextData& context);
/// Why the handshake failed without a certificate being to blame.
std::string handshake_words(int code, TlsVersion min_version);
/// "alert 'certificate required' (set tls.cert and tls.key)".
std::string alert_words(int code);

}  // namespace culvert::mqtt
