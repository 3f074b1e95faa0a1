// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/reload_text.hpp"
#include "core/config/folders.hpp"
#include "core/control/client.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

namespace culvert {
namespace {

// How often it is asked whether it is over: the runtime has the time limits.
constexpr std::chrono::milliseconds interval{200};

control::Json outcome(const std::string& name, bool drops_removed) {
  const std::vector<std::string> folders = config::runtime_folders();
  const control::Json begun = control::ask(name, folders, "reload", {{"drop_removed", drops_removed}});
  const control::Json which{{"reload", begun.at("reload")}};
  for (;;) {
    control::Json report = control::ask(name, folders, "reload_state", which);
    if (!report.at("verdict").is_null()) { return report; }
    std::this_thread::sleep_for(interval);
  }
}

int exit_code(const std::string& verdict) {
  if (verdict == "done") { return exit_done; }
  if (verdict == "bad_file") { return exit_configuration; }
  return verdict == "rolled_back" ? exit_rolled_back : exit_failed;
}

void print(const control::Json& report, bool as_json) {
  for (const control::Json& problem : report.at("problems")) {
    std::fprintf(stderr, "%s\n", printable(problem.get<std::string>()).c_str());
  }
  const std::string text =
      as_json ? report.dump(2, ' ', false, control::Json::error_handler_t::replace) + '\n' : reload_text(report);
  std::fputs(text.c_str(), stdout);
}

}  // namespace

int reload_command(const ReloadCommand& command) {
  const std::string name = runtime_name(command.name, command.files);
  if (name.empty()) { return exit_configuration; }
  try {
    const control::Json report = outcome(name, command.drops_removed);
    print(report, command.json);
    return exit_code(report.at("verdict"));
  } catch (const control::Unreachable& error) {
    std::fprintf(stderr, "culvert: %s\n", error.what());
    return exit_unavailable;
  } catch (const control::Refusal& error) {
    std::fprintf(stderr, "culvert: runtime '%s': %s\n", name.c_str(), error.what());
  } catch (const control::Json::exception&) {
    std::fprintf(stderr, "culvert: runtime '%s' gave an answer that cannot be read\n", name.c_str());
  }
  return exit_failed;
}

}  // namespace culvert
