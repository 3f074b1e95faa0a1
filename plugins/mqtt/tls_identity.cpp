// SPDX-License-Identifier: MIT
#include "tls_impl.hpp"
#include "tls_pem.hpp"

#include <algorithm>
#include <cstring>

namespace culvert::mqtt {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct Password {
  const std::string& text;
  bool asked = false;
};

int give_password(char* into, int size, int /*for_writing*/, void* context) noexcept {
  auto& password = *static_cast<Password*>(context);
  password.asked = true;
  const auto length = std::min(password.text.size(), static_cast<std::size_t>(std::max(size, 0)));
  std::memcpy(into, password.text.data(), length);
  return static_cast<int>(length);
}

/// An encrypted key says so in its first line, or in a header of its block.
bool is_encrypted(std::string_view text) {
  return text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

}  // namespace

void use_certificate(WOLFSSL_CTX* ctx, const std::string& path) {
  const FileText file{path};
  for (const std::string& block : certificate_blocks(file.text(), path)) {
    if (!read_certificate(block)) throw TlsError{"tls.cert: a certificate in '" + path + "' is damaged (not X.509)"};
  }
  const int answer = wolfSSL_CTX_use_certificate_chain_buffer_format(
      ctx, bytes_of(file.text()), static_cast<long>(file.text().size()), WOLFSSL_FILETYPE_PEM);
  if (answer != WOLFSSL_SUCCESS) throw TlsError{"tls.cert: '" + path + "': " + wolfssl_words(answer)};
}

void use_key(WOLFSSL_CTX* ctx, const std::string& path, const std::string& password) {
  const FileText file{path};
  const std::string place = "tls.key: '" + path + "'";
  if (file.text().find("PRIVATE KEY-----") == std::string_view::npos) {
    throw TlsError{place + " holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"};
  }
  const bool encrypted = is_encrypted(file.text());
  if (encrypted && password.empty()) throw TlsError{place + " is encrypted (set tls.key_password)"};
  Password context{password};
  wolfSSL_CTX_set_default_passwd_cb(ctx, give_password);
  wolfSSL_CTX_set_default_passwd_cb_userdata(ctx, &context);
  const int answer = wolfSSL_CTX_use_PrivateKey_buffer(ctx, bytes_of(file.text()),
                                                       static_cast<long>(file.text().size()), WOLFSSL_FILETYPE_PEM);
  wolfSSL_CTX_set_default_passwd_cb(ctx, nullptr);
  wolfSSL_CTX_set_default_passwd_cb_userdata(ctx, nullptr);
  if (answer != WOLFSSL_SUCCESS && encrypted) throw TlsError{place + " cannot be opened with this pass phrase"};
  if (answer != WOLFSSL_SUCCESS) throw TlsError{place + ": " + wolfssl_words(answer)};
  if (wolfSSL_CTX_check_private_key(ctx) != WOLFSSL_SUCCESS) {
    throw TlsError{place + " does not fit the certificate in tls.cert"};
  }
}

}  // namespace culvert::mqtt
