// SPDX-License-Identifier: MIT
#include "url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace culvert::mqtt {

bool Url::is_loopback() const {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

Url parse_url(std::string_view text) {
  static constexpr std::array schemes{Scheme{"mqtts", 8883, true}, Scheme{"mqtt", 1883, false}};
  return parse_url("url", text, schemes);
}

Url parse_url(std::string_view option, std::string_view text, std::span<const Scheme> schemes) {
  const auto wrong = [&](const std::string& why) {
    return std::invalid_argument{"option '" + std::string{option} + "': '" + std::string{text} + "' " + why};
  };
  const std::size_t colon = text.find("://");
  const auto scheme = std::find_if(schemes.begin(), schemes.end(),
                                   [&](const Scheme& one) { return one.name == text.substr(0, colon); });
  if (colon == std::string_view::npos || scheme == schemes.end()) {
    std::string starts;
    for (const Scheme& one : schemes) { starts += (starts.empty() ? "'" : " or '") + std::string{one.name} + "://'"; }
    throw wrong("must start with " + starts);
  }
  Url url;
  url.tls = scheme->tls;
  auto rest = text.substr(colon + 3);
  if (rest.ends_with('/')) { rest.remove_suffix(1); }
  if (rest.find('@') != std::string_view::npos) { throw wrong("holds a user, which has an option of its own"); }
  const bool bracketed = rest.starts_with('[');
  const auto end = bracketed ? rest.find(']') : rest.find(':');
  if (bracketed && end == std::string_view::npos) { throw wrong("lacks a ']'"); }
  url.host = rest.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + (bracketed ? 1 : 0));
  const bool is_plain = std::all_of(url.host.begin(), url.host.end(),
                                    [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '?' && c != '#'; });
  if (url.host.empty() || !is_plain) { throw wrong("has no host"); }
  url.port = scheme->port;
  if (!rest.empty()) {
    const auto digits = rest.substr(1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (rest[0] != ':' || error != std::errc{} || stop != digits.data() + digits.size() || url.port == 0) {
      throw wrong("has no port between 1 and 65535 after its host");
    }
  }
  const std::string shown = bracketed ? '[' + url.host + ']' : url.host;
  url.text = std::string{scheme->name} + "://" + shown + ':' + std::to_string(url.port);
  return url;
}

}  // namespace culvert::mqtt
