// SPDX-License-Identifier: MIT
#include "core/app/reload_text.hpp"

#include "core/util/log.hpp"
#include "core/util/words.hpp"

#include <map>
#include <string_view>

namespace culvert {
namespace {

using control::Json;

std::string joined(const Json& words) {
  std::string text;
  for (const Json& word : words) { text += (text.empty() ? "" : ", ") + printable(word.get<std::string>()); }
  return text;
}

/// "node 'boiler' changed: interval" for each that is not left as it is.
std::string lines(const Json& differences, std::string_view kind) {
  std::string text;
  for (const Json& one : differences) {
    const std::string fate = one.at("fate");
    if (fate == "unchanged") { continue; }
    const std::string what = joined(one.at("what"));
    text.append(kind).append(" '").append(printable(one.at("name").get<std::string>())).append("' ").append(fate);
    text += (what.empty() ? "" : ": " + what) + '\n';
  }
  return text;
}

std::size_t unchanged(const Json& differences) {
  std::size_t count = 0;
  for (const Json& one : differences) { count += one.at("fate") == "unchanged" ? 1 : 0; }
  return count;
}

std::string verdict_text(const Json& report, bool is_same) {
  static const std::map<std::string, std::string, std::less<>> texts{
      {"done", "done"},
      {"bad_file", "refused, all is as it was"},
      {"refused", "refused, all is as it was"},
      {"rolled_back", "rolled back, the configuration of before runs again"},
      {"failed", "failed, restart the runtime"},
  };
  const std::string verdict = report.at("verdict");
  const auto found = texts.find(verdict);
  const std::string reason = printable(report.at("reason").get<std::string>());
  std::string text = found == texts.end() ? verdict : found->second;
  if (verdict == "done" && is_same) { text += ", nothing differs"; }
  return text + (reason.empty() ? "" : ": " + reason) + '\n';
}

}  // namespace

std::string reload_text(const Json& report) try {
  std::string text;
  if (const std::string keys = joined(report.at("runtime")); !keys.empty()) {
    text += "[runtime] changed: " + keys + '\n';
  }
  text += lines(report.at("nodes"), "node") + lines(report.at("routes"), "route");
  const bool is_same = text.empty();
  if (!is_same) {
    text += counted(unchanged(report.at("nodes")), "node") + " and " +
            counted(unchanged(report.at("routes")), "route") + " unchanged\n";
  }
  return text + verdict_text(report, is_same);
} catch (const Json::exception&) {
  throw control::Refusal{"the answer cannot be read, another version of Culvert runs there"};
}

}  // namespace culvert
