// SPDX-License-Identifier: MIT
/// Where connections leave this box: from one of its addresses, or through one of its interfaces. For any thread.
#pragma once

#include <sys/socket.h>

#include <stdexcept>
#include <string>

namespace culvert::mqtt {

/// This box does not have, or does not give, what connections are to leave by; in words.
class BindError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Bind {
 public:
  /// Anywhere.
  Bind() = default;
  /// An IP address, with the zone of a link-local one ("fe80::1%eth0"), or the name of an interface. Whether this box
  /// has it now plays no part. Throws std::invalid_argument that names the option.
  explicit Bind(std::string text);

  /// Whether a socket of this family can be bound to it; every one to an interface.
  bool fits(int family) const noexcept { return family_ == AF_UNSPEC || family_ == family; }
  /// "bind '10.0.0.9' is an IPv4 address"
  std::string words() const;
  /// Binds a socket that is not connected yet. Throws BindError when this box does not have it now.
  void apply(int socket) const;

 private:
  std::string text_;          // empty: anywhere
  int family_ = AF_UNSPEC;    // of an address
  std::string bytes_, zone_;  // of an address, in network order
};

}  // namespace culvert::mqtt
