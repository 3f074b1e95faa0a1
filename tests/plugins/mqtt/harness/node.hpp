// SPDX-License-Identifier: MIT
/// Runs the plugin as the runtime would, on one thread, with a host table that remembers what it was told.
/// The public functions are for the test's thread.
#pragma once

#include "mosquitto.hpp"

#include <culvert/plugin.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace culvert::test {

struct Received {
  std::string topic, payload, content_type;
  uint32_t flags = 0;
  std::map<std::string, std::string> properties;
  std::vector<std::pair<std::string, std::string>> ordered;  ///< the same as they came, repeats included
  uint64_t token = 0;
};

class NodeUnderTest {
 public:
  using Options = std::map<std::string, std::string>;
  /// `state_dir`: empty for a folder of its own.
  explicit NodeUnderTest(Options options, std::string name = "cloud", std::string state_dir = "");
  ~NodeUnderTest();
  NodeUnderTest(const NodeUnderTest&) = delete;
  NodeUnderTest& operator=(const NodeUnderTest&) = delete;

  /// False when `create` or `start` failed; the lines say why.
  bool is_running() const noexcept { return running_; }
  /// Queues a message for `process`; answers its number, from 1.
  uint64_t send(std::string topic, std::string payload, std::map<std::string, std::string> properties = {});
  void stop();
  /// What the node has counted. After `stop`.
  std::map<std::string, uint64_t> counters() const;
  /// As the runtime does before it stops a node. Returns when the node has done it.
  void quiesce();
  /// What `emit` answers from now on; with CULVERT_OK `room` is called.
  void answer_emits_with(culvert_status status);
  /// From now on what was emitted does not end by itself, but with `acknowledge`.
  void hold_ends();
  /// Ends the message with this index among the received ones.
  void acknowledge(std::size_t index, culvert_status status = CULVERT_OK);

  bool wait_for_link(uint32_t state, std::chrono::milliseconds at_most = std::chrono::seconds{10});
  /// A line of the log, a report or a link's detail that holds the text.
  bool wait_for_line(const std::string& part, std::chrono::milliseconds at_most = std::chrono::seconds{10});
  bool wait_for_ended(std::size_t count, std::chrono::milliseconds at_most = std::chrono::seconds{10});
  bool wait_for_received(std::size_t count, std::chrono::milliseconds at_most = std::chrono::seconds{10});
  bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds at_most);

  std::vector<std::string> lines() const;
  std::size_t count_lines(const std::string& part) const;
  std::vector<Received> received() const;
  /// By number; absent while it has not ended.
  std::map<uint64_t, culvert_status> ended() const;
  /// The order in which `process` took messages, repeats included.
  std::vector<uint64_t> taken() const;

 private:
  struct Outgoing {
    uint64_t number;
    std::string topic, payload;
    std::map<std::string, std::string> properties;
  };
  static NodeUnderTest& self(const culvert_host* host) { return *static_cast<NodeUnderTest*>(host->context); }
  void fill_host();
  void create(const Options& options);
  void run();
  void turn(std::unique_lock<std::mutex>& lock);
  void offer(std::unique_lock<std::mutex>& lock, int64_t now);
  culvert_status process(const Outgoing& message);
  void add_line(std::string line);
  culvert_status take(const culvert_message& raw, uint64_t token);
  void tell_ends(std::unique_lock<std::mutex>& lock);

  TemporaryFolder own_folder_;
  std::string name_, state_dir_;
  culvert_host host_{};
  const culvert_descriptor* plugin_ = nullptr;
  void* node_ = nullptr;
  bool running_ = false;
  std::thread thread_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_, wake_;
  bool rung_ = false, stop_ = false, room_ = false, quiesce_ = false;
  uint64_t ready_ = 0, ready_seen_ = 0, blocked_at_ready_ = 0;
  int64_t poll_ns_ = 0, blocked_until_ns_ = 0, back_off_ns_ = 0;  // as in the runtime
  uint32_t link_ = CULVERT_LINK_DOWN;
  culvert_status emit_answer_ = CULVERT_OK;
  bool ends_held_ = false;
  std::vector<std::pair<uint64_t, culvert_status>> emitted_ends_;
  std::deque<Outgoing> waiting_;
  std::map<uint64_t, Outgoing> pending_;
  uint64_t last_number_ = 0;
  std::vector<std::string> lines_;
  std::vector<Received> received_;
  std::map<uint64_t, culvert_status> ended_;
  std::vector<uint64_t> taken_;
};

}  // namespace culvert::test
