// SPDX-License-Identifier: MIT
#include "core/plugin/option_host.hpp"

#include "core/message/utf8.hpp"
#include "core/plugin/option_value.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>

namespace culvert::plugin {
namespace {

constexpr std::size_t max_host = 253;

}  // namespace

bool is_ipv4(const std::string& text) {
  in_addr parsed{};
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

bool is_ipv6(const std::string& text) {
  const std::string address = text.substr(0, text.find('%'));
  in6_addr parsed{};
  return ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

std::string host_problem(std::string_view host) {
  if (host.empty()) { return "has no host"; }
  if (host.size() > max_host) { return "has a host of more than 253 bytes"; }
  for (std::size_t i = 0; i < host.size(); ++i) {
    const char c = host[i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '-' && c != '.' && c != '_') {
      const std::size_t size = std::max<std::size_t>(utf8_character(host.substr(i)), 1);
      return "has a host with the character " + ticked(host.substr(i, size));
    }
  }
  if (host.front() == '.' || host.find("..") != std::string_view::npos) { return "has a host with an empty label"; }
  return {};
}

bool is_interface_name(std::string_view text) {
  const bool is_plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F && c != '/' && c != ':'; });
  return is_plain && text.size() < IFNAMSIZ && text.find_first_not_of("0123456789.") != std::string_view::npos;
}

}  // namespace culvert::plugin
