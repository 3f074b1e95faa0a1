// SPDX-License-Identifier: MIT
/// Name lookup that may hang without anybody waiting for it: getaddrinfo runs on a thread of its own. Used on the
/// relay's thread.
#pragma once

#include "descriptor.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace culvert::mqtt {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  std::string text() const;  ///< "127.0.0.1:8883", "[::1]:8883"
};

class Resolver {
 public:
  enum class State { busy, done, failed };

  /// Starts a lookup. One of the same name that still hangs is joined, so that threads do not pile up. Throws
  /// std::system_error without a descriptor to tell of its end with.
  void start(const std::string& host, uint16_t port);
  /// Becomes readable when the lookup ends.
  int descriptor() const noexcept;
  State state() const;
  /// After `done`: every address, families taking turns. Port as given to `start`.
  std::vector<Address> addresses() const;
  /// After `failed`: why, in words.
  std::string why() const;

 private:
  struct Lookup;
  static void run(const std::shared_ptr<Lookup>& lookup);
  std::shared_ptr<Lookup> lookup_;
  uint16_t port_ = 0;
};

}  // namespace culvert::mqtt
