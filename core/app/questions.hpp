// SPDX-License-Identifier: MIT
/// Questions to somebody at a terminal: asked on standard error, answered on standard input. Main thread.
#pragma once

#include <stdexcept>
#include <string>

namespace culvert {

/// Whether there is somebody to ask.
bool can_ask();

/// The input has ended instead of an answer.
class NotAnswered : public std::runtime_error {
 public:
  NotAnswered() : std::runtime_error{"a question was not answered"} {}
};

/// `otherwise` is shown, and is what an empty answer means. Throws NotAnswered.
std::string ask(const std::string& question, const std::string& otherwise = {});

/// The same for what nobody must see: it is not shown while it is typed.
std::string ask_secret(const std::string& question);

}  // namespace culvert
