// SPDX-License-Identifier: MIT
/// One process of an isolated node, what was said to it, and what it uses. Of the node's keeper alone.
#pragma once

#include "core/isolation/isolated_node.hpp"
#include "core/util/clock.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace culvert::isolation {

struct IsolatedNode::Life {
  Life(const IsolatedSpec& spec, std::function<void()> ring) : Life{spec, std::move(ring), connected_sockets()} {}
  Life(const IsolatedSpec& spec, std::function<void()> ring, std::pair<Descriptor, Descriptor> sockets)
      : process{spec.program, sockets.second},
        usage{process.pid(), spec.allowance, monotonic_ns()},
        resolver{spec.resolver_file},
        line{begin(spec, std::move(sockets.first)), std::move(ring), SocketPair::Descriptors::refused} {}

  void send(const char* what, Json content, Descriptor socket = {}) {
    Json message = Json::object();
    message[what] = std::move(content);
    is_deaf = !line.send(message, socket) || is_deaf;
  }

  // A turn takes far less, unless the lines that it writes are not read, or the runtime stands still.
  static constexpr int64_t long_turn_ns = 100 * one_ms_ns;
  /// So long nobody listened to it.
  void forgive(int64_t deaf_ns) noexcept {
    if (deaf_ns < long_turn_ns) { return; }
    // But its end is not: that would be for it to say.
    for (int64_t* since_ns : {&begun_ns, &heard_ns}) { *since_ns += deaf_ns; }
  }

  // It waits for what it is told first, so that all that it takes is counted.
  Descriptor begin(const IsolatedSpec& spec, Descriptor socket) {
    if (spec.cgroups != nullptr && spec.allowance.memory) {
      group = spec.cgroups->make(spec.node.names.node, *spec.allowance.memory);
      if (group && !group->add(process.pid())) { group.reset(); }
    }
    send_confinement(socket.get(), spec.confinement);
    return socket;
  }

  std::unique_ptr<Cgroup> group;  ///< when the kernel counts its memory too; it outlives the process
  Process process;
  Usage usage;
  ResolverFile resolver;
  Line line;
  int64_t begun_ns = monotonic_ns(), heard_ns = begun_ns;
  bool has_begun = false, is_made = false, is_open = false, is_started = false, is_quiesced = false, is_hurried = false,
       is_stopping = false, has_stopped = false, is_dismissed = false, knows_clock = false;
  bool has_more = false;     ///< it was not heard to its end yet
  bool is_deaf = false;      ///< words for it found no place
  bool is_outdated = false;  ///< it can't read the file by which names are looked up now
  int64_t stop_ns = 0;
  int64_t cut_ns = 0;  ///< since when one of its channels is of no use
  LogLevel log_level = LogLevel::info;
  uint64_t looks = 0;   ///< the last that it was asked for
  std::string failure;  ///< of the plugin, which ends in its own way
};

}  // namespace culvert::isolation
