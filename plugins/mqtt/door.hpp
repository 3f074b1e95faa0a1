// SPDX-License-Identifier: MIT
/// Where Paho comes in: a listener on 127.0.0.1 that lets in nobody but this process. Used on the relay's thread.
#pragma once

#include "descriptor.hpp"

#include <cstdint>

namespace culvert::mqtt {

class Door {
 public:
  /// Binds a port of the kernel's choice for the life of the object. Throws std::system_error.
  Door();
  int descriptor() const noexcept { return listener_.get(); }
  uint16_t port() const noexcept { return port_; }
  /// Takes one waiting connection. Answers an empty descriptor when none waits, or when it is refused because its
  /// other end is no connected socket of this process; `ret_refused` tells the two apart. Nothing has been read.
  Descriptor accept(bool& ret_refused);

 private:
  Descriptor listener_;
  uint16_t port_ = 0;
};

}  // namespace culvert::mqtt
