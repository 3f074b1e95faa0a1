// SPDX-License-Identifier: MIT
/// The file by which names of hosts are looked up. A confined child has the right to read the one that was there when
/// it began; many boxes write a new one each time that the network changes. Used by one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace culvert::isolation {

/// Where network managers keep what it may be a link to. A child may read all of these, and what is new there too.
inline constexpr const char* resolver_folders[] = {"/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf",
                                                   "/run/connman"};

class ResolverFile {
 public:
  explicit ResolverFile(std::string path);

  /// Whether another one has come in its place, outside of those folders. Looks once a second.
  bool is_replaced(int64_t now_ns);

 private:
  struct Number {
    bool is_there = false;
    dev_t device = 0;
    ino_t file = 0;
    bool operator==(const Number&) const = default;
  };
  Number now() const;

  const std::string path_;
  const Number before_;
  int64_t next_look_ns_ = 0;
};

}  // namespace culvert::isolation
