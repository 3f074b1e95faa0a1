// SPDX-License-Identifier: MIT
/// Every event that Culvert writes into its log, under an id that stays: what scripts and alarms look for. The one
/// list: lines, `culvert events` and core/EVENTS.md are made of it. Constant; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace culvert {

enum class LogLevel { error, warn, info, debug };

/// "error" of LogLevel::error.
constexpr std::string_view name_of(LogLevel level) noexcept {
  constexpr std::array<std::string_view, 4> names{"error", "warn", "info", "debug"};
  return names[static_cast<std::size_t>(level)];
}

/// In the order of the ids. `journal_no_room` has the id "journal.no-room".
enum class LogEvent : uint8_t {
  clock_set,
  clock_unset,
  config_error,
  config_warning,
  control_refused,
  control_unavailable,
  journal_broken,
  journal_damaged,
  journal_dropped,
  journal_no_room,
  journal_room_again,
  journal_set_aside,
  journal_stranger,
  journal_waits,
  node_bad_topics,
  node_cut_properties,
  node_damaged,
  node_degraded,
  node_failed,
  node_half_placed,
  node_late,
  node_lines_lost,
  node_link,
  node_memory_again,
  node_messages_lost,
  node_new_process,
  node_no_memory,
  node_quarantined,
  node_recovered,
  node_refused,
  node_rejected,
  node_restarted,
  node_retries,
  node_returned,
  node_stays_failed,
  node_stuck,
  node_too_large,
  plugin_line,
  reload_begun,
  reload_busy,
  reload_done,
  reload_failed,
  reload_old_plugin,
  reload_refused,
  reload_rolled_back,
  reload_rolling_back,
  reload_route_removed,
  reload_unfinished,
  route_dropped,
  route_expired,
  runtime_crash_file,
  runtime_ending,
  runtime_failed,
  runtime_idle,
  runtime_last_crash,
  runtime_manager,
  runtime_memory_limits,
  runtime_not_settled,
  runtime_running,
  runtime_state_in_use,
  runtime_state_unknown,
  runtime_stopped,
  runtime_stopping,
  runtime_weak_kernel,
};

/// Which lines of an event say the same, so that of these one is written in 10 s.
enum class LogRepeats {
  alike,    ///< that differ in nothing but numbers; numbers in 'ticks' are names
  equal,    ///< that do not differ
  counted,  ///< none: who logs it counts, and says it once in 10 s
};

struct LogEventFacts {
  LogEvent event;
  std::string_view id;
  std::optional<LogLevel> level;  ///< none: each line has its own
  LogRepeats repeats;
  std::string_view meaning, action;  ///< a sentence each; `action`: what to do about it
};

