// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/config/problem.hpp"
#include "core/plugin/describe.hpp"
#include "core/plugin/registry.hpp"

#include <cstdio>
#include <exception>

namespace culvert {

int inspect_command(const std::string& plugin, const std::vector<std::string>& folders) {
  const plugin::Registry registry{folders.empty() ? plugin::default_plugin_path() : folders};
  std::string text;
  try {
    if (plugin.empty()) {
      text = plugin::describe_all(registry);
    } else if (plugin.find('/') != std::string::npos) {
      text = plugin::describe_file(plugin);
    } else if (const plugin::Found* found = registry.find(plugin)) {
      text = plugin::describe(*found);
    } else {
      std::fprintf(stderr, "culvert: there is no plugin '%s'%s\n", plugin.c_str(),
                   config::suggestion(plugin, registry.ids()).c_str());
      return exit_failed;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert: %s\n", error.what());
    return exit_failed;
  }
  std::fputs(text.c_str(), stdout);
  return exit_done;
}

}  // namespace culvert
