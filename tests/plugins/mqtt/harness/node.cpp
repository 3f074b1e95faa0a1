// SPDX-License-Identifier: MIT
#include "node.hpp"

#include <algorithm>

extern "C" const culvert_module culvert_module_v1;

namespace culvert::test {

namespace {

int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

NodeUnderTest::NodeUnderTest(Options options, std::string name, std::string state_dir)
    : name_{std::move(name)}, state_dir_{std::move(state_dir)}, plugin_{culvert_module_v1.descriptors[0]} {
  if (state_dir_.empty()) { state_dir_ = own_folder_.path(); }
  fill_host();
  create(options);
  if (node_ == nullptr) { return; }
  std::unique_lock lock{mutex_};
  bool started = false;
  thread_ = std::thread{[this, &started] {
    running_ = plugin_->start(node_) == CULVERT_OK;
    {
      const std::lock_guard inner{mutex_};
      started = true;
    }
    changed_.notify_all();
    if (running_) { run(); }
  }};
  changed_.wait(lock, [&] { return started; });
}

NodeUnderTest::~NodeUnderTest() {
  stop();
  if (node_ != nullptr) { plugin_->destroy(node_); }
}

void NodeUnderTest::fill_host() {
  host_.size = sizeof host_;
  host_.context = this;
  host_.node_name = text(name_);
  host_.runtime_name = text("bench");
  host_.state_dir = text(state_dir_);
  host_.emit = [](const culvert_host* host, const culvert_message* raw, uint64_t token) {
    return self(host).take(*raw, token);
  };
  host_.log = [](const culvert_host* host, uint32_t level, culvert_text line) {
    constexpr const char* levels[] = {"error ", "warn ", "info ", "debug "};
    self(host).add_line(levels[level] + std::string{view(line)});
  };
  host_.report = [](const culvert_host* host, culvert_status status, culvert_text why) {
    self(host).add_line("report " + std::to_string(status) + ' ' + std::string{view(why)});
  };
  host_.set_link = [](const culvert_host* host, uint32_t state, culvert_text) {
    NodeUnderTest& node = self(host);
    const std::lock_guard lock{node.mutex_};
    node.link_ = state;
    node.changed_.notify_all();
  };
  host_.complete = [](const culvert_host* host, uint64_t token, culvert_status status) {
    NodeUnderTest& node = self(host);
    const std::lock_guard lock{node.mutex_};
    const auto found = node.pending_.find(token);
    if (found == node.pending_.end()) {
      node.lines_.emplace_back("bug: completed twice");
      return;
    }
    if (status == CULVERT_AGAIN) {
      // Goes back to its place among what was sent after it.
      const auto at = std::find_if(node.waiting_.begin(), node.waiting_.end(),
                                   [&](const Outgoing& each) { return each.number > token; });
      node.waiting_.insert(at, std::move(found->second));
      node.rung_ = true;
      node.wake_.notify_one();
    } else {
      node.ended_[token] = status;
      node.changed_.notify_all();
    }
    node.pending_.erase(found);
  };
  host_.ready = [](const culvert_host* host) {
    NodeUnderTest& node = self(host);
    const std::lock_guard lock{node.mutex_};
    ++node.ready_;
    node.rung_ = true;
    node.wake_.notify_one();
  };
  host_.get_extension = [](const culvert_host*, const char*) -> const void* { return nullptr; };
}

culvert_status NodeUnderTest::take(const culvert_message& raw, uint64_t token) {
  const MessageView message{raw};
  const std::lock_guard lock{mutex_};
  if (emit_answer_ != CULVERT_OK) { return emit_answer_; }
  Received got;
  got.topic = message.topic();
  got.payload = message.payload();
  got.content_type = message.content_type();
  got.flags = message.flags();
  got.token = token;
  const auto properties = message.properties();
  for (uint32_t i = 0; i < properties.size(); ++i) {
    got.ordered.emplace_back(view(properties[i].name), view(properties[i].value));
    got.properties[got.ordered.back().first] = got.ordered.back().second;
  }
  received_.push_back(std::move(got));
  if (token != 0 && !ends_held_) { emitted_ends_.emplace_back(token, CULVERT_OK); }
  rung_ = true;
  changed_.notify_all();
  return CULVERT_OK;
}

void NodeUnderTest::create(const Options& options) {
  std::vector<culvert_setting> entries;
  for (const auto& [key, value] : options) { entries.push_back({sizeof(culvert_setting), 1, text(key), text(value)}); }
  const culvert_settings settings{sizeof settings, static_cast<uint32_t>(entries.size()), entries.data()};
  if (plugin_->create(&host_, &settings, &node_) != CULVERT_OK) { node_ = nullptr; }
}

void NodeUnderTest::run() {
  std::unique_lock lock{mutex_};
  while (!stop_) { turn(lock); }
  lock.unlock();
  plugin_->quiesce(node_);
  lock.lock();
  tell_ends(lock);
  lock.unlock();
  plugin_->stop(node_);
}

// In the order of the runtime. As there `poll` is called when its time has come or the node has called `ready`, and not
// because the thread is awake for something else; the same for a message that was answered with CULVERT_AGAIN.
void NodeUnderTest::turn(std::unique_lock<std::mutex>& lock) {
  const int64_t now = now_ns();
  rung_ = false;
  const bool room = std::exchange(room_, false);
  if (quiesce_) {
    lock.unlock();
    plugin_->quiesce(node_);
    lock.lock();
    quiesce_ = false;
    changed_.notify_all();
  }
  tell_ends(lock);
  offer(lock, now);
  const bool called = ready_ != ready_seen_;
  ready_seen_ = ready_;
  lock.unlock();
  if (room) { plugin_->room(node_); }
  if (called || now >= poll_ns_) { poll_ns_ = plugin_->poll(node_, now); }
  lock.lock();
  const auto woken = [this] { return rung_ || stop_ || room_ || quiesce_; };
  const int64_t next = waiting_.empty() ? poll_ns_ : std::min(poll_ns_, blocked_until_ns_);
  if (next >= CULVERT_DONE) {
    wake_.wait(lock, woken);
  } else {
    wake_.wait_for(lock, std::chrono::nanoseconds{std::max<int64_t>(0, next - now_ns())}, woken);
  }
}

// Never from inside `emit`.
void NodeUnderTest::tell_ends(std::unique_lock<std::mutex>& lock) {
  const auto ends = std::exchange(emitted_ends_, {});
  lock.unlock();
  for (const auto& [token, status] : ends) { plugin_->acked(node_, token, status); }
  lock.lock();
}

void NodeUnderTest::offer(std::unique_lock<std::mutex>& lock, int64_t now) {
  constexpr int64_t shortest_back_off_ns = 10'000'000, longest_back_off_ns = 1'000'000'000;
  while (!waiting_.empty()) {
    const uint64_t ready_before = ready_;
    if (blocked_until_ns_ > now && ready_before == blocked_at_ready_) { return; }
    Outgoing message = std::move(waiting_.front());
    waiting_.pop_front();
    // Taken before `process` says so: the end may come from another thread before the call returns.
    const uint64_t number = message.number;
    const Outgoing& kept = pending_[number] = std::move(message);
    lock.unlock();
    const culvert_status status = process(kept);
    lock.lock();
    if (status == CULVERT_AGAIN) {
      waiting_.push_front(std::move(pending_[number]));
      pending_.erase(number);
      back_off_ns_ = std::clamp(back_off_ns_ * 2, shortest_back_off_ns, longest_back_off_ns);
      blocked_until_ns_ = now + back_off_ns_;
      blocked_at_ready_ = ready_before;
      return;
    }
    back_off_ns_ = 0;
    taken_.push_back(number);
    if (status != CULVERT_PENDING) {
      pending_.erase(number);
      ended_[number] = status;
      changed_.notify_all();
    }
  }
}

culvert_status NodeUnderTest::process(const Outgoing& message) {
  Draft draft;
  draft.topic(message.topic).payload(message.payload);
  for (const auto& [name, value] : message.properties) { draft.property(name, value); }
  return plugin_->process(node_, &draft.raw(), message.number);
}

uint64_t NodeUnderTest::send(std::string topic, std::string payload, std::map<std::string, std::string> properties) {
  const std::lock_guard lock{mutex_};
  waiting_.push_back({++last_number_, std::move(topic), std::move(payload), std::move(properties)});
  rung_ = true;
  wake_.notify_one();
  return last_number_;
}

void NodeUnderTest::stop() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) { thread_.join(); }
}

