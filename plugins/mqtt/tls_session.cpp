// SPDX-License-Identifier: MIT
#include "tls_exchange.hpp"
#include "tls_impl.hpp"
#include "tls_pin.hpp"

#include <sys/socket.h>
#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>
#include <utility>

namespace culvert::mqtt {

namespace {

using Status = TlsSession::Status;

/// Lives at one address: wolfSSL's callbacks get a pointer to it.
struct SessionState {
  std::shared_ptr<const TlsContextData> context;
  int descriptor;
  PeerName peer;
  std::vector<char> received;  ///< Off the socket and not yet taken by wolfSSL.
  std::size_t received_at = 0;
  bool peer_gone = false;  ///< The socket ended or broke: nothing more will come or go.
  bool verified = false;   ///< The broker's own certificate has passed every rule.
  bool exchanged = false;  ///< Before TLS 1.3: the key exchange was signed as offered.
  bool cut = false;        ///< Nothing more may go out, since the key exchange was not.
  bool finished = false;   ///< The handshake is over and accepted.
  bool failed = false;
  std::vector<Certificate> shown;
  std::string refusal;  ///< The first reason found within the handshake.
  WolfSession ssl;

  void check_key_exchange(std::string_view message);
  void verify(int preverify, const WOLFSSL_X509_STORE_CTX& store);
  void check_negotiated() const;
  void check_shown_key() const;
  void check_protocol() const;
  Status outcome(int answer, bool in_handshake);
};

constexpr std::size_t receive_size = std::size_t{64} << 10;
constexpr int record_size = 16 * 1024;

std::vector<Certificate> read_chain(const WOLFSSL_X509_STORE_CTX& store) {
  std::vector<Certificate> chain;
  for (int i = 0; i < store.totalCerts; ++i) {
    const auto& buffer = store.certs[i];
    auto certificate = read_certificate({reinterpret_cast<const char*>(buffer.buffer), buffer.length});
    if (!certificate) throw TlsError{"certificate " + std::to_string(i + 1) + " of the broker's chain is damaged"};
    chain.push_back(std::move(*certificate));
  }
  return chain;
}

/// wolfSSL calls it for each certificate, authorities first. No exception may pass.
int verify_callback(int preverify, WOLFSSL_X509_STORE_CTX* store) noexcept {
  if (store == nullptr || store->userCtx == nullptr) return 0;
  auto& parts = *static_cast<SessionState*>(store->userCtx);
  try {
    parts.verify(preverify, *store);
    return preverify;
  } catch (const std::exception& error) {
    if (parts.refusal.empty()) parts.refusal = error.what();
    return 0;
  }
}

/// wolfSSL shows each message of a handshake before TLS 1.3 here, whole, and acts on it afterwards. It takes any hash
/// and curve that it knows for the key exchange, offered or not. No exception may pass.
void message_callback(int /*is_written*/, int /*version*/, int content, const void* bytes, std::size_t size,
                      WOLFSSL* /*ssl*/, void* context) noexcept {
  constexpr int handshake_content = 22;
  constexpr char server_key_exchange = 12;
  const std::string_view message{static_cast<const char*>(bytes), size};
  if (content != handshake_content || message.empty() || message.front() != server_key_exchange) return;
  auto& parts = *static_cast<SessionState*>(context);
  try {
    parts.check_key_exchange(message);
  } catch (const std::exception& error) {
    if (parts.refusal.empty()) parts.refusal = error.what();
    parts.cut = true;
  }
}

int receive_callback(WOLFSSL* /*ssl*/, char* into, int size, void* context) noexcept {
  auto& parts = *static_cast<SessionState*>(context);
  if (parts.received_at == parts.received.size()) {
    parts.received_at = 0;
    parts.received.resize(receive_size);  // within its capacity: never allocates
    ssize_t got = 0;
    do {
      got = ::recv(parts.descriptor, parts.received.data(), receive_size, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    parts.received.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return WOLFSSL_CBIO_ERR_WANT_READ;
    if (got <= 0) {
      parts.peer_gone = true;
      return WOLFSSL_CBIO_ERR_CONN_CLOSE;
    }
  }
  const std::size_t count =
      std::min(parts.received.size() - parts.received_at, static_cast<std::size_t>(std::max(size, 0)));
  std::memcpy(into, parts.received.data() + parts.received_at, count);
  parts.received_at += count;
  return static_cast<int>(count);
}

int send_callback(WOLFSSL* /*ssl*/, char* from, int size, void* context) noexcept {
  auto& parts = *static_cast<SessionState*>(context);
  if (parts.cut) return WOLFSSL_CBIO_ERR_GENERAL;
  ssize_t sent = 0;
  do {
    sent = ::send(parts.descriptor, from, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return static_cast<int>(sent);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return WOLFSSL_CBIO_ERR_WANT_WRITE;
  parts.peer_gone = true;
  return WOLFSSL_CBIO_ERR_CONN_CLOSE;
}

TlsVersion negotiated_version(WOLFSSL* ssl) {
  switch (wolfSSL_GetVersion(ssl)) {
    case WOLFSSL_TLSV1_2:
      return TlsVersion::v1_2;
    case WOLFSSL_TLSV1_3:
      return TlsVersion::v1_3;
    default:
      throw TlsError{"the broker chose a TLS version that was not offered"};
  }
}

std::uint16_t negotiated_suite(WOLFSSL* ssl) {
  return static_cast<std::uint16_t>(wolfSSL_get_current_cipher_suite(ssl));
}

/// The fatal alert that the peer sent, or -1.
int fatal_alert(WOLFSSL* ssl) {
  WOLFSSL_ALERT_HISTORY history{};
  if (wolfSSL_get_alert_history(ssl, &history) != WOLFSSL_SUCCESS) return -1;
  return history.last_rx.level == alert_fatal ? history.last_rx.code : -1;
}

void SessionState::check_key_exchange(std::string_view message) {
  const TlsSuite* suite = find_suite(negotiated_suite(ssl.get()));
  const bool is_elliptic = suite == nullptr || suite->name.starts_with("ECDHE");
  const auto exchange = read_key_exchange(message, is_elliptic);
  if (!exchange) throw TlsError{"the broker's key exchange is damaged"};
  require_key_exchange(*exchange);
  exchanged = true;
}

void SessionState::verify(int preverify, const WOLFSSL_X509_STORE_CTX& store) {
  shown = read_chain(store);
  const auto& chain = shown;
  const int depth = store.error_depth;
  if (depth < 0 || static_cast<std::size_t>(depth) >= chain.size()) throw TlsError{"the broker showed no certificate"};
  const auto place = static_cast<std::size_t>(depth);
  if (preverify != 1) {
    const bool is_name = store.error == DOMAIN_NAME_MISMATCH || store.error == IPADDR_MISMATCH;
    if (is_name) require_name(chain[place], peer);
    throw TlsError{verification_words(store.error, chain, place, *context)};
  }
  if (place != 0) return;
  require_name(chain.front(), peer);
  require_strong_signatures(chain, context->anchors);
  require_long_keys(chain, context->anchors);
  require_pin(chain.front(), context->pins);
  verified = true;
}

void SessionState::check_negotiated() const {
  if (!refusal.empty()) throw TlsError{refusal};
  const TlsVersion version = negotiated_version(ssl.get());
  require_offered(negotiated_suite(ssl.get()), version, context->suites, context->min_version, context->max_version);
  if (version == TlsVersion::v1_2 && !exchanged) throw TlsError{"the broker's key exchange was not seen"};
  // An accepted handshake is no proof of a certificate; that ours was called with one is.
  if (context->verify && !verified) throw TlsError{"the broker showed no certificate"};
  if (!context->verify && !context->pins.empty()) check_shown_key();
  if (!context->alpn.empty()) check_protocol();
}

/// Without verification wolfSSL asks nobody about the certificate, and a pin holds all the same.
void SessionState::check_shown_key() const {
  const std::unique_ptr<WOLFSSL_X509, FreeWith<wolfSSL_X509_free>> shown{wolfSSL_get_peer_certificate(ssl.get())};
  int size = 0;
  const unsigned char* der = shown ? wolfSSL_X509_get_der(shown.get(), &size) : nullptr;
  if (der == nullptr) throw TlsError{"the broker showed no certificate"};
  const auto leaf = read_certificate({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  if (!leaf) throw TlsError{"the broker's certificate is damaged"};
  require_pin(*leaf, context->pins);
}

void SessionState::check_protocol() const {
  char* name = nullptr;
  unsigned short size = 0;
  const int answer = wolfSSL_ALPN_GetProtocol(ssl.get(), &name, &size);
  require_protocol(answer == WOLFSSL_SUCCESS ? std::string_view{name, size} : std::string_view{}, context->alpn);
}

/// What an answer of wolfSSL's that is no success means.
Status SessionState::outcome(int answer, bool in_handshake) {
  const int code = wolfSSL_get_error(ssl.get(), answer);
  if (code == WOLFSSL_ERROR_WANT_READ) return Status::want_read;
  if (code == WOLFSSL_ERROR_WANT_WRITE) return Status::want_write;
  failed = true;
  if (in_handshake && !refusal.empty()) throw TlsError{refusal};
  if (const int alert = fatal_alert(ssl.get()); alert >= 0) {
    throw TlsError{"the broker refused the TLS connection: " + alert_words(alert)};
  }
  if (peer_gone || code == WOLFSSL_ERROR_ZERO_RETURN || code == SOCKET_PEER_CLOSED_E) return Status::closed;
  if (in_handshake) throw TlsError{handshake_words(code, context->min_version)};
  throw TlsError{"TLS connection broken: " + wolfssl_words(code)};
}

}  // namespace

struct TlsSession::Parts : SessionState {};

TlsSession::TlsSession(const TlsContext& context, int descriptor, const std::string& host)
    : parts_{std::make_unique<Parts>()} {
  parts_->context = context.parts_->data;
  parts_->descriptor = descriptor;
  const TlsContextData& data = *parts_->context;
  parts_->peer = parse_peer_name(data.server_name.empty() ? host : data.server_name);
  parts_->received.reserve(receive_size);
  parts_->ssl.reset(wolfSSL_new(data.ctx.get()));
  WOLFSSL* ssl = parts_->ssl.get();
  if (ssl == nullptr) throw TlsError{"cannot make a TLS session: out of memory"};
  SessionState* const state = parts_.get();
  wolfSSL_SSLSetIORecv(ssl, receive_callback);
  wolfSSL_SSLSetIOSend(ssl, send_callback);
  wolfSSL_SetIOReadCtx(ssl, state);
  wolfSSL_SetIOWriteCtx(ssl, state);
  wolfSSL_set_msg_callback(ssl, message_callback);
  wolfSSL_set_msg_callback_arg(ssl, state);
  if (data.verify) {
    wolfSSL_set_verify(ssl, WOLFSSL_VERIFY_PEER, verify_callback);
    wolfSSL_SetCertCbCtx(ssl, state);
  }
  name_peer(ssl, parts_->peer, data.verify);
  offer_protocols(ssl, data.alpn);
}

TlsSession::~TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;

TlsSession::Status TlsSession::handshake() {
  Parts& parts = *parts_;
  if (parts.finished) return Status::done;
  if (parts.failed) return Status::closed;
  const int answer = wolfSSL_connect(parts.ssl.get());
  if (answer != WOLFSSL_SUCCESS) return parts.outcome(answer, true);
  parts.failed = true;  // until every check has passed
  parts.check_negotiated();
  parts.failed = false;
  parts.finished = true;
  return Status::done;
}

TlsSession::Status TlsSession::read(std::span<char> into, std::size_t& ret_read) {
  Parts& parts = *parts_;
  ret_read = 0;
  if (parts.failed || !parts.finished) return Status::closed;
  const auto size = static_cast<int>(std::min<std::size_t>(into.size(), record_size));
  const int got = wolfSSL_read(parts.ssl.get(), into.data(), size);
  if (got <= 0) return parts.outcome(got, false);
  ret_read = static_cast<std::size_t>(got);
  return Status::done;
}

TlsSession::Status TlsSession::write(std::span<const char> from, std::size_t& ret_written) {
  Parts& parts = *parts_;
  ret_written = 0;
  if (parts.failed || !parts.finished) return Status::closed;
  if (from.empty()) return Status::done;
  const auto size = static_cast<int>(std::min<std::size_t>(from.size(), record_size));
  const int sent = wolfSSL_write(parts.ssl.get(), from.data(), size);
  if (sent <= 0) return parts.outcome(sent, false);
  ret_written = static_cast<std::size_t>(sent);
  return Status::done;
}

bool TlsSession::has_pending() const noexcept {
  const Parts& parts = *parts_;
  if (parts.failed) return false;
  return wolfSSL_pending(parts.ssl.get()) > 0 || parts.received_at < parts.received.size();
}

void TlsSession::close() noexcept {
  Parts& parts = *parts_;
  if (!parts.finished || parts.failed) return;
  parts.failed = true;
  (void)wolfSSL_shutdown(parts.ssl.get());
}

std::string TlsSession::description() const {
  const Parts& parts = *parts_;
  if (!parts.finished) return {};
  const TlsSuite* suite = find_suite(negotiated_suite(parts.ssl.get()));
  const bool is_1_3 = wolfSSL_GetVersion(parts.ssl.get()) == WOLFSSL_TLSV1_3;
  return std::string{is_1_3 ? "TLS 1.3, " : "TLS 1.2, "} + (suite == nullptr ? "?" : std::string{suite->iana_name});
}

std::string TlsSession::asked_name() const { return parts_->peer.is_address() ? std::string{} : parts_->peer.text; }

const std::vector<Certificate>& TlsSession::shown() const noexcept { return parts_->shown; }

void forget_handshakes() noexcept { wc_ecc_fp_free(); }

}  // namespace culvert::mqtt
