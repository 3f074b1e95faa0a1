// SPDX-License-Identifier: MIT
/// One TCP connection to one address. Never waits. For any thread.
#pragma once

#include "bind.hpp"
#include "descriptor.hpp"
#include "resolver.hpp"

#include <string>

namespace culvert::mqtt {

/// Begins to connect. The socket is writable when that has ended, see `connect_fault`. Throws std::runtime_error in
/// words that name the address, or what is wrong with `bind`.
Descriptor begin_connect(const Address& address, const Bind& bind);
/// Why a connection that was begun has failed, in words; empty when it stands.
std::string connect_fault(int socket, const Address& address);

}  // namespace culvert::mqtt
