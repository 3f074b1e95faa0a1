// SPDX-License-Identifier: MIT
/// One connection of the connector's own client to a server that the selftest plays. One thread, any.
#pragma once

#include "selftest_server.hpp"
#include "tls.hpp"

#include <functional>
#include <memory>
#include <string>

namespace culvert::mqtt::selftest {

/// Given the server's end of a pair of sockets, makes the server. May throw CannotPlay.
using MakeServer = std::function<std::unique_ptr<Server>(Descriptor end)>;

struct Outcome {
  bool accepted = false;  ///< the client took the server for the broker
  bool answered = false;  ///< then the secret went there, and the greeting came back
  bool stuck = false;     ///< neither accepted nor refused: each waits for the other
  std::string words;      ///< accepted: version and suite, as the log would say; else why not
  std::string broken;     ///< accepted, but then the connection broke: why
  Seen seen;
};

/// The client makes its handshake for `host`. Accepted or not, it then tries to write the secret, as a connection would
/// write its CONNECT. Throws CannotPlay and std::system_error, never TlsError.
Outcome meet(const TlsContext& context, const std::string& host, const MakeServer& make);
Outcome meet(const TlsContext& context, const std::string& host, const Manner& manner);

}  // namespace culvert::mqtt::selftest