inline constexpr std::array<LogEventFacts, 64> log_events{{
    {LogEvent::clock_set, "clock.set", LogLevel::info, LogRepeats::equal, "The clock of the box is set now.",
     "Nothing."},
    {LogEvent::clock_unset, "clock.unset", LogLevel::warn, LogRepeats::equal,
     "The clock of the box is not set, and [runtime] clock says what becomes of readings meanwhile.",
     "Have NTP or a clock with a battery set it."},
    {LogEvent::config_error, "config.error", LogLevel::error, LogRepeats::equal,
     "A mistake in the configuration: the start or the reload does not take place.",
     "Correct the place that the line names; 'culvert check' finds all mistakes at once."},
    {LogEvent::config_warning, "config.warning", LogLevel::warn, LogRepeats::equal,
     "Something in the configuration is doubtful.", "Look at the place that the line names."},
    {LogEvent::control_refused, "control.refused", LogLevel::warn, LogRepeats::alike,
     "Another user has asked the control socket, and was refused.", "Ask as root or as the runtime's own user."},
    {LogEvent::control_unavailable, "control.unavailable", LogLevel::warn, LogRepeats::equal,
     "The control socket could not be opened: the runtime works, and 'culvert status', 'reload' and 'journal' cannot "
     "ask it.",
     "Remove the cause that the line names, then restart the runtime."},
    {LogEvent::journal_broken, "journal.broken", LogLevel::error, LogRepeats::alike,
     "A journal cannot be written or read: what memory holds is all that its route accepts.",
     "Look at the disk; the journal is opened again by itself."},
    {LogEvent::journal_damaged, "journal.damaged", LogLevel::error, LogRepeats::equal,
     "Messages in a journal cannot be read, and are lost.", "Look at the disk."},
    {LogEvent::journal_dropped, "journal.dropped", LogLevel::info, LogRepeats::equal,
     "Messages were dropped by 'culvert journal drop'.", "Nothing."},
    {LogEvent::journal_no_room, "journal.no-room", LogLevel::error, LogRepeats::alike,
     "The disk of a journal is full: what was accepted is kept, nothing more is accepted.", "Make room on the disk."},
    {LogEvent::journal_room_again, "journal.room-again", LogLevel::info, LogRepeats::alike,
     "There is room on the disk of a journal again.", "Nothing."},
    {LogEvent::journal_set_aside, "journal.set-aside", LogLevel::error, LogRepeats::alike,
     "A damaged journal was set aside, and a new one begun with what could be read.",
     "Look at the disk; the old file is kept beside the new one."},
    {LogEvent::journal_stranger, "journal.stranger", LogLevel::warn, LogRepeats::equal,
     "A journal belongs to no route of the pipeline: what is in it stays there.",
     "Name the route again, or drop it with 'culvert journal drop'."},
    {LogEvent::journal_waits, "journal.waits", LogLevel::info, LogRepeats::equal,
     "A journal holds messages from before the start, which are delivered now.", "Nothing."},
    {LogEvent::node_bad_topics, "node.bad-topics", LogLevel::warn, LogRepeats::counted,
     "Messages of a node were rejected, because a route made a topic of them that is none.",
     "Correct the 'topic' of the route, or what the plugin emits."},
    {LogEvent::node_cut_properties, "node.cut-properties", LogLevel::warn, LogRepeats::counted,
     "Messages of a node lost properties: a route adds two, and there may be 32.",
     "Have the plugin emit fewer properties."},
    {LogEvent::node_damaged, "node.damaged", LogLevel::warn, LogRepeats::counted,
     "Messages that the process of an isolated node has sent cannot be read.", "Tell who maintains the plugin."},
    {LogEvent::node_degraded, "node.degraded", LogLevel::warn, LogRepeats::alike,
     "A plugin says that it works, but not as it should.", "The line is the plugin's, and says what is wrong."},
    {LogEvent::node_failed, "node.failed", LogLevel::error, LogRepeats::alike,
     "A node has failed: its plugin said so, threw, or its process ended.",
     "The line says why; what becomes of the node says the next one."},
    {LogEvent::node_half_placed, "node.half-placed", LogLevel::warn, LogRepeats::counted,
     "Messages of a node were rejected, because there was no memory to place them on all of their routes.",
     "Raise the limit of memory, or lower [runtime] memory."},
    {LogEvent::node_late, "node.late", LogLevel::warn, LogRepeats::equal,
     "A plugin has taken a message over 60 s ago, and has not finished it.",
     "Look at what the plugin waits for; 'culvert status' shows its link."},
    {LogEvent::node_lines_lost, "node.lines-lost", LogLevel::warn, LogRepeats::counted,
     "An isolated node wrote more lines than could be passed on.",
     "Lower its 'log_level', or have its plugin write less."},
    {LogEvent::node_link, "node.link", LogLevel::debug, LogRepeats::alike, "The link of a connector changed.",
     "Nothing."},
    {LogEvent::node_memory_again, "node.memory-again", LogLevel::info, LogRepeats::equal,
     "There is memory again, and the node takes in messages.", "Nothing."},
    {LogEvent::node_messages_lost, "node.messages-lost", LogLevel::warn, LogRepeats::equal,
     "What an isolated node had emitted found no room on its routes when it ended, and is lost.",
     "Give its routes more room, or make them durable."},
    {LogEvent::node_new_process, "node.new-process", LogLevel::info, LogRepeats::equal,
     "A new process of an isolated node is started, because a file that it reads was replaced.", "Nothing."},
    {LogEvent::node_no_memory, "node.no-memory", LogLevel::error, LogRepeats::equal,
     "There is no memory left: the node takes in nothing new.",
     "Raise the limit of memory, or lower [runtime] memory."},
    {LogEvent::node_quarantined, "node.quarantined", LogLevel::error, LogRepeats::equal,
     "A node has failed five times in ten minutes, and is not tried again.",
     "Remove the cause, then 'culvert reload' or a restart."},
    {LogEvent::node_recovered, "node.recovered", LogLevel::info, LogRepeats::alike,
     "A plugin says that it works as it should again.", "Nothing."},
    {LogEvent::node_refused, "node.refused", LogLevel::warn, LogRepeats::counted,
     "A plugin emitted messages that break a rule, and they were refused.", "Tell who maintains the plugin."},
    {LogEvent::node_rejected, "node.rejected", LogLevel::warn, LogRepeats::counted,
     "A node rejected messages of a route: they will not be offered again.",
     "The line says why; with dead letters they are kept, see 'culvert journal show --dead'."},
    {LogEvent::node_restarted, "node.restarted", LogLevel::info, LogRepeats::alike,
     "A node that had failed runs again.", "Nothing."},
    {LogEvent::node_retries, "node.retries", LogLevel::warn, LogRepeats::alike,
     "A node has failed, and is started again after a while.", "Look at the reason, which the line before says."},
    {LogEvent::node_returned, "node.returned", LogLevel::info, LogRepeats::alike,
     "A call into a plugin that did not return has returned.", "Nothing."},
    {LogEvent::node_stays_failed, "node.stays-failed", LogLevel::warn, LogRepeats::equal,
     "A node has failed and is not started again, as its 'on_failure' says; the others go on.",
     "Remove the cause, then 'culvert reload' or a restart."},
    {LogEvent::node_stuck, "node.stuck", LogLevel::warn, LogRepeats::alike,
     "A call into a plugin has not returned within 'hang_timeout'.",
     "Tell who maintains the plugin; with 'isolate' the node is started again."},
    {LogEvent::node_too_large, "node.too-large", LogLevel::warn, LogRepeats::counted,
     "Messages of a node were rejected, because a route made more of them than a message may hold.",
     "Have the plugin emit less in one message."},
    {LogEvent::plugin_line, "plugin.line", std::nullopt, LogRepeats::alike, "A line of a plugin's own.",
     "See what its README says."},
    {LogEvent::reload_begun, "reload.begun", LogLevel::info, LogRepeats::equal,
     "A changed configuration is being taken.", "Nothing."},
    {LogEvent::reload_busy, "reload.busy", LogLevel::warn, LogRepeats::equal,
     "A node that a reload ends has not come to rest in time: what it takes in meanwhile may come twice.",
     "Nothing, unless duplicates hurt."},
    {LogEvent::reload_done, "reload.done", LogLevel::info, LogRepeats::equal,
     "The changed configuration runs, and has passed its trial.", "Nothing."},
    {LogEvent::reload_failed, "reload.failed", LogLevel::error, LogRepeats::equal,
     "A reload failed, and the configuration of before could not be put back whole.", "Restart the runtime."},
    {LogEvent::reload_old_plugin, "reload.old-plugin", LogLevel::warn, LogRepeats::equal,
     "The file of a plugin was replaced, and this process goes on with the old one.",
     "Restart the runtime to have the new one."},
    {LogEvent::reload_refused, "reload.refused", LogLevel::error, LogRepeats::equal,
     "A reload was refused: all is as it was.", "The line says why; correct it and reload again."},
    {LogEvent::reload_rolled_back, "reload.rolled-back", LogLevel::error, LogRepeats::equal,
     "A node failed with the changed configuration: the one of before runs again.",
     "The line says which node and why; correct it and reload again."},
    {LogEvent::reload_rolling_back, "reload.rolling-back", LogLevel::error, LogRepeats::equal,
     "A node failed with the changed configuration: the one of before is being put back.",
     "Wait for the line that says how it went."},
    {LogEvent::reload_route_removed, "reload.route-removed", LogLevel::warn, LogRepeats::equal,
     "A route was removed that held messages; the line says what became of them.",
     "What is kept in a journal is there again with the route."},
    {LogEvent::reload_unfinished, "reload.unfinished", LogLevel::warn, LogRepeats::equal,
     "Messages did not end in time before a node was exchanged, and may come twice.",
     "Nothing, unless duplicates hurt."},
    {LogEvent::route_dropped, "route.dropped", LogLevel::warn, LogRepeats::counted,
     "A route was full and dropped messages, as its 'when_full' says.",
     "Give it more room, make it durable, or look at why its reader is slow."},
    {LogEvent::route_expired, "route.expired", LogLevel::warn, LogRepeats::counted,
     "A route dropped messages that were older than its 'ttl'.", "Look at why its reader is slow, or raise 'ttl'."},
    {LogEvent::runtime_crash_file, "runtime.crash-file", LogLevel::warn, LogRepeats::equal,
     "The record of crashes in the state folder cannot be read or written.", "Look at the state folder."},
    {LogEvent::runtime_ending, "runtime.ending", LogLevel::error, LogRepeats::equal,
     "The runtime ends, because a node failed that it may not go on without, or none is left that takes messages.",
     "Remove the cause that the line before says."},
    {LogEvent::runtime_failed, "runtime.failed", LogLevel::error, LogRepeats::equal,
     "The runtime could not start, or cannot go on.", "The line says why."},
    {LogEvent::runtime_idle, "runtime.idle", LogLevel::info, LogRepeats::equal,
     "No file of the usual folder names a node: there is nothing to do, and the runtime ends with 0.",
     "Write a pipeline, as 'culvert init' does, and start it again."},
    {LogEvent::runtime_last_crash, "runtime.last-crash", LogLevel::error, LogRepeats::equal,
     "The last run was ended by a crash.", "The line says in whose plugin; give that node 'isolate = true'."},
    {LogEvent::runtime_manager, "runtime.manager", LogLevel::warn, LogRepeats::equal,
     "The service manager cannot be told how the runtime is.", "Look at NOTIFY_SOCKET, which the line speaks of."},
    {LogEvent::runtime_memory_limits, "runtime.memory-limits", LogLevel::info, LogRepeats::equal,
     "The kernel limits the memory of isolated nodes too.", "Nothing."},
    {LogEvent::runtime_not_settled, "runtime.not-settled", LogLevel::error, LogRepeats::equal,
     "With --once: not everything was settled before --timeout.",
     "Look at what does not take its messages, or raise --timeout."},
    {LogEvent::runtime_running, "runtime.running", LogLevel::info, LogRepeats::equal, "The nodes are created, and run.",
     "Nothing."},
    {LogEvent::runtime_state_in_use, "runtime.state-in-use", LogLevel::error, LogRepeats::equal,
     "Another runtime uses the state folder.", "Stop that one, or set another [runtime] state_dir."},
    {LogEvent::runtime_state_unknown, "runtime.state-unknown", LogLevel::error, LogRepeats::equal,
     "A newer Culvert has written the state folder, or it is another user's or another program's: the start does not "
     "take place.",
     "Do as the line says: run the newer Culvert, or set another [runtime] state_dir."},
    {LogEvent::runtime_stopped, "runtime.stopped", std::nullopt, LogRepeats::equal,
     "The end of a run, with what it delivered: info, or warn when something was not delivered.",
     "What is not delivered is lost; make its route durable."},
    {LogEvent::runtime_stopping, "runtime.stopping", LogLevel::info, LogRepeats::equal,
     "A signal was taken: the runtime comes to its end within 5 s.", "Nothing; a second signal ends it at once."},
    {LogEvent::runtime_weak_kernel, "runtime.weak-kernel", LogLevel::warn, LogRepeats::equal,
     "The kernel lacks means to confine isolated nodes.", "The line says which; a newer kernel has them."},
}};

