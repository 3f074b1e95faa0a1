// SPDX-License-Identifier: MIT
#include "url.hpp"

#include <charconv>
#include <stdexcept>

namespace culvert::mqtt {

bool Url::is_loopback() const {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

Url parse_url(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return std::invalid_argument{"option 'url': '" + std::string{text} + "' " + std::string{why}};
  };
  Url url;
  auto rest = text;
  if (rest.starts_with("mqtts://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("mqtt://")) {
    rest.remove_prefix(7);
  } else {
    throw wrong("must start with 'mqtts://' or 'mqtt://'");
  }
  if (rest.ends_with('/')) { rest.remove_suffix(1); }
  if (rest.find('@') != std::string_view::npos) { throw wrong("holds a user; use 'username' and 'password'"); }
  const bool bracketed = rest.starts_with('[');
  const auto end = bracketed ? rest.find(']') : rest.find(':');
  if (bracketed && end == std::string_view::npos) { throw wrong("lacks a ']'"); }
  url.host = rest.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + (bracketed ? 1 : 0));
  if (url.host.empty() || url.host.find_first_of("/?# ") != std::string::npos) { throw wrong("has no host"); }
  url.port = url.tls ? 8883 : 1883;
  if (!rest.empty()) {
    const auto digits = rest.substr(1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (rest[0] != ':' || error != std::errc{} || stop != digits.data() + digits.size() || url.port == 0) {
      throw wrong("has no port between 1 and 65535 after its host");
    }
  }
  const std::string shown = bracketed ? '[' + url.host + ']' : url.host;
  url.text = std::string{url.tls ? "mqtts://" : "mqtt://"} + shown + ':' + std::to_string(url.port);
  return url;
}

}  // namespace culvert::mqtt
