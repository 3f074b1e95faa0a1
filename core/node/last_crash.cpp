// SPDX-License-Identifier: MIT
#include "core/node/last_crash.hpp"

#include "core/node/crash_handler.hpp"
#include "core/util/clock.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace culvert {
namespace {

template <std::size_t size>
std::string text_of(const char (&bytes)[size]) {
  return {bytes, strnlen(bytes, size)};
}

bool is_known(int signal) {
  return std::find(std::begin(CrashHandler::signals), std::end(CrashHandler::signals), signal) !=
         std::end(CrashHandler::signals);
}

std::optional<double> ago_s(const CrashRecord& record, const std::string& boot_id) {
  const bool same_start = !boot_id.empty() && text_of(record.boot_id) == boot_id;
  const int64_t ago_ns =
      same_start ? moved_ns(boot_time_ns(), -record.boot_time_ns) : moved_ns(wall_ns(), -record.wall_ns);
  return ago_ns >= 0 && record.boot_time_ns >= 0 && record.wall_ns >= 0
             ? std::optional{static_cast<double>(ago_ns) / one_second_ns}
             : std::nullopt;
}

}  // namespace

std::string LastCrash::text() const {
  std::string text = signal;
  if (sent_by) {
    text += " that " + (*sent_by > 0 ? "process " + std::to_string(*sent_by) : "another process") + " sent";
  } else if (!node.empty()) {
    text += " in node '" + node + "' (plugin '" + plugin + "', " +
            (call.empty() ? "between its calls" : "in '" + call + '\'') + ')';
  } else {
    text += " in a thread named '" + thread + '\'';
  }
  return text + (ago_s ? ", " + duration_text(*ago_s) + " ago" : ", at a time that is not known");
}

std::optional<LastCrash> read_crash(const CrashRecord& record, const std::string& boot_id, std::string& ret_why) {
  if (record.magic != CrashRecord::magic_number) {
    ret_why = "it is no record of a crash";
  } else if (record.version != CrashRecord::this_version || record.size != sizeof record) {
    ret_why = "another version of Culvert has written it";
  } else if (record.state == CrashRecord::begun) {
    ret_why = "a crash was not recorded to the end";
  } else if (record.state != CrashRecord::nothing && (record.state != record.run || !is_known(record.signal))) {
    ret_why = "it is damaged";
  }
  if (!ret_why.empty() || record.state == CrashRecord::nothing) { return std::nullopt; }
  LastCrash crash;
  crash.signal = std::string{"SIG"} + sigabbrev_np(record.signal);
  crash.node = text_of(record.node);
  crash.plugin = text_of(record.plugin);
  crash.call = text_of(record.call);
  crash.thread = text_of(record.thread);
  const bool is_sent = record.code == SI_USER || record.code == SI_QUEUE || record.code == SI_TKILL;
  if (is_sent && record.sender != record.pid) { crash.sent_by = record.sender; }
  crash.wall_ns = record.wall_ns;
  crash.ago_s = ago_s(record, boot_id);
  return crash;
}

std::string crash_hint(const LastCrash& crash) {
  if (crash.sent_by || crash.node.empty()) { return {}; }
  return "all plugins run in one process: if it happens again, give the node one of its own with isolate = true, or "
         "take "
         "another version of that plugin";
}

}  // namespace culvert
