// SPDX-License-Identifier: MIT
#include "link.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace bench {

struct Link::Tls {
  WOLFSSL_CTX* context = nullptr;
  WOLFSSL* ssl = nullptr;
  ~Tls() {
    wolfSSL_free(ssl);
    wolfSSL_CTX_free(context);
  }
};

namespace {

[[noreturn]] void fail(const char* what) { throw std::runtime_error{std::string{what} + ": " + std::strerror(errno)}; }

}  // namespace

Link::Link(int port, const std::string& ca, const std::string& ciphers) : buffer_(256 * 1024, '\0') {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) { fail("connect"); }
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (ca.empty()) { return; }
  wolfSSL_Init();
  tls_ = std::make_unique<Tls>();
  tls_->context = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
  if (wolfSSL_CTX_load_verify_locations(tls_->context, ca.c_str(), nullptr) != WOLFSSL_SUCCESS ||
      (!ciphers.empty() && wolfSSL_CTX_set_cipher_list(tls_->context, ciphers.c_str()) != WOLFSSL_SUCCESS)) {
    throw std::runtime_error{"wolfSSL refuses the file of the authority or the ciphers"};
  }
  tls_->ssl = wolfSSL_new(tls_->context);
  wolfSSL_check_domain_name(tls_->ssl, "localhost");
  wolfSSL_set_fd(tls_->ssl, socket_);
  if (wolfSSL_connect(tls_->ssl) != WOLFSSL_SUCCESS) {
    throw std::runtime_error{"TLS: wolfSSL error " + std::to_string(wolfSSL_get_error(tls_->ssl, 0))};
  }
}

Link::~Link() {
  tls_.reset();
  if (socket_ >= 0) { close(socket_); }
}

void Link::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = tls_ ? wolfSSL_write(tls_->ssl, bytes.data(), static_cast<int>(bytes.size()))
                              : send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (done <= 0) { fail("write"); }
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

std::string_view Link::read() {
  const ssize_t done = tls_ ? wolfSSL_read(tls_->ssl, buffer_.data(), static_cast<int>(buffer_.size()))
                            : recv(socket_, buffer_.data(), buffer_.size(), 0);
  if (done < 0) { fail("read"); }
  return {buffer_.data(), static_cast<std::size_t>(done)};
}

bool Link::has_bytes() {
  if (tls_ && wolfSSL_pending(tls_->ssl) > 0) { return true; }
  pollfd waits{socket_, POLLIN, 0};
  return poll(&waits, 1, 0) > 0;
}

}  // namespace bench
