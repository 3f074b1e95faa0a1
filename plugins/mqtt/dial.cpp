// SPDX-License-Identifier: MIT
#include "dial.hpp"

#include "words.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace culvert::mqtt {

Dial::Dial(Resolver& resolver, Url url, const TlsOptions& tls, int64_t deadline_ns)
    : resolver_{resolver}, url_{std::move(url)}, deadline_ns_{deadline_ns} {
  if (url_.tls) { context_.emplace(tls); }
  resolver_.start(url_.host, url_.port);
}

Dial::Wish Dial::wish() const {
  switch (phase_) {
    case Phase::lookup:
      return {resolver_.descriptor(), POLLIN, deadline_ns_};
    case Phase::connect:
      return {socket_.get(), POLLOUT, std::min(deadline_ns_, attempt_until_ns_)};
    case Phase::handshake:
      break;
  }
  return {upstream_->descriptor(), events_, deadline_ns_};
}

void Dial::out_of_time() const {
  switch (phase_) {
    case Phase::lookup:
      throw std::runtime_error{"no answer to the name lookup of '" + url_.host + "' in time"};
    case Phase::connect:
      throw std::runtime_error{"no answer from " + addresses_[next_ - 1].text() + " in time"};
    case Phase::handshake:
      break;
  }
  throw std::runtime_error{"no answer to the TLS handshake in time"};
}

bool Dial::step(int64_t now_ns) {
  if (now_ns >= deadline_ns_) { out_of_time(); }
  if (phase_ == Phase::lookup) {
    if (resolver_.state() == Resolver::State::busy) { return false; }
    if (resolver_.state() == Resolver::State::failed) {
      throw std::runtime_error{"name lookup of '" + url_.host + "': " + resolver_.why()};
    }
    addresses_ = resolver_.addresses();
    phase_ = Phase::connect;
    next_address(now_ns);
  }
  if (phase_ == Phase::connect && !connected(now_ns)) { return false; }
  switch (upstream_->handshake()) {
    case Upstream::Status::done:
      return true;
    case Upstream::Status::want_read:
      events_ = POLLIN;
      return false;
    case Upstream::Status::want_write:
      events_ = POLLOUT;
      return false;
    case Upstream::Status::closed:
      break;
  }
  throw std::runtime_error{"the broker closed the connection in the TLS handshake"};
}

// Starts on the next address that can be started on. The time that is left is shared among those not tried yet.
void Dial::next_address(int64_t now_ns) {
  while (next_ < addresses_.size()) {
    const Address& address = addresses_[next_++];
    const auto left = static_cast<int64_t>(addresses_.size() - next_ + 1);
    attempt_until_ns_ = now_ns + std::max<int64_t>((deadline_ns_ - now_ns) / left, 250'000'000);
    socket_ = Descriptor{socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (socket_ && (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 ||
                    errno == EINPROGRESS)) {
      return;
    }
    last_fault_ = address.text() + ": " + std::generic_category().message(errno);
  }
  throw std::runtime_error{last_fault_};
}

bool Dial::connected(int64_t now_ns) {
  for (;;) {
    pollfd wait{socket_.get(), POLLOUT, 0};
    if (::poll(&wait, 1, 0) == 0) {
      if (now_ns < attempt_until_ns_) { return false; }
      last_fault_ = addresses_[next_ - 1].text() + ": no answer in time";
    } else {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) { break; }
      last_fault_ = addresses_[next_ - 1].text() + ": " + std::generic_category().message(error);
    }
    next_address(now_ns);
  }
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  upstream_.emplace(std::move(socket_), context_ ? &*context_ : nullptr, url_.host);
  phase_ = Phase::handshake;
  return true;
}

}  // namespace culvert::mqtt
