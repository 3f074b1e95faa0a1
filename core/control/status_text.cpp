// SPDX-License-Identifier: MIT
#include "core/control/status_text.hpp"

#include "core/control/status_json.hpp"
#include "core/control/table.hpp"
#include "core/node/restart_policy.hpp"
#include "core/util/log.hpp"
#include "core/util/words.hpp"

namespace culvert::control {
namespace {

std::string text_at(const Json& json, const char* key) { return printable(json.at(key).get<std::string>()); }
std::string count_at(const Json& json, const char* key) { return std::to_string(json.at(key).get<uint64_t>()); }
std::string duration_at(const Json& json, const char* key) { return duration_text(json.at(key).get<double>()); }

/// "rejected 3, unrouted 1": those that are not 0.
std::string counts(const Json& counters, const std::vector<const char*>& names) {
  std::string text;
  for (const char* name : names) {
    if (counters.at(name) == 0) { continue; }
    text += (text.empty() ? "" : ", ") + std::string{name} + ' ' + count_at(counters, name);
  }
  return text;
}

std::string all_counts(const Json& counters) {
  std::vector<const char*> names;
  for (const auto& [name, value] : counters.items()) { names.push_back(name.c_str()); }
  return printable(counts(counters, names));
}

/// What becomes of a node that has failed, and why it last did, with what it had said before.
void note_failure(const Json& node, Table& table) {
  if (node.value("quarantined", false)) {
    table.note("quarantined after " + std::to_string(RestartPolicy::max_failures) + " failures in " +
               std::to_string(RestartPolicy::window_ns / (60 * one_second_ns)) + " minutes");
  }
  const Json next = node.value("next_try_s", Json{}), failure = node.value("last_failure", Json{});
  if (!next.is_null()) { table.note("next try in " + duration_text(next.get<double>() + 0.999)); }
  if (failure.is_null()) { return; }
  const uint64_t restarts = node.value("restarts", uint64_t{0});
  const std::string reason = text_at(failure, "reason");
  table.note((restarts == 0 ? "" : counted(restarts, "restart") + ", ") + "last failure " +
             duration_at(failure, "ago_s") + " ago" + (reason == text_at(node, "reason") ? "" : ": " + reason));
  for (const Json& line : failure.at("lines")) { table.note("| " + printable(line.get<std::string>())); }
}

void add_node(const Json& node, Table& table) {
  const Json& counters = node.at("counters");
  const Json& link = node.at("link");
  const bool runs = node.at("uptime_s") != 0.0;
  table.add({text_at(node, "name"), text_at(node, "plugin"), text_at(node, "state"),
             runs ? duration_at(node, "uptime_s") : "-", count_at(counters, "received"), count_at(counters, "emitted"),
             link.is_null() ? "-" : text_at(link, "state")});
  table.note(text_at(node, "reason"));
  note_failure(node, table);
  if (!link.is_null()) { table.note(text_at(link, "detail")); }
  table.note(counts(counters, {"rejected", "unrouted", "bad_topic", "too_large", "cut_properties", "half_placed",
                               "damaged", "refused", "stale_completions"}));
  table.note(all_counts(node.at("plugin_counters")));
}

std::string part_of(const std::string& part, const std::string& whole) { return part + '/' + whole; }

void add_route(const Json& route, Table& table) {
  const Json& queue = route.at("queue");
  const Json& counters = route.at("counters");
  const auto size_at = [&queue](const char* key) { return size_text(queue.at(key).get<double>()); };
  const uint64_t lost = counters.at("dropped").get<uint64_t>() + counters.at("rejected").get<uint64_t>();
  table.add({text_at(route, "name"), part_of(count_at(queue, "messages"), count_at(queue, "max_messages")),
             part_of(size_at("bytes"), size_at("max_bytes")), count_at(queue, "in_flight"),
             count_at(counters, "delivered"), std::to_string(lost)});
  table.note(counts(counters, {"rejected", "dropped_oldest", "dropped_newest", "dropped_downstream", "dropped_by_hand",
                               "expired", "damaged", "stale_frames", "damaged_frames", "stray_ranges"}));
  const Json& journal = route.at("journal");
  if (journal.is_null()) { return; }
  const std::string unwritten = counts(journal, {"unwritten"});
  table.note("on disk " + count_at(journal, "messages") + ", " + size_text(journal.at("bytes").get<double>()) +
             (unwritten.empty() ? "" : ", " + unwritten));
}

std::string render(const Json& status) {
  const Json& runtime = status.at("runtime");
  std::string text = "runtime '" + text_at(runtime, "name") + "', process " + count_at(runtime, "pid") + ", up " +
                     duration_at(runtime, "uptime_s") + ", " + size_text(runtime.at("queued_bytes").get<double>()) +
                     " of " + size_text(runtime.at("max_queued_bytes").get<double>()) + " queued" +
                     (runtime.value("clock_is_set", true) ? "" : ", its clock is not set") + '\n';
  // A runtime of an earlier version says nothing of it.
  if (const Json crash = runtime.value("last_crash", Json{}); !crash.is_null()) {
    text += wrapped("its last run was ended by " + printable(last_crash_of(crash).text()));
  }
  Table nodes{{"NODE", "PLUGIN", "STATE", "UP", "IN", "OUT", "LINK"}, {false, false, false, true, true, true, false}};
  for (const Json& node : status.at("nodes")) { add_node(node, nodes); }
  Table routes{{"ROUTE", "QUEUED", "BYTES", "IN FLIGHT", "DELIVERED", "LOST"}, {false, true, true, true, true, true}};
  for (const Json& route : status.at("routes")) { add_route(route, routes); }
  return text + '\n' + nodes.text() + '\n' + routes.text();
}

}  // namespace

std::string status_text(const Json& status) {
  try {
    return render(status);
  } catch (const Json::exception&) {
    throw Refusal{"the answer cannot be read, another version of Culvert runs there; try --format json"};
  }
}

}  // namespace culvert::control
