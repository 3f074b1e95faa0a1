// SPDX-License-Identifier: MIT
/// Requests and answers on the control socket, as CONTROL.md specifies them. Pure, any thread.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace culvert::control {

using Json = nlohmann::ordered_json;

constexpr int version = 1;

/// What the runtime says no to, in words for people. The asking end throws it too.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Does one command: gets its arguments, an object that may be empty, and answers its result. Throws Refusal.
using Command = std::function<Json(const Json& arguments)>;
using Commands = std::map<std::string, Command, std::less<>>;

std::string make_request(std::string_view command, const Json& arguments);
/// The answer to a request, whatever its bytes are.
std::string answer_request(std::string_view request, const Commands& commands);
/// The result that an answer holds. Throws Refusal with what the runtime said, or with what is wrong with the answer.
Json take_result(std::string_view answer);

}  // namespace culvert::control
