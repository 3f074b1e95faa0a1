// SPDX-License-Identifier: MIT
/// A connection to a broker on this box: plain TCP, or TLS by wolfSSL where there is a file of an authority. Calls
/// wait; one thread at a time. Everything throws std::runtime_error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bench {

class Link {
 public:
  /// `ciphers` as wolfSSL has them, empty for its own choice.
  Link(int port, const std::string& ca, const std::string& ciphers);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void write(std::string_view bytes);
  /// What has come, at least a byte; valid until the next call. Empty when the broker has closed.
  std::string_view read();
  /// Whether `read` would return at once.
  bool has_bytes();

 private:
  struct Tls;
  int socket_ = -1;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
};

}  // namespace bench
