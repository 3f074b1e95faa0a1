// SPDX-License-Identifier: MIT
/// The configuration as plain structs: names and the host's keys are checked; plugins' options,
/// filters and templates are not yet.
#pragma once

#include "core/config/problem.hpp"
#include "core/config/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::config {

constexpr size_t max_nodes = 1024;
constexpr size_t max_routes = 4096;  ///< each name in a route's `to` being one
constexpr size_t max_name_bytes = 64;

/// Whether runtime, node and plugin may have that name: [A-Za-z0-9][A-Za-z0-9_-]{0,63}.
bool is_name(std::string_view text) noexcept;

enum class LogLevel { error, warn, info, debug };
enum class WhenFull { block, drop_oldest, drop_newest, thin };
enum class Drain { oldest_first, newest_first };
/// What becomes of a node whose plugin has failed: it is tried again; the runtime ends; it stays as it is.
enum class OnFailure { retry, fail, ignore };
/// What becomes of readings while the clock of the box is not set.
enum class ClockUse { mark, wait, correct };

struct Runtime {
  std::string name;                       ///< default: the host's name, made to fit the rule for names
  std::string state_dir;                  ///< absolute
  std::string control_socket;             ///< absolute: where `culvert status` and its like ask
  std::vector<std::string> plugin_path;   ///< absolute folders; empty: where the build or the package put them
  std::vector<Place> plugin_path_places;  ///< of each of them
  LogLevel log_level = LogLevel::info;
  int64_t memory = 24 << 20;  ///< bytes, for all queues together
  ClockUse clock = ClockUse::mark;
  int64_t health_window_ns = 10'000'000'000;  ///< so long a reload is watched before it is final
};

/// A name that a route or a node uses, and where.
struct Reference {
  std::string name;
  Place place;
};

/// A value that a table gives, and where.
template <class T>
struct Given {
  T value;
  Place place;
};

/// What a process of a node's own may use. What is not given is as for the runtime's own process.
struct Limits {
  std::optional<int64_t> memory;        ///< bytes, resident
  std::optional<Given<int64_t>> files;  ///< that are open at once
  std::optional<int64_t> cpu_ns;        ///< of processor time, in each minute
  std::optional<Reference> user;        ///< whose rights it has, not looked up yet
};

struct Node {
  std::string name;
  Place place;  ///< of the name
  std::string plugin;
  Place plugin_place;
  std::optional<LogLevel> log_level;
  bool isolate = false;  ///< it runs in a process of its own
  Place isolate_place;   ///< the node's when it is not given
  Limits limits;         ///< of that process
  OnFailure on_failure = OnFailure::retry;
  int64_t hang_timeout_ns = 30'000'000'000;
  Table options;  ///< the plugin's own, variables expanded, in the order of the file
};

/// Messages that travel as one; each limit is at most what the route's queue holds.
struct Batch {
  Place place;
  int64_t max = 100;                  ///< messages
  int64_t within_ns = 1'000'000'000;  ///< from the first message on
  int64_t max_bytes = 128 << 10;      ///< of the payload
};

/// What a route keeps on disk, and how.
struct Durable {
  Place place;
  bool full_sync = true;
  int64_t max_size = 256 << 20;  ///< bytes, of the file
  Drain drain = Drain::oldest_first;
};

struct Route {
  Place place;
  Reference from;
  std::vector<Reference> to;
  std::optional<Reference> filter;  ///< an MQTT topic filter, not checked yet
  std::optional<Reference> topic;   ///< a template, not checked yet
  std::optional<Reference> encode;  ///< "json", "text" or a template, not checked yet
  std::optional<Given<int64_t>> qos;
  std::optional<Given<bool>> retain;
  bool required = true;
  WhenFull when_full = WhenFull::block;
  int64_t max_messages = 1024;
  int64_t max_bytes = 1 << 20;
  int64_t linger_ns = 0;
  Place linger_place;  ///< when it is given
  std::optional<Batch> batch;
  int64_t ttl_ns = 0;  ///< 0: messages do not grow too old
  std::optional<Durable> durable;
};

struct Pipeline {
  Runtime runtime;
  std::vector<Node> nodes;    ///< at most 1024
  std::vector<Route> routes;  ///< at most 4096
};

/// Reads one pipeline from one file, or from several that are taken together in order. Problems of all kinds that need
/// no plugin are found in one run. Answers what could be read even so; it is whole only when there are no errors.
Pipeline load(const std::vector<std::string>& files, Problems& problems);

/// The same from text, under the name `file`: relative paths are relative to its folder.
Pipeline load_text(std::string_view text, const std::string& file, Problems& problems);

}  // namespace culvert::config