void NodeUnderTest::quiesce() {
  std::unique_lock lock{mutex_};
  quiesce_ = true;
  wake_.notify_one();
  changed_.wait(lock, [this] { return !quiesce_; });
}

void NodeUnderTest::answer_emits_with(culvert_status status) {
  const std::lock_guard lock{mutex_};
  emit_answer_ = status;
  room_ = status == CULVERT_OK;
  wake_.notify_one();
}

void NodeUnderTest::hold_ends() {
  const std::lock_guard lock{mutex_};
  ends_held_ = true;
}

void NodeUnderTest::acknowledge(std::size_t index, culvert_status status) {
  const std::lock_guard lock{mutex_};
  emitted_ends_.emplace_back(received_.at(index).token, status);
  rung_ = true;
  wake_.notify_one();
}

void NodeUnderTest::add_line(std::string line) {
  const std::lock_guard lock{mutex_};
  lines_.push_back(std::move(line));
  changed_.notify_all();
}

bool NodeUnderTest::wait_until(const std::function<bool()>& holds, std::chrono::milliseconds at_most) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, at_most, holds);
}

bool NodeUnderTest::wait_for_link(uint32_t state, std::chrono::milliseconds at_most) {
  return wait_until([&] { return link_ == state; }, at_most);
}

bool NodeUnderTest::wait_for_line(const std::string& part, std::chrono::milliseconds at_most) {
  return wait_until(
      [&] {
        return std::any_of(lines_.begin(), lines_.end(),
                           [&](const std::string& line) { return line.find(part) != std::string::npos; });
      },
      at_most);
}

