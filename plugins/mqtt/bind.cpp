// SPDX-License-Identifier: MIT
#include "bind.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace culvert::mqtt {

namespace {

// As the kernel has it, but for what is an address with a slip.
bool is_interface_name(const std::string& text) {
  return text.size() < IFNAMSIZ && text.find_first_not_of("0123456789.") != std::string::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; });
}

const char* reason_of(int error) {
  if (error == EADDRNOTAVAIL) { return "no interface of this box has this address"; }
  if (error == ENODEV) { return "this box has no such interface"; }
  return nullptr;
}

}  // namespace

Bind::Bind(std::string text) : text_{std::move(text)} {
  std::array<char, sizeof(in6_addr)> address{};
  const std::size_t percent = text_.find('%');
  const std::string plain = text_.substr(0, percent);
  if (inet_pton(AF_INET, text_.c_str(), address.data()) == 1) {
    family_ = AF_INET;
    bytes_.assign(address.data(), sizeof(in_addr));
  } else if (inet_pton(AF_INET6, plain.c_str(), address.data()) == 1) {
    family_ = AF_INET6;
    bytes_.assign(address.data(), sizeof(in6_addr));
    if (percent != std::string::npos) { zone_ = text_.substr(percent + 1); }
  } else if (!is_interface_name(text_)) {
    throw std::invalid_argument{"option 'bind' must be an IP address or the name of an interface, got '" + text_ +
                                '\''};
  }
}

std::string Bind::words() const {
  const std::string what = "bind '" + text_ + "' is an ";
  return what + (family_ == AF_UNSPEC ? "interface" : family_ == AF_INET ? "IPv4 address" : "IPv6 address");
}

void Bind::apply(int socket) const {
  if (text_.empty()) { return; }
  int answer = 0;
  if (family_ == AF_UNSPEC) {
    answer = setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, text_.c_str(), static_cast<socklen_t>(text_.size() + 1));
  } else {
    // The port is chosen when the far end is known: else as many connections as there are ports would be all.
    const int on = 1;
    setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  }
  if (family_ == AF_INET) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, bytes_.data(), bytes_.size());
    answer = bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else if (family_ == AF_INET6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_scope_id = zone_.empty() ? 0 : if_nametoindex(zone_.c_str());
    std::memcpy(&address.sin6_addr, bytes_.data(), bytes_.size());
    answer = bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  if (answer == 0) { return; }
  const int error = errno;
  const char* known = reason_of(error);
  throw BindError{"bind '" + text_ + "': " + (known ? known : std::generic_category().message(error))};
}

}  // namespace culvert::mqtt
