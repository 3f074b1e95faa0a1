// SPDX-License-Identifier: MIT
#include "core/control/server.hpp"

#include <unistd.h>

namespace culvert::control {

Server::Server(const std::string& socket, Commands commands, const Log& log)
    : commands_{std::move(commands)},
      log_{log},
      place_{socket},
      responder_{socket,
                 {},
                 [this](uint64_t uid) { return admit(uid); },
                 [this](std::string_view request) { return answer_request(request, commands_); }} {}

bool Server::admit(uint64_t uid) {
  if (uid == 0 || uid == geteuid()) { return true; }
  log_.write(LogEvent::control_refused, "control",
             "refused user " + std::to_string(uid) + ", only root and the runtime's own user may ask");
  return false;
}

}  // namespace culvert::control
