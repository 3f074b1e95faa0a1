// SPDX-License-Identifier: MIT
#include "tls_impl.hpp"
#include "tls_pem.hpp"

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

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
  std::copy_n(password.text.data(), length, into);
  return static_cast<int>(length);
}

/// An encrypted key says so in its first line, or in a header of its block.
bool is_encrypted(std::string_view text) {
  return text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

/// Bytes of a private key: overwritten when they go.
class SecretBytes {
 public:
  explicit SecretBytes(std::size_t size) : bytes_(size) {}
  ~SecretBytes() { explicit_bzero(bytes_.data(), bytes_.size()); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  unsigned char* data() noexcept { return bytes_.data(); }
  int size() const noexcept { return static_cast<int>(bytes_.size()); }

 private:
  std::vector<unsigned char> bytes_;
};

struct EccKey {
  ecc_key raw{};
  EccKey() { wc_ecc_init(&raw); }
  ~EccKey() { wc_ecc_free(&raw); }
  EccKey(const EccKey&) = delete;
  EccKey& operator=(const EccKey&) = delete;
};

/// The point that belongs to a private elliptic key, uncompressed; nothing for keys of other kinds.
std::optional<std::string> elliptic_point(std::string_view pem, const std::string& password) {
  SecretBytes der{pem.size()};
  const int length = wc_KeyPemToDer(bytes_of(pem), static_cast<int>(pem.size()), der.data(), der.size(),
                                    password.empty() ? nullptr : password.c_str());
  if (length <= 0) return std::nullopt;
  EccKey key;
  word32 at = 0;
  if (wc_EccPrivateKeyDecode(der.data(), &at, &key.raw, static_cast<word32>(length)) != 0) return std::nullopt;
  std::array<unsigned char, 2 * MAX_ECC_BYTES + 1> point{};
  auto size = static_cast<word32>(point.size());
  if (wc_ecc_make_pub(&key.raw, nullptr) != 0) return std::nullopt;
  if (wc_ecc_export_x963(&key.raw, point.data(), &size) != 0) return std::nullopt;
  return std::string{reinterpret_cast<const char*>(point.data()), size};
}

/// A certificate may hold its point compressed: the first coordinate, and whether the second is odd.
std::string compressed(const std::string& point) {
  const bool odd = (static_cast<unsigned char>(point.back()) & 1U) != 0;
  return (odd ? "\x03" : "\x02") + point.substr(1, point.size() / 2);
}

/// wolfSSL's own check looks only at the curve of an elliptic key, and takes any other key on it.
bool fits(WOLFSSL_CTX* ctx, std::string_view pem, const std::string& password, const Certificate& certificate) {
  if (wolfSSL_CTX_check_private_key(ctx) != WOLFSSL_SUCCESS) return false;
  const auto point = elliptic_point(pem, password);
  if (!point) return true;
  const std::string_view shown = public_key_bits(certificate);
  return shown == *point || shown == compressed(*point);
}

}  // namespace

Certificate use_certificate(WOLFSSL_CTX* ctx, const std::string& path) {
  const FileText file{path};
  std::vector<Certificate> chain;
  for (const std::string& block : pem_blocks(file.text(), pem_certificate, path)) {
    auto certificate = read_certificate(block);
    if (!certificate) throw TlsError{"tls.cert: a certificate in '" + path + "' is damaged (not X.509)"};
    chain.push_back(std::move(*certificate));
  }
  const int answer = wolfSSL_CTX_use_certificate_chain_buffer_format(
      ctx, bytes_of(file.text()), static_cast<long>(file.text().size()), WOLFSSL_FILETYPE_PEM);
  if (answer != WOLFSSL_SUCCESS) throw TlsError{"tls.cert: '" + path + "': " + wolfssl_words(answer)};
  return chain.front();
}

void use_key(WOLFSSL_CTX* ctx, const std::string& path, const std::string& password, const Certificate& certificate) {
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
  if (!fits(ctx, file.text(), password, certificate)) {
    throw TlsError{place + " does not fit the certificate in tls.cert"};
  }
}

}  // namespace culvert::mqtt
