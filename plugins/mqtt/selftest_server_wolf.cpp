// SPDX-License-Identifier: MIT
#include "selftest.hpp"
#include "selftest_server.hpp"
#include "tls_impl.hpp"

#include <wolfssl/wolfcrypt/dh.h>

#include <algorithm>
#include <array>

namespace culvert::mqtt::selftest {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void need(int answer, const std::string& what) {
  if (answer != WOLFSSL_SUCCESS) { throw CannotPlay{"wolfSSL cannot " + what + ": " + wolfssl_words(answer)}; }
}

WOLFSSL_METHOD* method_of(Version version) {
  switch (version) {
    case Version::v1_3:
      return wolfTLSv1_3_server_method();
    case Version::v1_2:
      return wolfTLSv1_2_server_method();
    default:
      return wolfSSLv23_server_method();  // and turned down below: the plugin must load where the old ones are gone
  }
}

bool is_built_in([[maybe_unused]] Version version) {
#if defined(NO_OLD_TLS)
  if (version == Version::v1_1) { return false; }
#endif
#if defined(NO_OLD_TLS) || !defined(WOLFSSL_ALLOW_TLSV10)
  if (version == Version::v1_0) { return false; }
#endif
  return true;
}

WolfContext make_context(const Manner& manner) {
  if (!is_built_in(manner.version)) {
    throw CannotPlay{"this wolfSSL is built without " + version_text(manner.version)};
  }
  use_wolfssl();
  WolfContext ctx{wolfSSL_CTX_new(method_of(manner.version))};
  if (!ctx) { throw CannotPlay{"wolfSSL has no memory for a server"}; }
  if (manner.version < Version::v1_2) {
    const int lowest = manner.version == Version::v1_1 ? WOLFSSL_TLSV1_1 : WOLFSSL_TLSV1;
    need(wolfSSL_CTX_SetMinVersion(ctx.get(), lowest), "speak " + version_text(manner.version));
    wolfSSL_CTX_set_options(ctx.get(), WOLFSSL_OP_NO_TLSv1_3 | WOLFSSL_OP_NO_TLSv1_2);
    if (manner.version == Version::v1_0) { wolfSSL_CTX_set_options(ctx.get(), WOLFSSL_OP_NO_TLSv1_1); }
  }
  return ctx;
}

void set_identity(WOLFSSL_CTX* ctx, const Manner& manner) {
  if (manner.chain.empty()) {
    const DhParams* group = wc_Dh_ffdhe2048_Get();
    need(wolfSSL_CTX_SetTmpDH(ctx, group->p, static_cast<int>(group->p_len), group->g, static_cast<int>(group->g_len)),
         "exchange keys without a certificate");
    return;
  }
  const auto size = static_cast<long>(manner.chain.size());
  need(wolfSSL_CTX_use_certificate_chain_buffer_format(ctx, bytes_of(manner.chain), size, WOLFSSL_FILETYPE_PEM),
       "show this certificate");
  const auto key_size = static_cast<long>(manner.key.size());
  need(wolfSSL_CTX_use_PrivateKey_buffer(ctx, bytes_of(manner.key), key_size, WOLFSSL_FILETYPE_PEM),
       "use this certificate's key");
}

void ask_clients(WOLFSSL_CTX* ctx, std::string_view authorities) {
  if (authorities.empty()) { return; }
  const auto size = static_cast<long>(authorities.size());
  need(wolfSSL_CTX_load_verify_buffer(ctx, bytes_of(authorities), size, WOLFSSL_FILETYPE_PEM), "ask for a certificate");
  wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

class WolfServer : public Server {
 public:
  WolfServer(Descriptor end, const Manner& manner)
      : Server{std::move(end)}, ctx_{make_context(manner)}, protocol_{manner.protocol} {
    if (!protocol_.empty()) { wolfSSL_CTX_set_alpn_select_cb(ctx_.get(), choose_protocol, &protocol_); }
    if (!manner.suites.empty()) {
      need(wolfSSL_CTX_set_cipher_list(ctx_.get(), manner.suites.c_str()), "offer " + manner.suites);
    }
    set_identity(ctx_.get(), manner);
    ask_clients(ctx_.get(), manner.asks_clients_of);
    (void)wolfSSL_CTX_clear_mode(ctx_.get(), SSL_MODE_AUTO_RETRY);
    ssl_.reset(wolfSSL_new(ctx_.get()));
    if (!ssl_) { throw CannotPlay{"wolfSSL has no memory for a server"}; }
    wolfSSL_SSLSetIORecv(ssl_.get(), give);
    wolfSSL_SSLSetIOSend(ssl_.get(), take);
    wolfSSL_SetIOReadCtx(ssl_.get(), this);
    wolfSSL_SetIOWriteCtx(ssl_.get(), this);
  }

 private:
  static int give(WOLFSSL* /*ssl*/, char* into, int size, void* context) noexcept {
    auto& self = *static_cast<WolfServer*>(context);
    const std::size_t count =
        std::min(self.seen_.raw.size() - self.given_, static_cast<std::size_t>(std::max(size, 0)));
    if (count == 0) { return WOLFSSL_CBIO_ERR_WANT_READ; }
    self.seen_.raw.copy(into, count, self.given_);
    self.given_ += count;
    return static_cast<int>(count);
  }

  static int take(WOLFSSL* /*ssl*/, char* from, int size, void* context) noexcept {
    static_cast<WolfServer*>(context)->seen_.sent.append(from, static_cast<std::size_t>(size));
    return size;
  }

  static int choose_protocol(WOLFSSL* /*ssl*/, const unsigned char** ret_name, unsigned char* ret_size,
                             const unsigned char* /*offered*/, unsigned /*offered_size*/, void* context) noexcept {
    const auto& name = *static_cast<const std::string*>(context);
    *ret_name = bytes_of(name);
    *ret_size = static_cast<unsigned char>(name.size());
    return 0;
  }

  void serve() override {
    if (failed_) { return; }
    if (!seen_.shook_hands) {
      const int answer = wolfSSL_accept(ssl_.get());
      if (answer != WOLFSSL_SUCCESS) { return note(answer); }
      seen_.shook_hands = true;
    }
    std::array<char, 1024> part{};
    for (;;) {
      const int got = wolfSSL_read(ssl_.get(), part.data(), static_cast<int>(part.size()));
      if (got <= 0) { return note(got); }
      seen_.application.append(part.data(), static_cast<std::size_t>(got));
      if (seen_.application != secret) { continue; }
      (void)wolfSSL_write(ssl_.get(), greeting.data(), static_cast<int>(greeting.size()));
    }
  }

  void note(int answer) {
    failed_ = wolfSSL_get_error(ssl_.get(), answer) != WOLFSSL_ERROR_WANT_READ;
    if (WOLFSSL_X509* certificate = wolfSSL_get_peer_certificate(ssl_.get())) {
      seen_.client_certificate = true;
      wolfSSL_X509_free(certificate);
    }
  }

  WolfContext ctx_;
  WolfSession ssl_;
  std::string protocol_;
  std::size_t given_ = 0;  ///< of `seen_.raw`
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Server> play(Descriptor end, const Manner& manner) {
  return std::make_unique<WolfServer>(std::move(end), manner);
}

}  // namespace culvert::mqtt::selftest

namespace culvert::mqtt {

std::string tls_library() { return std::string{"wolfSSL "} + wolfSSL_lib_version(); }

}  // namespace culvert::mqtt
