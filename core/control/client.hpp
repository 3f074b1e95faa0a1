// SPDX-License-Identifier: MIT
/// The asking side of the control socket. One thread.
#pragma once

#include "core/control/protocol.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::control {

/// There is nobody to ask; `what()` is one line for people.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Asks the runtime of that name, wherever it has its socket in `folders`. Throws Unreachable when it is not there or
/// does not answer within 10 s, Refusal when it says no.
Json ask(const std::string& name, const std::vector<std::string>& folders, std::string_view command,
         const Json& arguments = Json::object());

/// The names of the runtimes that listen in these folders, sorted.
std::vector<std::string> running(const std::vector<std::string>& folders);

}  // namespace culvert::control
