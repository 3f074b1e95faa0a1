// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/problems.hpp"
#include "core/util/words.hpp"

#include <cstdio>

namespace culvert {
namespace {

bool check_one(const std::string& name, const std::vector<std::string>& files) {
  const LoadedFile loaded = load_and_check(files);
  print_problems(loaded.problems);
  if (loaded.problems.has_errors()) { return false; }
  const std::size_t nodes = loaded.pipeline.nodes.size(), edges = loaded.pipeline.edges.size();
  std::printf("%s: ok, %s, %s\n", name.c_str(), counted(nodes, "node").c_str(), counted(edges, "route").c_str());
  return true;
}

}  // namespace

int check_command(const std::vector<std::string>& files) {
  bool all = true;
  if (files.empty()) {
    all = check_one("/etc/culvert", config::default_files());
  } else {
    for (const std::string& file : files) { all = check_one(file, {file}) && all; }
  }
  return all ? exit_done : exit_configuration;
}

}  // namespace culvert
