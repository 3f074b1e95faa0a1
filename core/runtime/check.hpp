// SPDX-License-Identifier: MIT
/// The whole pipeline checked against the plugins' facts, without running any of their code. Main thread.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/config/pipeline.hpp"
#include "core/isolation/identity.hpp"
#include "core/plugin/options.hpp"
#include "core/plugin/registry.hpp"
#include "core/util/file_stamp.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace culvert {

struct CheckedNode {
  std::string name;
  const plugin::Facts* facts = nullptr;  ///< the registry's
  plugin::Settings settings;
  std::optional<config::LogLevel> log_level;
  std::string file;       ///< of the plugin
  FileStamp stamp;        ///< of that file, as it was then
  bool isolate = false;   ///< in a process of its own
  config::Limits limits;  ///< of that process, and its user
  std::optional<isolation::Identity> user = {};
  config::OnFailure on_failure = config::OnFailure::retry;
  int64_t hang_timeout_ns = 0;
};

/// What a route keeps on disk.
struct Journalled {
  std::string name;  ///< of its file: "boiler.cloud"
  bool full_sync = true;
  int64_t max_bytes = 0;
  bool operator==(const Journalled&) const = default;
};

/// One route to one reader: a [[route]] with several in `to` makes several.
struct Edge {
  std::size_t from = 0, to = 0;  ///< indices of nodes
  RouteSpec spec;                ///< its name is "boiler -> cloud"
  std::optional<Journalled> journal = {};
};

struct CheckedPipeline {
  std::shared_ptr<plugin::Registry> plugins;  ///< whose facts are meant; null: they live longer
  config::Runtime runtime;
  std::vector<CheckedNode> nodes;
  std::vector<Edge> edges;
};

/// Adds to `problems` all that is wrong between nodes, plugins and routes. What it answers may be run only when there
/// are no errors in `problems`.
CheckedPipeline check_pipeline(const config::Pipeline& pipeline, const plugin::Registry& registry,
                               config::Problems& problems);

}  // namespace culvert
