// SPDX-License-Identifier: MIT
/// The child's side: runs one node for a runtime in another process. Main thread.
#pragma once

#include "core/channel/budget.hpp"
#include "core/isolation/line.hpp"
#include "core/isolation/words.hpp"
#include "core/node/node_thread.hpp"
#include "core/plugin/options.hpp"
#include "core/util/clock_watch.hpp"
#include "core/util/doorbell.hpp"
#include "core/util/log.hpp"
#include "core/util/occasional.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert::isolation {

class NodeServer {
 public:
  /// `control`: the channel to the runtime. Throws std::system_error.
  explicit NodeServer(Descriptor control);

  /// Does what the runtime says until it says that this is the end; then true. False when the channel brought what no
  /// runtime says.
  bool run();

 private:
  bool obey(Word order);
  /// Of the orders those that need a node. False: there is no such.
  bool tell_node(const std::string& what, const Json& content, Descriptor socket);
  void create(const NodeOrder& order);
  void refuse(std::string why);
  bool open(const ChannelOrder& order, Descriptor socket);
  /// `ended`: how many messages of the plugin's have come to their end, as the runtime knows.
  void stop(uint64_t ended);
  void watch_call();
  void report();
  /// Those that found no place on the channel, once in 10 s and at the end. This line waits until it finds one.
  void say_lost_lines();
  /// Waits until it finds place: a runtime that is behind with reading is behind with all.
  void send(const char* what, Json content);

  Doorbell doorbell_;
  Line line_;
  const Log log_;
  std::atomic<uint64_t> lost_lines_{0};
  Occasional lost_said_;
  ClockWatch clock_;
  std::optional<Budget> budget_;
  culvert_descriptor descriptor_{};
  plugin::Settings settings_;
  std::vector<Inbox*> inboxes_;
  std::unique_ptr<NodeThread> node_;
  std::optional<CallWatch> call_watch_;
  bool is_pressing_ = false;  ///< somebody waits for an end that no event announces: reports come often
  bool has_stopped_ = false, has_ended_ = false;
  Json told_;
  int64_t told_ns_ = 0;
};

}  // namespace culvert::isolation
