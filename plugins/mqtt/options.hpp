// SPDX-License-Identifier: MIT
/// The options of a node, as values. For any thread.
#pragma once

#include "connect.hpp"
#include "dial.hpp"
#include "subscription.hpp"
#include "url.hpp"

#include <culvert/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::mqtt {

struct Options {
  std::vector<Url> urls;
  std::string username;
  std::optional<std::string> password;
  std::string client_id;           ///< empty: one that the node keeps
  std::optional<Version> version;  ///< empty: 5, and 3.1.1 for a broker that demands it
  uint16_t keep_alive_s = 60;
  bool clean_start = true;
  uint32_t session_expiry_s = 0;
  int64_t failback_ns = 0;  ///< 0: a broker that works is kept
  int64_t connect_timeout_ns = 0, backoff_min_ns = 0, backoff_max_ns = 0;
  std::vector<Subscription> subscriptions;
  uint8_t qos = 1;
  bool retain = false;
  uint32_t window = 64;
  double max_rate = 0;  ///< messages per second; 0: no limit
  uint32_t burst = 1;
  uint32_t message_expiry_s = 0;    ///< 0: none
  int64_t max_unsettled = 8 << 20;  ///< bytes
  bool loop_guard = true;
  bool topic_alias = true;
  std::optional<Will> will;
  std::string status_topic;  ///< empty: no status
  Reach reach;
};

/// All that can be known to be wrong before anything is opened, for whoever makes a connection. Throws
/// std::invalid_argument or TlsError in words. `host` knows the names of runtime and node.
Options read_options(Host host, const Settings& settings);

}  // namespace culvert::mqtt
