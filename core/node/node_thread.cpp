// SPDX-License-Identifier: MIT
#include "core/node/node_thread.hpp"

#include "core/util/clock.hpp"
#include "core/util/memory.hpp"

#include <algorithm>
#include <utility>

namespace culvert {
namespace {

constexpr std::string_view late_reason = "a message was taken over 60 s ago and is not finished";

}  // namespace

NodeThread::NodeThread(const NodeSpec& spec, uint64_t run_id, Budget& budget, const Log& log,
                       std::function<void()> on_change)
    : NodeThread{spec, std::make_shared<NodeEnds>(spec.names.node, spec.names.runtime, run_id, budget), run_id, log,
                 std::move(on_change)} {}

NodeThread::NodeThread(NodeSpec spec, std::shared_ptr<NodeEnds> ends, uint64_t run_id, const Log& log,
                       std::function<void()> on_change)
    : spec_{std::move(spec)},
      plugin_{*spec_.descriptor},
      ends_{std::move(ends)},
      fanout_{ends_->fanout},
      entrances_{ends_->entrances},
      mailbox_{ends_->doorbell},
      errands_{ends_->doorbell},
      host_{spec_.names, spec_.timing, fanout_, mailbox_, ends_->instances, log},
      sayings_{host_.sayings()},
      own_counts_{plugin_},
      policy_{std::hash<std::string>{}(spec_.names.node) ^ run_id},
      call_watch_{spec_.hang_timeout_ns},
      on_change_{std::move(on_change)} {}

NodeThread::~NodeThread() {
  stop();
  join();
  if (instance_ != nullptr) {
    const InNode marked{mark_};
    caught("destroy", 0, [&] { return plugin_.destroy(instance_), 0; });
  }
}

// Each pair of ends is new, so that one epoch cannot be taken for another.
bool NodeThread::join_route(const std::string& route, Fanout& from, std::size_t outlet, const std::string& address) {
  constexpr uint64_t only_epoch = 1;
  const auto listen = [&] {
    Entrance* const known = ends_->find(route);
    (known == nullptr ? ends_->enter(route) : *known).inbox.open(address, only_epoch);
  };
  if (!errands_.run(listen)) { return false; }
  from.open(outlet, address, only_epoch);
  return true;
}

bool NodeThread::leave_route(const std::string& route) {
  return errands_.run([&] { ends_->leave(route); });
}

bool NodeThread::reconfigure(const culvert_settings& settings) {
  const void* const found = plugin_.get_extension == nullptr ? nullptr : plugin_.get_extension(CULVERT_EXT_RECONFIGURE);
  const auto* const table = static_cast<const culvert_reconfigure_v1*>(found);
  bool is_taken = false;
  const auto give = [&] {
    // One that has failed is told nothing: the next is made with these.
    const bool is_asked = is_begun_ && !sayings_.failed;
    const culvert_status status = !is_asked          ? CULVERT_OK
                                  : table == nullptr ? CULVERT_REJECTED
                                                     : guarded("reconfigure", culvert_status{CULVERT_FAILED}, [&] {
                                                         return table->reconfigure(instance_, &settings);
                                                       });
    is_taken = status == CULVERT_OK && !(is_asked && sayings_.failed);
    if (is_taken) { settings_ = &settings; }
  };
  return errands_.run(give) && is_taken;
}

bool NodeThread::create(const culvert_settings& settings, const Pause&) {
  const InNode marked{mark_};
  settings_ = &settings;
  return make();
}

void NodeThread::start() {
  // What the node before this one had been offered, and has not finished.
  offer_again();
  errands_.open();
  thread_ = std::thread{[this] { run(); }};
}

void NodeThread::quiesce() noexcept {
  quiesce_wanted_ = true;
  mailbox_.doorbell().ring();
}

void NodeThread::stop() noexcept {
  stop_wanted_ = true;
  mailbox_.doorbell().ring();
}

void NodeThread::join() {
  if (thread_.joinable()) { thread_.join(); }
}

void NodeThread::set_state(NodeState state) {
  if (state_ == state || !may_follow(state_, state)) { return; }
  const int64_t now_ns = monotonic_ns();
  state_since_ns_ = now_ns;
  if (state == NodeState::starting) { running_since_ns_ = 0; }
  if (state == NodeState::running && running_since_ns_ == 0) { running_since_ns_ = now_ns; }
  state_ = state;
  on_change_();
}

NodeStatus NodeThread::status() {
  const int64_t now_ns = monotonic_ns(), running_ns = running_since_ns_, state_ns = state_since_ns_;
  const NodeWords words = host_.words();
  NodeStatus status;
  status.name = name();
  status.state = state_;
  status.reason = words.reason;
  if (status.reason.empty() && late_said_) { status.reason = late_reason; }
  const bool runs = status.state != NodeState::stopped && status.state != NodeState::failed;
  if (state_ns != 0) { status.in_state_ns = now_ns - state_ns; }
  if (runs && running_ns != 0) { status.uptime_ns = now_ns - running_ns; }
  if (sayings_.has_link) { status.link = {link_name(sayings_.link), words.link_detail}; }
  status.emitted = fanout_.counters();
  status.received = received_;
  status.rejected = rejected_;
  status.refused = sayings_.refused_messages;
  status.stale_completions = stale_completions_;
  status.own = own_counts_.get();
  describe_trouble(status, now_ns);
  return status;
}

void NodeThread::step() {
  const int64_t now_ns = monotonic_ns();
  wake_ns_ = INT64_MAX;
  obey();
  errands_.serve();
  take_completions();
  take_ended();
  for (auto& entrance : entrances_) { entrance->inbox.take_arrivals(); }
  const bool some = offer_all(now_ns);
  if (some) { last_processed_ns_ = monotonic_ns(); }
  if (some && plugin_.flush != nullptr) {
    guarded("flush", 0, [&] { return plugin_.flush(instance_), 0; });
  }
  take_completions();
  answer_all();
  offer_room();
  feed_window();
  poll(now_ns);
  watch_pending(now_ns);
  if (now_ns >= own_counts_.due_ns()) { read_counts(now_ns); }
  wake_at(own_counts_.due_ns());
  wake_at(fanout_.send_due(now_ns));
  if (!sayings_.failed) { set_state(sayings_.degraded || late_said_ ? NodeState::degraded : NodeState::running); }
}

void NodeThread::obey() {
  if (!quiesce_wanted_ || quiesced_) { return; }
  quiesced_ = true;
  host_.quiesce();
  if (plugin_.quiesce != nullptr) {
    guarded("quiesce", 0, [&] { return plugin_.quiesce(instance_), 0; });
  }
  fanout_.hurry();
}

// A token holds the last bits of the number; what is behind the window can't be meant.
uint64_t NodeThread::number_of(const Token& token) const noexcept {
  const uint64_t first = entrances_[token.inbox]->inbox.first();
  return first + ((token.number - first) & Token::number_mask);
}

void NodeThread::take_completions() {
  mailbox_.take(completions_);
  for (const Completion& completion : completions_) {
    const Token token = Token::unpack(completion.token);
    const bool known = token.instance == token_instance() && token.inbox < entrances_.size() &&
                       (completion.status == CULVERT_OK || completion.status == CULVERT_AGAIN ||
                        completion.status == CULVERT_REJECTED) &&
                       entrances_[token.inbox]->inbox.complete(number_of(token), completion.status, completion.reason);
    if (!known) {
      ++stale_completions_;
    } else if (completion.status == CULVERT_REJECTED) {
      count_rejected(entrances_[token.inbox]->route, completion.reason);
    }
  }
  completions_.clear();
}

void NodeThread::take_ended() {
  fanout_.take_ended(ended_);
  for (const Ended& end : ended_) {
    const Origin& origin = end.origin;
    if (origin.kind == Origin::Kind::input) {
      const Token token = Token::unpack(origin.number);
      // The children of one that a node in another process was offered, which has been in this place before.
      if (token.inbox >= entrances_.size()) { continue; }
      entrances_[token.inbox]->inbox.end_children(number_of(token), end.status, origin.instance);
    } else if (origin.kind == Origin::Kind::token && origin.instance == host_.instance() && plugin_.acked != nullptr) {
      guarded("acked", 0, [&] { return plugin_.acked(instance_, origin.number, end.status), 0; });
    }
  }
  ended_.clear();
}

void NodeThread::answer_all() {
  for (auto& entrance : entrances_) {
    if (!entrance->inbox.answer()) { wake_at(monotonic_ns() + 10 * one_ms_ns); }
  }
}

void NodeThread::offer_room() {
  room_wanted_ = host_.take_room_wanted() || room_wanted_;
  if (!room_wanted_) { return; }
  if (is_memory_short()) {
    say_memory(true);
    wake_at(monotonic_ns() + 50 * one_ms_ns);
    return;
  }
  say_memory(false);
  if (!fanout_.has_room()) {
    // Room that another node's routes give back to the common budget rings no bell here.
    wake_at(monotonic_ns() + 50 * one_ms_ns);
    return;
  }
  room_wanted_ = false;
  if (plugin_.room != nullptr) {
    guarded("room", 0, [&] { return plugin_.room(instance_), 0; });
  }
  if (host_.take_room_wanted()) {
    room_wanted_ = true;
    wake_at(monotonic_ns() + 50 * one_ms_ns);
  }
}

void NodeThread::say_memory(bool is_short) noexcept {
  if (is_short == memory_lacks_) { return; }
  try {
    host_.log(is_short ? LogKind{LogEvent::node_no_memory} : LogKind{LogEvent::node_memory_again},
              is_short ? "there is no memory left: nothing new is taken in until there is some again; raise the limit, "
                         "or lower [runtime] memory"
                       : "there is memory again");
    memory_lacks_ = is_short;
  } catch (const std::exception&) {}  // for that line neither
}

// When all that may be here is here, and none of it is to be offered, what gathers may be what everybody waits for.
void NodeThread::feed_window() {
  if (!fanout_.gathers()) { return; }
  const bool waits = std::any_of(entrances_.begin(), entrances_.end(), [](const auto& entrance) {
    return entrance->inbox.next() == Inbox::nothing && entrance->inbox.is_narrow();
  });
  if (waits) { fanout_.flush(); }
}

void NodeThread::poll(int64_t now_ns) {
  const uint64_t ready = mailbox_.ready_count();
  const bool was_called = ready != std::exchange(ready_seen_, ready);
  if (plugin_.poll == nullptr) { return; }
  if (was_called || now_ns >= poll_ns_) {
    poll_ns_ = guarded("poll", int64_t{CULVERT_NEVER}, [&] { return plugin_.poll(instance_, now_ns); });
    if (poll_ns_ == CULVERT_DONE) { done_ = true; }
    if (poll_ns_ < 0) { fail("the plugin answered 'poll' with " + std::to_string(poll_ns_) + ", which is no time"); }
  }
  wake_at(poll_ns_);
}

void NodeThread::read_counts(int64_t now_ns) {
  guarded("counters", 0, [&] { return own_counts_.read(instance_, now_ns), 0; });
}

void NodeThread::watch_pending(int64_t now_ns) {
  constexpr int64_t settle_timeout_ns = 60 * one_second_ns;
  int64_t since_ns = INT64_MAX;
  for (const auto& entrance : entrances_) { since_ns = std::min(since_ns, entrance->inbox.pending_since_ns()); }
  const bool late = since_ns != INT64_MAX && now_ns - since_ns >= settle_timeout_ns;
  if (late && !late_said_) { host_.log(LogEvent::node_late, std::string{late_reason} + ", still waiting"); }
  late_said_ = late;
  if (since_ns != INT64_MAX && !late) { wake_at(since_ns + settle_timeout_ns); }
}

}  // namespace culvert
