// SPDX-License-Identifier: MIT
/// What a runtime and its child say to each other, as plain values and as CBOR. Pure, any thread.
#pragma once

#include "core/isolation/line.hpp"
#include "core/node/host_table.hpp"
#include "core/node/status.hpp"

#include <culvert/plugin.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::isolation {

/// All that a child has to know of its node.
struct NodeOrder {
  NodeNames names;
  bool corrects_times = false;
  std::string file;  ///< the shared object
  bool is_transform = false, is_source = false;
  int64_t hang_timeout_ns = 0;
  struct Setting {
    std::string key, value;
    bool given = false;
  };
  std::vector<Setting> settings;
  std::vector<std::string> routes;                 ///< names of those that lead to it
  uint64_t window_messages = 0, window_bytes = 0;  ///< how much it may have emitted that is not settled
};

/// What one channel is for, whose socket comes with the order.
struct ChannelOrder {
  uint64_t epoch = 0;
  std::optional<std::size_t> route;  ///< of those that lead to the node; none: what it emits goes there
};

/// How the node in a child is, at one moment.
struct NodeReport {
  NodeStatus status;
  bool is_done = false;     ///< a source that will emit nothing more
  bool is_quiet = false;    ///< it was told to quiesce, and what follows includes all that it emits of its own
  uint64_t emitted = 0;     ///< messages, since the process began
  uint64_t unsettled = 0;   ///< of these, what it has not been told the end of
  int64_t activity_ns = 0;  ///< monotonic, which is the same in both processes
};

Json to_json(const NodeOrder& order);
Json to_json(const ChannelOrder& order);
Json to_json(const NodeReport& report);

/// Each throws Json::exception when it is not what it should be.
NodeOrder node_order(const Json& json);
ChannelOrder channel_order(const Json& json);
/// What it says is cut to what a node in this process could say of itself; names of counters that are none are left
/// out.
NodeReport node_report(const Json& json);
/// What a child says of a line that it logs: what kind it is of, and how it reads.
Json log_word(LogKind kind, std::string_view line);
/// The kind of it. An event that is not one of a node's own is taken for a line of the plugin's.
LogKind log_kind(const Json& json);
/// A text, cut to so many bytes, which are UTF-8 whatever was said.
std::string clipped(const Json& json, std::size_t max_bytes);
/// Of the function that a plugin has not returned from: at most 64 bytes, no control characters.
std::string call_name(const Json& json);

}  // namespace culvert::isolation
