// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace culvert::mqtt {

// Paho asks for these itself, at its first use and at every connect. `http_proxy` sends it to the proxy even for
// 127.0.0.1. A plugin does not change the environment of a process with threads, so it refuses instead; the runtime
// removes them before its first thread.
void check_environment() {
  constexpr std::array names{"http_proxy", "MQTT_C_CLIENT_TRACE"};
  for (const char* name : names) {
    if (std::getenv(name) != nullptr) {
      throw std::runtime_error{"the environment holds '" + std::string{name} +
                               "', which the MQTT client would follow: start the process without it"};
    }
  }
}

}  // namespace culvert::mqtt
