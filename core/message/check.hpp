// SPDX-License-Identifier: MIT
/// The rules of plugin.h for a message that enters. Pure function, any thread.
#pragma once

#include <culvert/plugin.h>

#include <string>

namespace culvert {

/// Empty when `message` keeps every rule of plugin.h and fits a frame; else why not: "has a topic that is empty", "has
/// more than 4096 fields" and so on. Looks only at what belongs to the message's kind. Whatever passes here,
/// DecodedMessage takes. Allocates only when there is a problem.
std::string message_problem(const culvert_message& message);

}  // namespace culvert
