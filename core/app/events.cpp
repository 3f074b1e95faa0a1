// SPDX-License-Identifier: MIT
#include "core/util/events.hpp"

#include "core/app/command_line.hpp"
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/config/problem.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

namespace culvert {
namespace {

using Events = std::span<const LogEventFacts>;

constexpr std::string_view page_head =
    R"(# Events of the log

Each line of the log is of one event, whose id stays: look for it, and not for the words of a line. On a line of text it stands at the end in
brackets, as in `error s: its process ended by SIGSEGV [node.failed]`, but for a plugin's own lines. With `--log-format json` it is
the line's `event`. This page is made by `culvert events --format markdown`; `culvert events ID` shows one.

The same event is written once in 10 s: more of these are counted, and the latest is written with the count at the end of the 10 s, or of the run, as in
`... (13 more in 10 s)`; a JSON line has it as `count`, and its `time_ns` is that of the latest.
As text it says how long ago that was, when it is a second or more: a line that was written meanwhile may be of something newer. Lines are the same when they have the
id, the subject and the text in common; what is compared of the text says the column "the same". Debug lines are all written.

| the same | which lines are |
|---|---|
| `alike` | those that differ in nothing but numbers; a number within 'ticks' belongs to a name |
| `equal` | those that do not differ |
| `counted` | none: such a line says itself how many it stands for, and comes once in 10 s |

| event | level | the same | what it means | what to do |
|---|---|---|---|---|
)";

std::string_view level_of(const LogEventFacts& facts) { return facts.level ? name_of(*facts.level) : "as said"; }

std::string_view name_of(LogRepeats repeats) {
  constexpr std::array<std::string_view, 3> names{"alike", "equal", "counted"};
  return names[static_cast<std::size_t>(repeats)];
}

void write_markdown(Events events) {
  std::string text{page_head};
  for (const LogEventFacts& facts : events) {
    text.append("| `").append(facts.id).append("` | ").append(level_of(facts)).append(" | `");
    text.append(name_of(facts.repeats)).append("` | ").append(facts.meaning).append(" | ");
    text.append(facts.action).append(" |\n");
  }
  std::fputs(text.c_str(), stdout);
}

void write_json(Events events) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const LogEventFacts& facts : events) {
    all.push_back({{"id", facts.id},
                   {"level", facts.level ? nlohmann::ordered_json(level_of(facts)) : nlohmann::ordered_json(nullptr)},
                   {"repeats", name_of(facts.repeats)},
                   {"meaning", facts.meaning},
                   {"action", facts.action}});
  }
  std::printf("%s\n", all.dump(2).c_str());
}

void write_text(Events events) {
  const char* before = "";
  for (const LogEventFacts& facts : events) {
    std::string text = before;
    text.append(facts.id).append(" (").append(level_of(facts)).append(")\n  ");
    text.append(facts.meaning).append("\n  ").append(facts.action).append("\n");
    std::fputs(text.c_str(), stdout);
    before = "\n";
  }
}

/// That one, or all.
Events chosen(const std::string& id) {
  if (id.empty()) { return log_events; }
  if (const LogEventFacts* const facts = find_log_event(id)) { return {facts, 1}; }
  const std::vector<std::string_view> known = log_event_ids();
  throw UsageError{"there is no event '" + id + "'" + config::suggestion(id, known)};
}

}  // namespace

std::vector<std::string_view> log_event_ids() {
  std::vector<std::string_view> ids(log_events.size());
  std::transform(log_events.begin(), log_events.end(), ids.begin(),
                 [](const LogEventFacts& facts) { return facts.id; });
  return ids;
}

int events_command(const std::string& id, const std::string& format) {
  const Events events = chosen(id);
  if (format == "json") {
    write_json(events);
  } else if (format == "markdown") {
    write_markdown(events);
  } else {
    write_text(events);
  }
  return exit_done;
}

}  // namespace culvert
