// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/problems.hpp"
#include "core/config/folders.hpp"
#include "core/runtime/explanation.hpp"
#include "core/util/words.hpp"

#include <cstdio>
#include <utility>

namespace culvert {
namespace {

using Json = nlohmann::ordered_json;

/// Checks pipelines one after the other, and says what is to be said of each that is good.
class Checks {
 public:
  explicit Checks(const CheckCommand& command) : command_{command} {}

  void check(const std::string& name, const std::vector<std::string>& files) {
    config::Value written;
    const LoadedFile loaded = load_and_check(files, command_.explain ? &written : nullptr);
    print_problems(loaded.problems);
    if (loaded.problems.has_errors()) {
      all_good_ = false;
    } else if (!command_.explain) {
      const std::size_t nodes = loaded.pipeline.nodes.size(), edges = loaded.pipeline.edges.size();
      std::printf("%s: ok, %s, %s\n", name.c_str(), counted(nodes, "node").c_str(), counted(edges, "route").c_str());
    } else {
      say(explain(files, written, loaded.pipeline));
    }
  }

  int finish() {
    if (command_.explain && command_.json) {
      Json all;
      all["ok"] = all_good_;
      all["pipelines"] = explained_;
      std::printf("%s\n", all.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    }
    return all_good_ ? exit_done : exit_configuration;
  }

 private:
  void say(const Explanation& explanation) {
    if (command_.json) {
      explained_.push_back(explanation_json(explanation));
    } else {
      std::fputs(((std::exchange(any_, true) ? "\n" : "") + explanation_text(explanation)).c_str(), stdout);
    }
  }

  const CheckCommand& command_;
  Json explained_ = Json::array();
  bool all_good_ = true, any_ = false;
};

}  // namespace

int check_command(const CheckCommand& command) {
  Checks checks{command};
  if (command.files.empty()) { checks.check(CULVERT_USUAL_FOLDER, config::default_files()); }
  for (const std::string& file : command.files) { checks.check(file, {file}); }
  return checks.finish();
}

}  // namespace culvert