bool NodeUnderTest::wait_for_ended(std::size_t count, std::chrono::milliseconds at_most) {
  return wait_until([&] { return ended_.size() >= count; }, at_most);
}

bool NodeUnderTest::wait_for_received(std::size_t count, std::chrono::milliseconds at_most) {
  return wait_until([&] { return received_.size() >= count; }, at_most);
}

std::map<std::string, uint64_t> NodeUnderTest::counters() const {
  std::map<std::string, uint64_t> counted;
  const auto* table = static_cast<const culvert_counters_v1*>(plugin_->get_extension(CULVERT_EXT_COUNTERS));
  table->read(node_, &counted, [](void* to, culvert_text name, uint64_t value) {
    (*static_cast<std::map<std::string, uint64_t>*>(to))[std::string{view(name)}] = value;
  });
  return counted;
}

std::vector<std::string> NodeUnderTest::lines() const {
  const std::lock_guard lock{mutex_};
  return lines_;
}

std::size_t NodeUnderTest::count_lines(const std::string& part) const {
  const std::lock_guard lock{mutex_};
  return static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(), [&](const std::string& line) { return line.find(part) != std::string::npos; }));
}

std::vector<Received> NodeUnderTest::received() const {
  const std::lock_guard lock{mutex_};
  return received_;
}

std::map<uint64_t, culvert_status> NodeUnderTest::ended() const {
  const std::lock_guard lock{mutex_};
  return ended_;
}

std::vector<uint64_t> NodeUnderTest::taken() const {
  const std::lock_guard lock{mutex_};
  return taken_;
}

}  // namespace culvert::test
