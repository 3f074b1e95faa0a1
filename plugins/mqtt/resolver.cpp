// SPDX-License-Identifier: MIT
#include "resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

namespace culvert::mqtt {

struct Resolver::Lookup {
  std::string host;
  Descriptor ended{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex;  // guards what follows
  State state = State::busy;
  std::vector<Address> addresses;
  std::string why;
};

namespace {

void set_port(Address& address, uint16_t port) {
  if (address.storage.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address.storage).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(address.storage).sin_port = htons(port);
  }
}

// The resolver's order, but with the families taking turns: a box without IPv6 must not try all of it first.
std::vector<Address> interleave(const std::vector<Address>& sorted) {
  if (sorted.empty()) { return {}; }
  std::vector<Address> first, second, mixed;
  for (const auto& each : sorted) {
    (each.storage.ss_family == sorted[0].storage.ss_family ? first : second).push_back(each);
  }
  for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
    if (i < first.size()) { mixed.push_back(first[i]); }
    if (i < second.size()) { mixed.push_back(second[i]); }
  }
  return mixed;
}

std::vector<Address> copy(const addrinfo* found) {
  std::vector<Address> addresses;
  for (; found != nullptr && addresses.size() < 32; found = found->ai_next) {
    if (found->ai_addrlen > sizeof(sockaddr_storage)) { continue; }
    Address& address = addresses.emplace_back();
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.size = found->ai_addrlen;
  }
  return interleave(addresses);
}

// Without a descriptor for /etc/hosts and the name server glibc says that there is no such name.
std::string fault_of(int code, int reason) {
  const Descriptor probe{eventfd(0, EFD_CLOEXEC)};
  if (!probe && (errno == EMFILE || errno == ENFILE)) {
    return "no file descriptor is left (" + std::generic_category().message(errno) + "): raise the limit (ulimit -n)";
  }
  if (code == EAI_SYSTEM) { return std::generic_category().message(reason); }
  return code == 0 ? "no address" : gai_strerror(code);
}

}  // namespace

std::string Address::text() const {
  char shown[INET6_ADDRSTRLEN] = "?";
  const bool six = storage.ss_family == AF_INET6;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  inet_ntop(storage.ss_family, six ? static_cast<const void*>(&v6.sin6_addr) : &v4.sin_addr, shown, sizeof shown);
  const auto port = std::to_string(ntohs(six ? v6.sin6_port : v4.sin_port));
  return six ? '[' + std::string{shown} + "]:" + port : std::string{shown} + ':' + port;
}

void Resolver::run(const std::shared_ptr<Lookup>& lookup) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(lookup->host.c_str(), nullptr, &hints, &found);
  const int reason = errno;
  auto addresses = copy(found);
  if (found != nullptr) { freeaddrinfo(found); }
  const std::lock_guard lock{lookup->mutex};
  lookup->addresses = std::move(addresses);
  if (code == 0 && !lookup->addresses.empty()) {
    lookup->state = State::done;
  } else {
    lookup->state = State::failed;
    lookup->why = fault_of(code, reason);
  }
  eventfd_write(lookup->ended.get(), 1);
}

void Resolver::start(const std::string& host, uint16_t port) {
  port_ = port;
  if (lookup_ != nullptr && lookup_->host == host && state() == State::busy) { return; }
  auto lookup = std::make_shared<Lookup>();
  if (!lookup->ended) { throw std::system_error{errno, std::generic_category(), "look up '" + host + '\''}; }
  lookup_ = std::move(lookup);
  lookup_->host = host;
  // The thread inherits that no signal is delivered to it; it owns its part of the lookup and nothing else.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread{[mine = lookup_] { run(mine); }}.detach();
  } catch (const std::system_error& error) {
    lookup_->state = State::failed;
    lookup_->why = error.what();
    eventfd_write(lookup_->ended.get(), 1);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

int Resolver::descriptor() const noexcept { return lookup_->ended.get(); }

Resolver::State Resolver::state() const {
  const std::lock_guard lock{lookup_->mutex};
  return lookup_->state;
}

std::vector<Address> Resolver::addresses() const {
  const std::lock_guard lock{lookup_->mutex};
  auto addresses = lookup_->addresses;
  for (auto& each : addresses) { set_port(each, port_); }
  return addresses;
}

std::string Resolver::why() const {
  const std::lock_guard lock{lookup_->mutex};
  return lookup_->why;
}

}  // namespace culvert::mqtt
