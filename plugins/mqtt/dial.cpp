// SPDX-License-Identifier: MIT
#include "dial.hpp"

#include "outgoing.hpp"
#include "tls_policy.hpp"

#include <poll.h>

#include <algorithm>
#include <stdexcept>

namespace culvert::mqtt {

Dial::Dial(Resolver& resolver, Url url, Reach reach, int64_t deadline_ns)
    : resolver_{resolver}, url_{std::move(url)}, reach_{std::move(reach)}, deadline_ns_{deadline_ns} {
  if (url_.tls) { context_.emplace(reach_.tls); }
  if (reach_.proxy) { tunnel_.emplace(*reach_.proxy, url_.host, url_.port); }
  resolver_.start(first_hop().host, first_hop().port);
}

std::string Dial::via() const { return reach_.proxy ? "proxy '" + reach_.proxy->url.text + "': " : std::string{}; }

std::string Dial::description() const {
  return upstream_->description() + (reach_.proxy ? ", proxy '" + reach_.proxy->url.text + '\'' : std::string{});
}

Dial::Wish Dial::wish() const {
  switch (phase_) {
    case Phase::lookup:
      return {resolver_.descriptor(), POLLIN, deadline_ns_};
    case Phase::connect:
      return {socket_.get(), POLLOUT, std::min(deadline_ns_, attempt_until_ns_)};
    case Phase::tunnel:
      return {socket_.get(), tunnel_->events(), deadline_ns_};
    case Phase::handshake:
      break;
  }
  return {upstream_->descriptor(), events_, deadline_ns_};
}

void Dial::out_of_time() const {
  switch (phase_) {
    case Phase::lookup:
      throw std::runtime_error{via() + "no answer to the name lookup of '" + first_hop().host + "' in time"};
    case Phase::connect:
      throw std::runtime_error{via() + "no answer from " + addresses_[next_ - 1].text() + " in time"};
    case Phase::tunnel:
      throw std::runtime_error{via() + "no answer in time"};
    case Phase::handshake:
      break;
  }
  throw std::runtime_error{"no answer to the TLS handshake in time"};
}

bool Dial::step(int64_t now_ns) {
  if (now_ns >= deadline_ns_) { out_of_time(); }
  if (phase_ == Phase::lookup) {
    if (resolver_.state() == Resolver::State::busy) { return false; }
    looked_up(now_ns);
  }
  if (phase_ == Phase::connect && !connected(now_ns)) { return false; }
  if (phase_ == Phase::tunnel) {
    if (!tunnel_->step(socket_.get())) { return false; }
    phase_ = Phase::handshake;
  }
  if (!upstream_) { upstream_.emplace(std::move(socket_), context_ ? &*context_ : nullptr, url_.host); }
  return shook_hands();
}

void Dial::looked_up(int64_t now_ns) {
  if (resolver_.state() == Resolver::State::failed) {
    throw std::runtime_error{via() + "name lookup of '" + first_hop().host + "': " + resolver_.why()};
  }
  addresses_ = resolver_.addresses();
  std::erase_if(addresses_, [this](const Address& each) { return !reach_.bind.fits(each.storage.ss_family); });
  last_fault_ = reach_.bind.words() + ", and '" + first_hop().host + "' has none";
  phase_ = Phase::connect;
  next_address(now_ns);
}

// Starts on the next address that can be started on. The time that is left is shared among those not tried yet.
void Dial::next_address(int64_t now_ns) {
  while (next_ < addresses_.size()) {
    const Address& address = addresses_[next_++];
    const auto left = static_cast<int64_t>(addresses_.size() - next_ + 1);
    attempt_until_ns_ = now_ns + std::max<int64_t>((deadline_ns_ - now_ns) / left, 250'000'000);
    try {
      socket_ = begin_connect(address, reach_.bind);
      return;
    } catch (const std::runtime_error& error) { last_fault_ = error.what(); }
  }
  throw std::runtime_error{via() + last_fault_};
}

bool Dial::connected(int64_t now_ns) {
  for (;;) {
    pollfd wait{socket_.get(), POLLOUT, 0};
    const Address& address = addresses_[next_ - 1];
    if (::poll(&wait, 1, 0) == 0) {
      if (now_ns < attempt_until_ns_) { return false; }
      last_fault_ = address.text() + ": no answer in time";
    } else {
      last_fault_ = connect_fault(socket_.get(), address);
      if (last_fault_.empty()) { break; }
    }
    next_address(now_ns);
  }
  phase_ = tunnel_ ? Phase::tunnel : Phase::handshake;
  return true;
}

bool Dial::shook_hands() {
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
  const std::string& name = reach_.tls.server_name.empty() ? url_.host : reach_.tls.server_name;
  const bool unnamed = url_.tls && parse_peer_name(name).is_address();
  throw std::runtime_error{std::string{"the broker closed the connection in the TLS handshake"} +
                           (unnamed ? " (an address asks for no server name, see tls.server_name)" : "")};
}

}  // namespace culvert::mqtt
