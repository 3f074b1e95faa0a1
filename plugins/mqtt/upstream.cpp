// SPDX-License-Identifier: MIT
#include "upstream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace culvert::mqtt {

namespace {

Upstream::Status status_of(TlsSession::Status status) {
  switch (status) {
    case TlsSession::Status::done:
      return Upstream::Status::done;
    case TlsSession::Status::want_read:
      return Upstream::Status::want_read;
    case TlsSession::Status::want_write:
      return Upstream::Status::want_write;
    case TlsSession::Status::closed:
      break;
  }
  return Upstream::Status::closed;
}

[[noreturn]] void fail() { throw std::system_error{errno, std::generic_category()}; }

}  // namespace

Upstream::Upstream(Descriptor socket, const TlsContext* context, const std::string& host) : socket_{std::move(socket)} {
  if (context != nullptr) { tls_.emplace(*context, socket_.get(), host); }
}

Upstream::Status Upstream::handshake() { return tls_ ? status_of(tls_->handshake()) : Status::done; }

Upstream::Status Upstream::read(std::span<char> into, std::size_t& ret_read) {
  ret_read = 0;
  if (tls_) {
    const Status status = status_of(tls_->read(into, ret_read));
    // A TLS 1.3 server sends tickets first. With Nagle's algorithm on, as Mosquitto has it, its CONNACK then waits for
    // our ACK of them, which the kernel delays by 40 ms.
    if (!heard_ && status == Status::want_read) {
      const int on = 1;
      setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    }
    heard_ = heard_ || ret_read != 0;
    return status;
  }
  const ssize_t got = recv(socket_.get(), into.data(), into.size(), 0);
  if (got == 0) { return Status::closed; }
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) { return Status::want_read; }
    fail();
  }
  ret_read = static_cast<std::size_t>(got);
  return Status::done;
}

Upstream::Status Upstream::write(std::span<const char> from, std::size_t& ret_written) {
  ret_written = 0;
  if (tls_) { return status_of(tls_->write(from, ret_written)); }
  const ssize_t put = send(socket_.get(), from.data(), from.size(), MSG_NOSIGNAL);
  if (put < 0) {
    if (errno == EAGAIN || errno == EINTR) { return Status::want_write; }
    fail();
  }
  ret_written = static_cast<std::size_t>(put);
  return Status::done;
}

void Upstream::finish() noexcept {
  if (tls_) { tls_->close(); }
  tls_.reset();
  if (socket_) { ::shutdown(socket_.get(), SHUT_WR); }
}

bool Upstream::drain() noexcept {
  char bytes[16 << 10];
  const ssize_t got = recv(socket_.get(), bytes, sizeof bytes, 0);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void Upstream::close() noexcept {
  finish();
  socket_.close();
}

}  // namespace culvert::mqtt
