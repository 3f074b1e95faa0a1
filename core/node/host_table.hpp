// SPDX-License-Identifier: MIT
/// The host's side of the plugin boundary for one node: the table of functions, and the checks behind it.
/// Each instance of the plugin has a table of its own, so that nothing which an old one still says is taken for the
/// present one's. The functions may be called from any thread; what is of an instance or of `process` by the node's.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/node/mailbox.hpp"
#include "core/node/recent_lines.hpp"
#include "core/util/clock_watch.hpp"
#include "core/util/log.hpp"
#include "core/util/occasional.hpp"

#include <culvert/plugin.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace culvert {

/// Who the node is; fixed for its life.
struct NodeNames {
  std::string node, runtime, state_dir;
  std::string topic;  ///< a template, for messages that are emitted without one
  LogLevel log_level = LogLevel::info;
  uint32_t run_mode = CULVERT_RUN_ON;
  std::string plugin;  ///< its id
};

/// What a plugin has said about itself.
struct NodeSayings {
  std::atomic<bool> failed{false};
  std::atomic<bool> degraded{false};
  std::atomic<bool> has_link{false};
  std::atomic<uint32_t> link{CULVERT_LINK_DOWN};
  std::atomic<uint64_t> refused_messages{0};
  std::atomic<int64_t> last_emit_ns{0};  ///< monotonic
};

constexpr std::string_view link_name(uint32_t link) noexcept {
  constexpr std::string_view names[] = {"down", "connecting", "up"};
  return names[link];
}

/// The words that go with them; the mutex of the table guards them.
struct NodeWords {
  std::string reason;       ///< why it is degraded or has failed; empty when it is neither
  std::string link_detail;  ///< to whom, or why not
};

/// Why an instance failed, and what its node had logged before.
struct Failure {
  std::string reason;
  std::vector<std::string> lines;
  int64_t at_ns = 0;  ///< monotonic
};

/// What becomes of the times of messages while the clock of the box is not set: they are marked, or corrected as well.
struct Timing {
  const ClockWatch* clock = nullptr;  ///< null: it counts as set
  bool corrects = false;
  bool is_set() const noexcept { return clock == nullptr || clock->is_set(); }
};

class HostTable {
 public:
  /// `instances`: how many have worked at that fan-out, which counts on.
  HostTable(NodeNames names, Timing timing, Fanout& fanout, Mailbox& mailbox, std::atomic<uint32_t>& instances,
            const Log& log);
  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;

  /// The table of the present instance.
  const culvert_host* raw() const noexcept { return &seats_[seat_of(instance_)]->table; }
  /// Which one that is; those of all tables of one fan-out count from 1.
  uint32_t instance() const noexcept { return instance_; }
  /// A new instance: nothing is known of it yet, and it may emit; children only when the node is to end.
  void renew(bool quiesces);
  const NodeNames& names() const noexcept { return names_; }
  NodeSayings& sayings() noexcept { return sayings_; }
  /// Of each at most this many bytes are kept.
  static constexpr std::size_t max_word_bytes = 512;
  NodeWords words() const;
  void log(LogKind kind, std::string_view line) const;
  /// From now on, instead of that of its names.
  void set_log_level(LogLevel level) noexcept { log_level_ = level; }
  /// Of the last instance that failed.
  std::optional<Failure> last_failure() const;
  /// The node has failed. Only the first reason is told and kept: what follows it is the noise of the fall.
  void fail(std::string_view why);
  /// Renders a template; the first 256 are kept compiled. A message that has no topic yet has the one that it would
  /// get. Throws std::invalid_argument.
  static constexpr std::size_t max_templates = 256;
  std::string render(std::string_view text, const culvert_message& message);
  /// Keeps why a message is about to be rejected. Without memory there is no reason.
  void explain(uint64_t token, std::string_view reason) noexcept;
  /// The table's owner.
  static HostTable& self(const culvert_host* host) noexcept { return *static_cast<const Seat*>(host->context)->owner; }

  /// Between these, what the calling thread emits is a child of the input.
  void begin_process() noexcept { processing_ = std::this_thread::get_id(); }
  void end_process() noexcept { processing_ = std::thread::id{}; }
  /// From now on only children may be emitted; after `close` nothing.
  void quiesce() noexcept { gate_ = Gate::children; }
  void close() noexcept { gate_ = Gate::closed; }
  /// Since one of these no message of the plugin's own is placed any more, and none is being placed.
  bool is_quiet() const noexcept { return gate_ != Gate::open && emitting_ == 0; }
  /// Whether an `emit` was answered with CULVERT_AGAIN since the last call.
  bool take_room_wanted() noexcept { return room_wanted_.exchange(false); }

 private:
  enum class Gate { open, children, closed };
  /// The table of one instance. It stays where it is when that has ended: a thread that it left behind may still call.
  struct Seat {
    culvert_host table{};
    HostTable* owner = nullptr;
    std::atomic<uint32_t> instance{0};
  };
  /// More than these are not kept: after so many restarts a place is used again.
  static constexpr std::size_t max_seats = 255;
  static std::size_t seat_of(uint32_t instance) noexcept { return (instance - 1) % max_seats; }
  static uint32_t caller(const culvert_host* host) noexcept {
    return static_cast<const Seat*>(host->context)->instance;
  }
  bool is_present(const culvert_host* host) const noexcept { return caller(host) == instance_; }
  void take_seat(uint32_t instance);
  static void fill(culvert_host& table) noexcept;

  culvert_status emit(const culvert_message& message, uint64_t token, uint32_t instance);
  /// Marks it when its time is by a clock that is not set. Answers what routes are to carry instead.
  BootTime stamp(culvert_message& sent, bool is_child) const noexcept;
  /// False when the message is on some of its routes only: what they hold is not known any more.
  bool try_emit(const culvert_host* host, const culvert_message& message, uint64_t token, culvert_status& ret_status);
  void report(culvert_status status, std::string_view why);
  void set_link(uint32_t state, std::string_view detail);
  void keep(std::string& word, std::string_view said);
  void want_room() noexcept;
  void refuse(std::string_view problem);
  /// The template among those that are kept; nothing when there are too many already.
  const Template* kept(std::string_view text);

  const NodeNames names_;
  const Timing timing_;
  Fanout& fanout_;
  Mailbox& mailbox_;
  const Log& log_;
  std::array<std::unique_ptr<Seat>, max_seats> seats_;
  std::atomic<uint32_t>& instances_;
  std::atomic<uint32_t> instance_{0};
  NodeSayings sayings_;
  std::atomic<LogLevel> log_level_{names_.log_level};
  const Template topic_;
  std::atomic<std::thread::id> processing_{};
  std::atomic<Gate> gate_{Gate::open};
  std::atomic<uint32_t> emitting_{0};  ///< threads that are past the gate, or about to look at it
  std::atomic<bool> room_wanted_{false};

  mutable std::mutex mutex_;  ///< guards what follows
  NodeWords words_;
  mutable RecentLines recent_;
  std::string failure_reason_;
  RecentLines failure_lines_;
  int64_t failure_ns_ = 0;  ///< 0: none has failed
  std::map<std::string, Template, std::less<>> templates_;
  Occasional refused_;
};

}  // namespace culvert
