// SPDX-License-Identifier: MIT
#include "core/node/host_table.hpp"

#include "core/message/check.hpp"
#include "core/message/utf8.hpp"
#include "core/node/extensions.hpp"
#include "core/util/clock.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>
#include <optional>

namespace culvert {
namespace {

culvert_text as_text(const std::string& text) { return {text.c_str(), text.size()}; }
std::string_view as_view(culvert_text text) { return {text.data, text.size}; }

/// No exception may cross the boundary. What can be thrown behind it is the lack of memory; a line of the log that is
/// lost to it is not missed much.
template <class Result, class Call>
Result contained(Result otherwise, Call call) noexcept {
  try {
    return call();
  } catch (...) { return otherwise; }
}

/// Counts who is in it.
class Passing {
 public:
  Passing(std::atomic<uint32_t>& count, bool counts) noexcept : count_{counts ? &count : nullptr} {
    if (count_ != nullptr) { ++*count_; }
  }
  ~Passing() {
    if (count_ != nullptr) { --*count_; }
  }
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;

 private:
  std::atomic<uint32_t>* const count_;
};

}  // namespace

HostTable::HostTable(NodeNames names, Timing timing, Fanout& fanout, Mailbox& mailbox, std::atomic<uint32_t>& instances,
                     const Log& log)
    : names_{std::move(names)},
      timing_{timing},
      fanout_{fanout},
      mailbox_{mailbox},
      log_{log},
      instances_{instances},
      topic_{names_.topic} {
  // So that why a node failed can be kept when what failed is memory.
  for (std::string* word : {&words_.reason, &words_.link_detail, &failure_reason_}) { word->reserve(max_word_bytes); }
  take_seat(++instances_);
}

void HostTable::take_seat(uint32_t instance) {
  std::unique_ptr<Seat>& seat = seats_[seat_of(instance)];
  if (!seat) {
    seat = std::make_unique<Seat>();
    seat->owner = this;
    culvert_host& table = seat->table;
    table.size = sizeof table;
    table.abi_minor = CULVERT_ABI_MINOR;
    table.context = seat.get();
    table.node_name = as_text(names_.node);
    table.runtime_name = as_text(names_.runtime);
    table.state_dir = as_text(names_.state_dir);
    table.run_mode = names_.run_mode;
    fill(table);
  }
  seat->instance = instance;
  instance_ = instance;
}

void HostTable::renew(bool quiesces) {
  take_seat(++instances_);
  {
    const std::lock_guard lock{mutex_};
    words_.reason.clear();
    words_.link_detail.clear();
  }
  sayings_.failed = sayings_.degraded = sayings_.has_link = false;
  sayings_.link = CULVERT_LINK_DOWN;
  room_wanted_ = false;
  gate_ = quiesces ? Gate::children : Gate::open;
}

void HostTable::fill(culvert_host& table) noexcept {
  table.emit = [](const culvert_host* host, const culvert_message* message, uint64_t token) {
    HostTable& table = self(host);
    // Without memory nothing was taken, and later there may be some again: as if a route was full.
    culvert_status status = CULVERT_AGAIN;
    const bool placed = contained(true, [&] { return table.try_emit(host, *message, token, status); });
    if (!placed) { host->report(host, CULVERT_FAILED, text(PlacingFailed{}.what())); }
    if (status == CULVERT_AGAIN) { table.want_room(); }
    return status;
  };
  table.log = [](const culvert_host* host, uint32_t level, culvert_text line) {
    const auto known = static_cast<LogLevel>(std::min<uint32_t>(level, CULVERT_LOG_DEBUG));
    contained(0, [&] { return self(host).log({LogEvent::plugin_line, known}, as_view(line)), 0; });
  };
  table.report = [](const culvert_host* host, culvert_status status, culvert_text why) {
    HostTable& table = self(host);
    // What one that has ended says of itself is not true of the next.
    if (!table.is_present(host)) { return host->log(host, CULVERT_LOG_WARN, why); }
    contained(0, [&] { return table.report(status, as_view(why)), 0; });
    table.mailbox_.doorbell().ring();
  };
  table.set_link = [](const culvert_host* host, uint32_t state, culvert_text detail) {
    if (!self(host).is_present(host)) { return; }
    contained(0, [&] { return self(host).set_link(state, as_view(detail)), 0; });
  };
  table.complete = [](const culvert_host* host, uint64_t token, culvert_status status) {
    // A message that never ends would stop its route for ever: better that the node ends.
    const bool posted = contained(false, [&] { return self(host).mailbox_.post({token, status}), true; });
    if (!posted) { host->report(host, CULVERT_FAILED, {"there is no memory", 18}); }
  };
  table.ready = [](const culvert_host* host) { self(host).mailbox_.post_ready(); };
  table.get_extension = [](const culvert_host*, const char* name) { return find_extension(name); };
}

void HostTable::log(LogKind kind, std::string_view line) const {
  if (kind.level <= log_level_) {
    const std::lock_guard lock{mutex_};
    recent_.add(kind.level, line);
  }
  log_.write_at(log_level_, kind, names_.node, line);
}

NodeWords HostTable::words() const {
  const std::lock_guard lock{mutex_};
  return words_;
}

void HostTable::fail(std::string_view why) {
  if (sayings_.failed.exchange(true)) { return; }
  keep(words_.reason, why);
  {
    const std::lock_guard lock{mutex_};
    failure_reason_ = words_.reason;
    failure_lines_ = recent_;
    failure_ns_ = monotonic_ns();
  }
  log(LogEvent::node_failed, why);
}

std::optional<Failure> HostTable::last_failure() const {
  const std::lock_guard lock{mutex_};
  if (failure_ns_ == 0) { return {}; }
  return Failure{failure_reason_, failure_lines_.get(), failure_ns_};
}

void HostTable::keep(std::string& word, std::string_view said) {
  const std::lock_guard lock{mutex_};
  word = said.substr(0, max_word_bytes);
}

void HostTable::report(culvert_status status, std::string_view why) {
  if (status == CULVERT_FAILED) { return fail(why); }
  if (sayings_.failed) {
    // The reason for its end stays.
    if (status != CULVERT_OK) { log({LogEvent::plugin_line, LogLevel::warn}, why); }
    return;
  }
  keep(words_.reason, status == CULVERT_OK ? std::string_view{} : why);
  if (status != CULVERT_OK) {
    sayings_.degraded = true;
    log(LogEvent::node_degraded, why);
  } else if (sayings_.degraded.exchange(false) && !why.empty()) {
    log(LogEvent::node_recovered, why);
  }
}

void HostTable::set_link(uint32_t state, std::string_view detail) {
  sayings_.link = std::min<uint32_t>(state, CULVERT_LINK_UP);
  sayings_.has_link = true;
  keep(words_.link_detail, detail);
  log(LogEvent::node_link, "link " + std::string{link_name(sayings_.link)} + ": " + std::string{detail});
}

bool HostTable::try_emit(const culvert_host* host, const culvert_message& message, uint64_t token,
                         culvert_status& ret_status) {
  try {
    const uint32_t instance = caller(host);
    if (instance != instance_ || gate_ == Gate::closed) {
      ret_status = CULVERT_CLOSED;
      refuse("came after its node was stopped, so not all threads of the plugin are at rest");
      return true;
    }
    ret_status = emit(message, token, instance);
    return true;
  } catch (const PlacingFailed&) {
    ret_status = CULVERT_CLOSED;
    return false;
  }
}

void HostTable::explain(uint64_t token, std::string_view reason) noexcept {
  std::size_t size = 0;
  while (size < reason.size()) {
    const std::size_t character = utf8_character(reason.substr(size));
    if (character == 0 || size + character > CULVERT_MAX_REASON) { break; }
    size += character;
  }
  contained(0, [&] { return mailbox_.explain(token, std::string{reason.substr(0, size)}), 0; });
}

void HostTable::want_room() noexcept {
  room_wanted_ = true;
  mailbox_.doorbell().ring();
}

void HostTable::refuse(std::string_view problem) {
  const uint64_t so_far = ++sayings_.refused_messages;
  {
    const std::lock_guard lock{mutex_};
    if (refused_.count(monotonic_ns()) == 0) { return; }
  }
  log(LogEvent::node_refused,
      "a message was refused: it " + std::string{problem} + " (" + std::to_string(so_far) + " so far)");
}

culvert_status HostTable::emit(const culvert_message& message, uint64_t token, uint32_t instance) {
  const bool is_child = processing_.load() == std::this_thread::get_id();
  const Passing passing{emitting_, !is_child};
  const Gate gate = gate_;
  if (gate == Gate::closed || (gate == Gate::children && !is_child)) { return CULVERT_CLOSED; }

  if (message.size < sizeof message) {
    refuse("is shorter than this ABI's");
    return CULVERT_REJECTED;
  }
  culvert_message sent = message;
  std::string topic;
  if (sent.topic.size == 0) {
    const std::string_view lacking = topic_.render(message, {names_.node, names_.runtime}, topic);
    if (!lacking.empty()) {
      refuse("has nothing for '{" + std::string{lacking} + "}' in the node's 'topic'");
      return CULVERT_REJECTED;
    }
    sent.topic = as_text(topic);
  }
  if (sent.time_ns == 0) { sent.time_ns = wall_ns(); }
  if (const std::string problem = message_problem(sent); !problem.empty()) {
    refuse(problem);
    return CULVERT_REJECTED;
  }
  const BootTime boot_ns = stamp(sent, is_child);
  if (is_child) {
    const culvert_status status = fanout_.stage(sent, boot_ns);
    if (status == CULVERT_REJECTED) { refuse("is one of more children than a route's queue can hold"); }
    return status;
  }
  const Origin origin{token == 0 ? Origin::Kind::nobody : Origin::Kind::token, token, instance};
  const culvert_status status = fanout_.emit(sent, origin, boot_ns);
  if (status == CULVERT_OK) { sayings_.last_emit_ns = monotonic_ns(); }
  return status;
}

BootTime HostTable::stamp(culvert_message& sent, bool is_child) const noexcept {
  // What a source has marked itself is of a clock that it knows; a transform hands on the marks of its inputs.
  const bool is_foreign = (sent.flags & CULVERT_TIME_UNSYNCED) != 0 && !is_child;
  if (is_foreign || timing_.clock == nullptr) { return {}; }
  // What its source has kept since before the clock was set has the time of then.
  if (timing_.is_set() && !timing_.clock->is_of_before(sent.time_ns)) { return {}; }
  const BootTime boot_ns = timing_.clock->boot_time_of(sent.time_ns);
  if (!boot_ns) { return {}; }
  sent.flags |= CULVERT_TIME_UNSYNCED;
  return timing_.corrects ? boot_ns : std::nullopt;
}

const Template* HostTable::kept(std::string_view text) {
  const std::lock_guard lock{mutex_};
  const auto found = templates_.find(text);
  if (found != templates_.end()) { return &found->second; }
  if (templates_.size() == max_templates) { return nullptr; }
  return &templates_.emplace(std::string{text}, Template{text}).first->second;
}

std::string HostTable::render(std::string_view text, const culvert_message& message) {
  std::optional<Template> passing;
  const Template* made = kept(text);
  if (made == nullptr) { made = &passing.emplace(text); }
  const TemplateNames names{names_.node, names_.runtime};
  culvert_message whole = message;
  std::string topic, rendered;
  if (whole.topic.size == 0 && made->uses_topic()) {
    topic_.render(message, names, topic);
    whole.topic = as_text(topic);
  }
  made->render(whole, names, rendered);
  return rendered;
}

}  // namespace culvert