constexpr const LogEventFacts& facts_of(LogEvent event) noexcept { return log_events[static_cast<std::size_t>(event)]; }

/// The facts of "node.failed", or null.
constexpr const LogEventFacts* find_log_event(std::string_view id) noexcept {
  for (const LogEventFacts& facts : log_events) {
    if (facts.id == id) { return &facts; }
  }
  return nullptr;
}

/// An event at a level, which is the event's own where it has one.
struct LogKind {
  /// Does not compile for an event whose lines have each their own.
  consteval LogKind(LogEvent event) : event{event}, level{facts_of(event).level.value()} {}
  constexpr LogKind(LogEvent event, LogLevel otherwise) noexcept
      : event{event}, level{facts_of(event).level.value_or(otherwise)} {}
  bool operator==(const LogKind&) const = default;

  LogEvent event;
  LogLevel level;
};

namespace detail {

/// "area.what-it-is".
constexpr bool is_log_event_id(std::string_view id) noexcept {
  std::size_t dots = 0;
  char before = '.';
  for (const char c : id) {
    const bool is_letter = c >= 'a' && c <= 'z';
    const bool begins_word = before == '.' || before == '-';
    if (!is_letter && (begins_word || (c != '.' && c != '-'))) { return false; }
    dots += c == '.' ? 1 : 0;
    before = c;
  }
  return dots == 1 && before != '.' && before != '-';
}

constexpr bool are_log_events_sound() noexcept {
  for (std::size_t at = 0; at < log_events.size(); ++at) {
    const LogEventFacts& facts = log_events[at];
    if (facts.event != static_cast<LogEvent>(at) || !is_log_event_id(facts.id)) { return false; }
    if (at > 0 && log_events[at - 1].id >= facts.id) { return false; }
    if (facts.meaning.empty() || facts.action.empty()) { return false; }
  }
  return true;
}

}  // namespace detail

static_assert(detail::are_log_events_sound(),
              "each event at its place, with an id of its own, in the order of the ids");

}  // namespace culvert
