// SPDX-License-Identifier: MIT
#include "core/app/reload_commands.hpp"

#include <string>
#include <vector>

namespace culvert::control {
namespace {

Json to_json(const std::vector<Difference>& differences) {
  Json list = Json::array();
  for (const Difference& one : differences) {
    list.push_back({{"name", one.name}, {"fate", std::string{to_string(one.fate)}}, {"what", one.what}});
  }
  return list;
}

}  // namespace

Json to_json(const ReloadReport& report) {
  return {{"reload", report.number},
          {"phase", report.phase},
          {"verdict", report.verdict ? Json(std::string{to_string(*report.verdict)}) : Json(nullptr)},
          {"reason", report.reason},
          {"problems", report.problems},
          {"runtime", report.diff.runtime},
          {"nodes", to_json(report.diff.nodes)},
          {"routes", to_json(report.diff.routes)}};
}

void add_reload_commands(Commands& commands, ReloadDesk& desk) {
  commands["reload"] = [&desk](const Json& arguments) -> Json {
    const Json drops = arguments.value("drop_removed", Json(false));
    if (!drops.is_boolean()) { throw Refusal{"\"drop_removed\" must be true or false"}; }
    try {
      return {{"reload", desk.ask(drops.get<bool>())}};
    } catch (const ReloadDesk::Busy& busy) { throw Refusal{busy.what()}; }
  };
  commands["reload_state"] = [&desk](const Json& arguments) -> Json {
    const Json number = arguments.value("reload", Json{});
    if (!number.is_number_unsigned()) { throw Refusal{"\"reload\" must be the number that 'reload' has answered"}; }
    const auto report = desk.report(number.get<uint64_t>());
    if (!report) { throw Refusal{"there is no reload of that number, or another one came after it"}; }
    return to_json(*report);
  };
}

}  // namespace culvert::control
