// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/completion_scripts.hpp"
#include "core/app/exit_codes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace culvert {

bool is_completed_by_name(const Argument& argument) {
  using enum ValueKind;
  constexpr std::array named{event, node, plugin, profile, route, runtime, sensor};
  return std::find(named.begin(), named.end(), argument.kind) != named.end();
}

std::string joined(Words words) {
  std::string text;
  for (const std::string_view word : words) { text.append(text.empty() ? "" : " ").append(word); }
  return text;
}

std::string filled(std::string_view text, std::string_view mark, std::string_view by) {
  std::string made{text};
  return made.replace(made.find(mark), mark.size(), by);
}

int completion_command(const std::string& shell) {
  const std::string script = shell == "bash"  ? bash_completion()
                             : shell == "zsh" ? zsh_completion()
                                              : fish_completion();
  std::fputs(script.c_str(), stdout);
  return exit_done;
}

}  // namespace culvert
