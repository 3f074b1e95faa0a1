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
  enum class Visit { let_in, none, full, gone, refused };
  /// Takes one waiting connection. `none`: there is none that could be taken. `full`: there is no descriptor for it; it
  /// goes on waiting. `gone`: it has closed already. `refused`: its other end is no connected socket of this process.
  /// Nothing is read from it.
  Visit accept(Descriptor& ret_socket);

 private:
  Descriptor listener_;
  uint16_t port_ = 0;
};

}  // namespace culvert::mqtt
