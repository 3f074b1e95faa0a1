// SPDX-License-Identifier: MIT
/// Nodes of plugins that a test writes as classes, joined by real channels.
#pragma once

#include "core/channel/address.hpp"
#include "core/node/node_thread.hpp"
#include "core/util/clock.hpp"

#include <culvert/plugin.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace culvert::test {

/// What the plugins of one test saw, and a way to wait for it.
class Journal {
 public:
  void note(std::string line) {
    {
      const std::lock_guard lock{mutex_};
      lines_.push_back(std::move(line));
    }
    changed_.notify_all();
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock{mutex_};
    return lines_;
  }
  /// Whether there are `count` lines within 30 s.
  bool has(std::size_t count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return lines_.size() >= count; });
  }
  bool has_line(const std::string& line) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{30},
                             [&] { return std::find(lines_.begin(), lines_.end(), line) != lines_.end(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// The journal of the running test: plugins are made through a C function that takes no such thing.
inline Journal*& journal() {
  static Journal* current = nullptr;
  return current;
}

template <class T>
const culvert_descriptor& descriptor_of() {
  static const culvert_descriptor made = Boundary<T>::descriptor(0, "");
  return made;
}

class Rig {
 public:
  Rig() { journal() = &seen; }
  ~Rig() {
    for (auto& node : nodes) { node->stop(); }
    nodes.clear();
    journal() = nullptr;
  }

  template <class T>
  NodeThread& add(std::string name, bool is_transform = false) {
    NodeSpec spec;
    spec.names.node = std::move(name);
    spec.names.runtime = "edge-01";
    spec.names.topic = "{runtime}/{node}";
    spec.names.log_level = LogLevel::error;
    spec.timing = timing;
    spec.descriptor = &descriptor_of<T>();
    spec.is_transform = is_transform;
    spec.on_failure = on_failure;
    return *nodes.emplace_back(
        std::make_unique<NodeThread>(std::move(spec), 42, budget, log, [this] { seen.note("state"); }));
  }
  std::size_t join(NodeThread& from, NodeThread& to, RouteSpec spec = {}) {
    static std::size_t routes = 0;
    spec.name = from.name() + " -> " + to.name();
    const std::string address = inproc_address(77, ++routes, 1);
    const std::string name = spec.name;
    const std::size_t route = from.fanout().add(std::move(spec));
    to.add_inbox(name).open(address, 1);
    from.fanout().open(route, address, 1);
    return route;
  }
  bool start() {
    static const culvert_settings none{sizeof none, 0, nullptr};
    for (auto& node : nodes) {
      if (!node->create(none)) { return false; }
    }
    for (auto& node : nodes) { node->start(); }
    return true;
  }
  /// Waits until the node is in that state, at most 30 s.
  bool becomes(NodeThread& node, NodeState state) {
    const int64_t deadline_ns = monotonic_ns() + 30 * one_second_ns;
    std::size_t known = 0;
    while (node.state() != state && monotonic_ns() < deadline_ns) { seen.has(++known); }
    return node.state() == state;
  }

  Timing timing;
  OnFailure on_failure = OnFailure::ignore;  ///< of what is added from now on
  Journal seen;
  Log log{LogFormat::text, LogLevel::error};
  Budget budget{24 << 20};
  std::vector<std::unique_ptr<NodeThread>> nodes;
};

/// Emits what the test hands it, from the test's thread, and notes what becomes of it.
class Tap : public culvert::Node {
 public:
  Tap(Host host, const Settings&) : Node{host} { current() = this; }
  void acked(uint64_t token, culvert_status status) {
    journal()->note("acked " + std::to_string(token) + ' ' + std::to_string(status));
  }
  void room() { journal()->note("room"); }
  static Tap*& current() {
    static Tap* tap = nullptr;
    return tap;
  }
  culvert_status send(std::string_view text, uint64_t token = 0) {
    Draft draft;
    draft.topic("t").payload(text);
    return host().emit(draft, token);
  }
};

/// Notes each payload.
class Notes : public culvert::Node {
 public:
  Notes(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    journal()->note(std::string{message.topic()} + '=' + std::string{message.payload()});
    return CULVERT_OK;
  }
};

}  // namespace culvert::test
