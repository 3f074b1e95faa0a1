// SPDX-License-Identifier: MIT
#include "core/control/protocol.hpp"

#include "core/util/log.hpp"

namespace culvert::control {
namespace {

/// What somebody sent, as it may be shown to people.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 64;
  return "'" + printable(text.substr(0, longest)) + (text.size() > longest ? "...'" : "'");
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Deeper than anything that is sent here: copies of JSON recurse, so that brackets without end would end the process.
constexpr int max_depth = 16;

/// A discarded value when it is no JSON, or too deep.
Json parse(std::string_view text) {
  bool is_flat = true;
  const auto look = [&is_flat](int depth, Json::parse_event_t, Json&) {
    is_flat = is_flat && depth <= max_depth;
    return is_flat;
  };
  Json json = Json::parse(text, look, false);
  return is_flat ? json : Json(Json::value_t::discarded);
}

std::string known(const Commands& commands) {
  std::string names;
  for (const auto& [name, command] : commands) { names += (names.empty() ? "'" : ", '") + name + "'"; }
  return names;
}

Json run(std::string_view text, const Commands& commands) {
  const Json request = parse(text);
  if (!request.is_object()) { throw Refusal{"the request is no JSON object"}; }
  const Json spoken = request.value("version", Json{});
  if (!spoken.is_number_integer() || spoken != version) {
    throw Refusal{"the request must have \"version\": " + std::to_string(version) +
                  ", the 'culvert' that asks and the one that runs differ too much"};
  }
  const Json name = request.value("command", Json{});
  if (!name.is_string()) { throw Refusal{"the request names no \"command\""}; }
  const auto command = commands.find(name.get_ref<const std::string&>());
  if (command == commands.end()) {
    throw Refusal{"there is no command " + shown(name.get_ref<const std::string&>()) + ", there are " +
                  known(commands)};
  }
  const Json arguments = request.value("arguments", Json::object());
  if (!arguments.is_object()) { throw Refusal{"the \"arguments\" must be an object"}; }
  return command->second(arguments);
}

}  // namespace

std::string make_request(std::string_view command, const Json& arguments) {
  return text_of({{"version", version}, {"command", std::string{command}}, {"arguments", arguments}});
}

std::string answer_request(std::string_view request, const Commands& commands) {
  Json answer{{"version", version}};
  try {
    Json result = run(request, commands);
    answer["ok"] = true;
    answer["result"] = std::move(result);
  } catch (const std::exception& error) {
    answer["ok"] = false;
    answer["error"] = error.what();
  }
  return text_of(answer);
}

Json take_result(std::string_view answer) {
  Json json = parse(answer);
  const bool is_ours = json.is_object() && json.value("version", Json{}) == version &&
                       json.value("ok", Json{}).is_boolean() && json.contains("ok");
  if (!is_ours) { throw Refusal{"the answer cannot be read, another version of Culvert runs there"}; }
  if (json["ok"] != true) {
    const Json error = json.value("error", Json{});
    throw Refusal{error.is_string() ? printable(error.get_ref<const std::string&>()) : "it gave no reason"};
  }
  return json.value("result", Json{});
}

}  // namespace culvert::control
