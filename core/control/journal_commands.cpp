// SPDX-License-Identifier: MIT
#include "core/control/journal_commands.hpp"

#include "core/control/journal_json.hpp"
#include "core/control/table.hpp"
#include "core/message/frame.hpp"
#include "core/util/words.hpp"

#include <memory>
#include <utility>

namespace culvert::control {
namespace {

/// The wall clock's time of the message in an entry; null when there is none.
Json time_json(const std::string& entry) {
  DecodedMessage message;
  return message.decode(entry) ? Json(message.raw().time_ns) : Json(nullptr);
}

class Desk {
 public:
  Desk(const std::string& folder, const std::vector<DurableRoute>& routes, uint64_t run_id, const Log& log)
      : folder_{folder}, routes_{routes}, run_id_{run_id}, log_{log} {}

  /// What is known without the disk.
  Json list() const {
    Json json{{"folder", folder_}, {"journals", Json::array()}};
    for (const DurableRoute& route : routes_) {
      const OutletStatus status = route.fanout->outlet_status(route.route);
      json["journals"].push_back({{"name", route.name},
                                  {"route", route.fanout->spec(route.route).name},
                                  {"messages", status.messages},
                                  {"bytes", status.bytes},
                                  {"dead", route.journal->counters().dead},
                                  {"max_bytes", route.journal->max_bytes()}});
    }
    return json;
  }
  Json edges(const Json& arguments) const {
    journal::Journal& journal = *named(arguments).journal;
    return {{"oldest_ns", time_json(journal.edge(false))}, {"newest_ns", time_json(journal.edge(true))}};
  }
  Json messages(const Json& arguments) const {
    journal::Journal& journal = *named(arguments).journal;
    return with_edition(to_json(journal.messages(after_in(arguments), part_limits)), journal);
  }
  Json dead(const Json& arguments) const {
    journal::Journal& journal = *named(arguments).journal;
    return with_edition(to_json(journal.dead(after_in(arguments), part_limits)), journal);
  }
  Json drop(const Json& arguments) const;

 private:
  const DurableRoute& named(const Json& arguments) const {
    const Json name = arguments.value("journal", Json{});
    for (const DurableRoute& route : routes_) {
      if (name == route.name) { return route; }
    }
    throw Refusal{"the runtime has no \"journal\" of that name"};
  }
  static int64_t after_in(const Json& arguments) {
    const Json after = arguments.value("after", Json(0));
    const bool is_one = after.is_number_integer() && after >= 0 && after <= INT64_MAX / 2;
    if (!is_one) { throw Refusal{"\"after\" must be the one of the answer before, or 0"}; }
    return after.get<int64_t>();
  }
  /// What is asked part by part is one thing only as long as this stays: the process, and the file.
  Json with_edition(Json json, const journal::Journal& journal) const {
    json["edition"] = std::to_string(run_id_) + '.' + std::to_string(journal.counters().set_aside);
    return json;
  }

  const std::string& folder_;
  const std::vector<DurableRoute>& routes_;
  const uint64_t run_id_;
  const Log& log_;
};

Json Desk::drop(const Json& arguments) const {
  const DurableRoute& route = named(arguments);
  const Json what = arguments.value("what", Json{});
  if (what != "all" && what != "dead") { throw Refusal{"\"what\" must be \"all\" or \"dead\""}; }
  if (!route.journal->is_open()) { throw journal::Errand::ending(); }
  OutletDropped dropped;
  if (what == "all") { dropped = route.fanout->drop(route.route); }
  uint64_t dead = 0;
  const bool is_erased = route.journal->erase(true, dead);
  log_.write(LogEvent::journal_dropped, "control",
             "route '" + route.fanout->spec(route.route).name + "': dropped by hand: " +
                 counted(dropped.messages, "message") + " of " + size_text(static_cast<double>(dropped.bytes)) +
                 " and " + counted(dead, "dead letter") + (is_erased ? "" : ", but its disk has not erased all of it"));
  return {{"messages", dropped.messages},
          {"bytes", dropped.bytes},
          {"stay", dropped.stay},
          {"dead", dead},
          {"is_erased", is_erased}};
}

}  // namespace

void add_journal_commands(Commands& commands, std::string folder, WithRoutes with_routes, uint64_t run_id,
                          const Log& log) {
  const auto add = [&](const char* name, auto answer) {
    commands[name] = [folder, with_routes, run_id, &log, answer](const Json& arguments) {
      Json json;
      with_routes([&](const std::vector<DurableRoute>& routes) {
        json = answer(Desk{folder, routes, run_id, log}, arguments);
      });
      return json;
    };
  };
  add("journal_list", [](const Desk& desk, const Json&) { return desk.list(); });
  add("journal_edges", [](const Desk& desk, const Json& arguments) { return desk.edges(arguments); });
  add("journal_messages", [](const Desk& desk, const Json& arguments) { return desk.messages(arguments); });
  add("journal_dead", [](const Desk& desk, const Json& arguments) { return desk.dead(arguments); });
  add("journal_drop", [](const Desk& desk, const Json& arguments) { return desk.drop(arguments); });
}

}  // namespace culvert::control
