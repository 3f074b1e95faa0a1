// SPDX-License-Identifier: MIT
#include "core/plugin/option_host.hpp"
#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <charconv>

namespace culvert::plugin {
namespace {

/// What may be repeated of a URL: a path or a query may well hold a secret.
std::string without_path(std::string_view url) {
  const std::size_t colon = url.find("://");
  const std::size_t host = colon == std::string_view::npos ? 0 : colon + 3;
  return ticked(url.substr(0, url.find_first_of("/?#", host)));
}

std::vector<std::string> starts_of(const Option& option) {
  std::vector<std::string> starts;
  for (const std::string& scheme : option.schemes) { starts.push_back(ticked(scheme + "://")); }
  return starts;
}

struct Authority {
  std::string host;  ///< with its brackets
  std::string_view port;
  std::string why;
};

Authority split(std::string_view rest) {
  Authority found;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos || !is_ipv6(std::string{rest.substr(1, end - 1)})) {
      found.why = "has no IPv6 address between '[' and ']'";
      return found;
    }
    found.host = rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
    if (!rest.empty() && rest.front() != ':') { found.why = "has something other than a port after ']'"; }
  } else {
    if (std::count(rest.begin(), rest.end(), ':') > 1) {
      found.why = "has more than one ':' in its host (an IPv6 address goes between '[' and ']')";
      return found;
    }
    const std::size_t end = std::min(rest.find(':'), rest.size());
    found.host = rest.substr(0, end);
    rest.remove_prefix(end);
    found.why = host_problem(found.host);
  }
  found.port = rest;
  return found;
}

}  // namespace

Checked check_url(const Option& option, const std::string& url) {
  // First of all, since a password must not be repeated by any of the texts below.
  if (url.find('@') != std::string::npos) {
    std::string places;
    for (const std::string& name : option.credentials) { places += (places.empty() ? "" : " and ") + ticked(name); }
    return wrong("must not hold a user or a password" + (places.empty() ? "" : " (put them into " + places + ")"));
  }
  const std::size_t colon = url.find("://");
  if (colon == std::string::npos) {
    return wrong("must start with " + one_of(starts_of(option)) + ", got " + without_path(url));
  }
  if (url.find_first_of("?#") < colon) { return wrong("must start with " + one_of(starts_of(option))); }
  std::string scheme = url.substr(0, colon);
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto known = std::find(option.schemes.begin(), option.schemes.end(), scheme);
  if (known == option.schemes.end()) {
    const std::vector<std::string_view> schemes{option.schemes.begin(), option.schemes.end()};
    return wrong("must start with " + one_of(starts_of(option)) + ", got " + ticked(scheme + "://") +
                 config::suggestion(scheme, schemes));
  }
  std::string_view rest = std::string_view{url}.substr(colon + 3);
  if (rest.ends_with('/')) { rest.remove_suffix(1); }
  if (rest.find_first_of("/?#") != std::string_view::npos) {
    return wrong("must end after host and port, as in " + without_path(url));
  }
  const Authority authority = split(rest);
  if (!authority.why.empty()) { return wrong(authority.why + ": " + ticked(url)); }
  int64_t port = option.ports[static_cast<std::size_t>(known - option.schemes.begin())];
  if (!authority.port.empty()) {
    const std::string_view digits = authority.port.substr(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65535) {
      return wrong("must have a port from 1 to 65535, got " + ticked(digits));
    }
  }
  return {scheme + "://" + authority.host + ":" + std::to_string(port), {}};
}

}  // namespace culvert::plugin
