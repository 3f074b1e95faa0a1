// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/init_sensors.hpp"
#include "core/app/line_position.hpp"
#include "core/config/folders.hpp"
#include "core/config/pipeline.hpp"
#include "core/journal/listing.hpp"
#include "core/journal/names.hpp"
#include "core/plugin/registry.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <utility>

namespace culvert {
namespace {

/// Somebody waits at a prompt: a file on a server that is away must not keep them. In seconds.
constexpr unsigned time_limit_s = 2;

void end_in_time() {
  std::signal(SIGALRM, [](int) { _exit(exit_done); });
  alarm(time_limit_s);
}

using Names = std::vector<std::string>;

/// The values of an argument on the line.
const Names& given(const LinePosition& position, std::string_view id) {
  static const Names none;
  const auto found = position.given.find(id);
  return found == position.given.end() ? none : found->second;
}

/// What can be read of the pipeline that is meant, whatever is wrong with the rest.
config::Pipeline pipeline(const LinePosition& position) {
  config::Problems unsaid;
  const Names& files = given(position, "config");
  return config::load(files.empty() ? config::default_files() : files, unsaid);
}

Names node_names(const config::Pipeline& pipeline) {
  Names names;
  for (const config::Node& node : pipeline.nodes) { names.push_back(node.name); }
  return names;
}

Names route_names(const config::Pipeline& pipeline) {
  Names names;
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const config::Route& route : pipeline.routes) {
    for (const config::Reference& to : route.to) {
      const std::size_t count = ++counts[{route.from.name, to.name}];
      if (route.durable) { names.push_back(journal::name_of(route.from.name, to.name, count)); }
    }
  }
  return names;
}

Names journal_names(const std::string& state_dir) {
  Names names;
  for (const journal::Listed& listed : journal::list(state_dir)) { names.push_back(listed.name); }
  return names;
}

Names plugin_names(const Names& folders) {
  const plugin::Registry registry{folders.empty() ? plugin::default_plugin_path() : folders};
  const std::vector<std::string_view> ids = registry.ids();
  return {ids.begin(), ids.end()};
}

Names profile_names() {
  const plugin::Registry registry{plugin::default_plugin_path()};
  const plugin::Found* const mqtt = registry.find("mqtt");
  const plugin::Option* const option = mqtt == nullptr ? nullptr : mqtt->facts.find("profile");
  return option == nullptr ? Names{} : option->values;
}

Names sensor_names(const Names& folder) {
  Names names;
  for (const FoundSensor& sensor : find_sensors(folder.empty() ? "/sys" : folder.front()).found) {
    names.push_back(sensor.name);
  }
  return names;
}

/// Of those that run, or ended without a word: by their sockets, which nobody is asked over.
Names runtime_names() {
  Names names;
  for (const std::string& folder : config::runtime_folders()) {
    std::error_code failed;
    for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
         entry.increment(failed)) {
      const std::filesystem::path path = entry->path();
      if (path.extension() == config::socket_suffix) { names.push_back(path.stem().string()); }
    }
  }
  return names;
}

/// Files may be called anything, and what a mistaken pipeline names may be, too: nothing that a shell could take for
/// more than a word goes into somebody's command line.
bool is_plain(std::string_view name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

Names fitting_names(const LinePosition& position) {
  switch (position.wanted->kind) {
    case ValueKind::event: {
      const std::vector<std::string_view> ids = log_event_ids();
      return {ids.begin(), ids.end()};
    }
    case ValueKind::node:
      return node_names(pipeline(position));
    case ValueKind::plugin:
      return plugin_names(given(position, "plugin-path"));
    case ValueKind::profile:
      return profile_names();
    case ValueKind::route: {
      const Names& folder = given(position, "state-dir");
      return folder.empty() ? route_names(pipeline(position)) : journal_names(folder.front());
    }
    case ValueKind::runtime:
      return runtime_names();
    case ValueKind::sensor:
      return sensor_names(given(position, "sys"));
    default:
      return {};
  }
}

}  // namespace

int complete_command(std::vector<std::string> words) {
  end_in_time();
  // The shell puts the home folder in only when the line is run.
  const char* const home = std::getenv("HOME");
  for (std::string& word : words) {
    if (home != nullptr && word.starts_with("~/")) { word.replace(0, 1, home); }
  }
  const LinePosition position = line_position(words);
  if (position.wanted == nullptr) { return exit_done; }
  try {
    Names names = fitting_names(position);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const std::string& name : names) {
      if (is_plain(name)) { std::printf("%s\n", name.c_str()); }
    }
  } catch (const std::exception&) { return exit_done; }  // There is nobody to tell.
  return exit_done;
}

}  // namespace culvert
