// SPDX-License-Identifier: MIT
#include "core/control/server.hpp"

#include "core/util/words.hpp"

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
  const std::lock_guard lock{mutex_};
  const uint64_t told = refused_.count(monotonic_ns());
  if (told > 0) {
    log_.write(LogLevel::warn, "control",
               "refused user " + std::to_string(uid) + " (" + counted(told, "connection") +
                   "), only root and the runtime's own user may ask");
  }
  return false;
}

}  // namespace culvert::control
