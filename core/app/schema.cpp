// SPDX-License-Identifier: MIT
#include "core/plugin/schema.hpp"

#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/config/problem.hpp"
#include "core/plugin/registry.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <list>
#include <stdexcept>

namespace culvert {
namespace {

/// The facts of the plugins that are meant: those of the registry, or of shared objects, which go to `read`.
std::vector<const plugin::Facts*> chosen(const SchemaCommand& command, const plugin::Registry& registry,
                                         std::list<plugin::Facts>& read) {
  std::vector<const plugin::Facts*> all;
  const auto add = [&](const plugin::Facts& facts) {
    const bool is_there = std::any_of(all.begin(), all.end(), [&](const auto* one) { return one->id == facts.id; });
    if (!is_there) { all.push_back(&facts); }
  };
  if (command.plugins.empty()) {
    for (const plugin::Found* found : registry.all()) { add(found->facts); }
  }
  for (const std::string& name : command.plugins) {
    if (name.find('/') != std::string::npos) {
      for (plugin::Facts& facts : plugin::facts_of_file(name)) { add(read.emplace_back(std::move(facts))); }
    } else if (const plugin::Found* found = registry.find(name)) {
      add(found->facts);
    } else {
      throw std::runtime_error{"there is no plugin '" + name + "'" + config::suggestion(name, registry.ids())};
    }
  }
  return all;
}

}  // namespace

int schema_command(const SchemaCommand& command) {
  const plugin::Registry registry{command.folders.empty() ? plugin::default_plugin_path() : command.folders};
  for (const auto& [path, why] : registry.broken()) { std::fprintf(stderr, "culvert: warning: %s\n", why.c_str()); }
  try {
    std::list<plugin::Facts> read;
    std::printf("%s\n", plugin::schema(chosen(command, registry, read)).dump(2).c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert: %s\n", error.what());
    return exit_failed;
  }
  return exit_done;
}

}  // namespace culvert
