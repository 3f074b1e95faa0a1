// SPDX-License-Identifier: MIT
#include "base64.hpp"
#include "proxy.hpp"
#include "words.hpp"

#include <algorithm>

namespace culvert::mqtt {

namespace {

constexpr std::size_t longest_answer = 8 << 10;
constexpr std::string_view start = "HTTP/1.";
constexpr std::string_view status_form = "HTTP/1.1 200";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string authority_of(const std::string& host, uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

// Where the head of an answer ends, its empty line included; 0 while it has not all come. A line may end in LF alone
// (RFC 9112, section 2.2).
std::size_t head_size(std::string_view bytes) {
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    if (bytes.substr(at + 1).starts_with('\n')) { return at + 2; }
    if (bytes.substr(at + 1).starts_with("\r\n")) { return at + 3; }
  }
  return 0;
}

ProxyError::Wrong wrong_of(std::string_view code) {
  if (code == "401" || code == "407") { return ProxyError::Wrong::sign_in; }
  return code[0] == '5' ? ProxyError::Wrong::beyond : ProxyError::Wrong::forbidden;
}

class HttpTalk final : public ProxyTalk {
 public:
  HttpTalk(const Proxy& proxy, const std::string& host, uint16_t port) : signs_in_{!proxy.username.empty()} {
    const std::string authority = authority_of(host, port);
    std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (signs_in_) {
      request += "Proxy-Authorization: Basic " + to_base64(proxy.username + ':' + proxy.password) + "\r\n";
    }
    out_.append(request + "\r\n");
  }

  bool take(Buffer& in) override {
    for (;;) {
      const std::string_view bytes = in.view();
      const std::string_view begun = bytes.substr(0, start.size());
      if (begun != start.substr(0, begun.size())) { throw ProxyError{"does not answer in HTTP"}; }
      const std::size_t size = head_size(bytes);
      if ((size == 0 ? bytes.size() : size) > longest_answer) { throw ProxyError{"answered with more than 8 KiB"}; }
      if (size == 0) { return false; }
      const std::string_view line = bytes.substr(0, bytes.find_first_of("\r\n"));
      const char kind = check(line);
      in.consume(size);
      // An interim answer; the real one follows.
      if (kind == '1') { continue; }
      return true;
    }
  }

 private:
  /// The first digit of an answer that is no refusal.
  char check(std::string_view line) const {
    const std::string_view code = line.substr(std::min(line.size(), status_form.size() - 3), 3);
    const bool is_status = line.size() >= status_form.size() && is_digit(line[start.size()]) && line[8] == ' ' &&
                           std::all_of(code.begin(), code.end(), is_digit) &&
                           (line.size() == status_form.size() || line[status_form.size()] == ' ');
    if (!is_status) { throw ProxyError{"does not answer in HTTP"}; }
    if (code[0] == '1' || code[0] == '2') { return code[0]; }
    std::string words = told(line.substr(status_form.size() - 3));
    if (code == "407") {
      words += signs_in_ ? " (see proxy_username and proxy_password)" : " (set proxy_username and proxy_password)";
    }
    throw ProxyError{"refused: " + words, wrong_of(code)};
  }

  bool signs_in_;
};

}  // namespace

std::unique_ptr<ProxyTalk> talk_http(const Proxy& proxy, const std::string& host, uint16_t port) {
  return std::make_unique<HttpTalk>(proxy, host, port);
}

}  // namespace culvert::mqtt
