// SPDX-License-Identifier: MIT
// A server of TLS 1.2 as far as its key exchange, signed in a way that no library would be talked into.
#include "selftest_server.hpp"
#include "tls_certificate.hpp"
#include "tls_impl.hpp"
#include "tls_pem.hpp"
#include "wire.hpp"

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/random.h>

#include <array>

namespace culvert::mqtt::selftest {
namespace {

constexpr unsigned tls_1_2 = 0x0303, ecdhe_ecdsa_aes_128_gcm = 0xc02b, ecdsa = 3;
constexpr unsigned server_hello = 2, certificate = 11, key_exchange = 12, hello_done = 14;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void need(int answer, const char* what) {
  if (answer < 0) { throw CannotPlay{std::string{"wolfSSL cannot "} + what + ": " + wolfssl_words(answer)}; }
}

struct Key {
  ecc_key raw{};
  WC_RNG random{};
  Key() {
    wc_ecc_init(&raw);
    need(wc_InitRng(&random), "make random numbers");
  }
  ~Key() {
    wc_FreeRng(&random);
    wc_ecc_free(&raw);
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
};

std::string signature_of(std::string_view text, std::string_view key_pem, wc_HashType hash) {
  std::string der(key_pem.size(), '\0');
  auto* const into = reinterpret_cast<unsigned char*>(der.data());
  const int der_size =
      wc_KeyPemToDer(bytes_of(key_pem), static_cast<int>(key_pem.size()), into, static_cast<int>(der.size()), nullptr);
  need(der_size, "read a key");
  Key key;
  word32 at = 0;
  need(wc_EccPrivateKeyDecode(into, &at, &key.raw, static_cast<word32>(der_size)), "read a key");
  std::array<unsigned char, WC_MAX_DIGEST_SIZE> digest{};
  const int digest_size = wc_HashGetDigestSize(hash);
  need(digest_size, "make this digest");
  need(wc_Hash(hash, bytes_of(text), static_cast<word32>(text.size()), digest.data(), static_cast<word32>(digest_size)),
       "make this digest");
  std::string signature(ECC_MAX_SIG_SIZE, '\0');
  auto size = static_cast<word32>(signature.size());
  need(wc_ecc_sign_hash(digest.data(), static_cast<word32>(digest_size),
                        reinterpret_cast<unsigned char*>(signature.data()), &size, &key.random, &key.raw),
       "sign with this key");
  signature.resize(size);
  return signature;
}

std::string vector_of_24_bits(std::string_view body) {
  const auto size = static_cast<unsigned>(body.size());
  return WireWriter{}.u8(size >> 16U).u16(size & 0xffffU).raw(body).take();
}

std::string message(unsigned type, std::string_view body) {
  return WireWriter{}.u8(type).raw(vector_of_24_bits(body)).take();
}

class SigningServer : public Server {
 public:
  SigningServer(Descriptor end, const Exchange& exchange) : Server{std::move(end)}, exchange_{exchange} {}

 private:
  void serve() override {
    constexpr std::size_t random_at = 11, random_size = 32;  // after the heads of record and message, and a version
    if (!seen_.sent.empty() || !has_record()) { return; }
    const std::string client_random = seen_.raw.substr(random_at, random_size);
    const std::string random(random_size, 'r');
    const std::string der = pem_blocks(exchange_.chain, pem_certificate, "selftest").front();
    const auto shown = read_certificate(der);
    const auto point_of = read_certificate(pem_blocks(exchange_.point_of, pem_certificate, "selftest").front());
    const std::string_view point = public_key_bits(*point_of);
    const std::string offer =
        WireWriter{}.u8(3).u16(exchange_.group).u8(static_cast<unsigned>(point.size())).raw(point).take();
    const wc_HashType hash = exchange_.hash == 2 ? WC_HASH_TYPE_SHA : WC_HASH_TYPE_SHA256;
    const std::string signature = signature_of(client_random + random + offer, exchange_.key, hash);
    const std::string hello = WireWriter{}.u16(tls_1_2).raw(random).u8(0).u16(ecdhe_ecdsa_aes_128_gcm).u8(0).take();
    const std::string flight =
        message(server_hello, hello) + message(certificate, vector_of_24_bits(vector_of_24_bits(der))) +
        message(key_exchange, WireWriter{}.raw(offer).u8(exchange_.hash).u8(ecdsa).text(signature).take()) +
        message(hello_done, {});
    seen_.sent = WireWriter{}.u8(22).u16(tls_1_2).text(flight).take();
  }
  Exchange exchange_;
};

}  // namespace

std::unique_ptr<Server> play_signing(Descriptor end, const Exchange& exchange) {
  return std::make_unique<SigningServer>(std::move(end), exchange);
}

}  // namespace culvert::mqtt::selftest
