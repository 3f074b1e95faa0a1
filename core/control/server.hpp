// SPDX-License-Identifier: MIT
/// The runtime's side of the control socket. Made and destroyed on the main thread; commands run on one of its own.
#pragma once

#include "core/control/place.hpp"
#include "core/control/protocol.hpp"
#include "core/lib/nng/responder.hpp"
#include "core/util/log.hpp"

#include <string>

namespace culvert::control {

class Server {
 public:
  /// Takes the socket's place and listens there. Only root and the user of this process may ask; others are cut
  /// off and said. Throws as Place does, and std::system_error.
  Server(const std::string& socket, Commands commands, const Log& log);

 private:
  bool admit(uint64_t uid);

  const Commands commands_;
  const Log& log_;
  const Place place_;
  nng::Responder responder_;  ///< the last: its threads use the others
};

}  // namespace culvert::control
