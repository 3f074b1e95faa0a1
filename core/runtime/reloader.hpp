// SPDX-License-Identifier: MIT
/// Reloads a running pipeline: reads and checks the configuration, swaps what differs, watches what comes of it, and
/// takes it back when a node fails with it. Main thread.
#pragma once

#include "core/runtime/loaded.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/runtime/reload_desk.hpp"
#include "core/runtime/swap.hpp"
#include "core/util/log.hpp"
#include "core/util/service_manager.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace culvert {

class Reloader {
 public:
  using Load = std::function<LoadedFile()>;

  /// `desk` has what is asked for on other threads; `log` gets the level of [runtime].
  Reloader(Pipeline& pipeline, ReloadDesk& desk, ServiceManager& manager, Log& log, Load load);

  /// SIGHUP: as if somebody had asked. During a reload it means one more behind it.
  void on_signal() noexcept { is_signalled_ = true; }
  /// Whether a new configuration is on trial: a node that fails now is no reason to end.
  bool is_on_trial() const noexcept { return trial_.has_value(); }
  /// Does what is asked for, and looks at what is on trial. `pause` as a Swap needs it. False when the runtime is to
  /// end.
  bool turn(int64_t now_ns, const Pause& pause);

 private:
  struct Watched {
    std::string node;
    uint64_t restarts;
  };
  /// What was put in place and is not final.
  struct Trial {
    CheckedPipeline before;
    std::vector<Watched> nodes;
    int64_t window_ns, begun_ns;
    int64_t running_ns = 0;  ///< since when all of them run; 0: not yet
    std::string trouble;     ///< what did not work at once
  };

  /// So long a node may take to come to run.
  static constexpr int64_t start_ns = 30 * one_second_ns;

  bool begin(const ReloadDesk::Request& request, const Pause& pause);
  bool swap(CheckedPipeline fresh, bool drops_removed, const Pause& pause);
  bool undo(const std::string& why, const Pause& pause);
  std::vector<Watched> watched(const Swap& swap) const;
  bool look(int64_t now_ns, const Pause& pause);
  std::string failed(const std::vector<Watched>& nodes) const;
  /// The name of one that does not run yet; empty when all do.
  std::string beginning(const std::vector<Watched>& nodes) const;
  void enter(const char* phase);
  void end(Verdict verdict, const std::string& reason);

  Pipeline& pipeline_;
  ReloadDesk& desk_;
  ServiceManager& manager_;
  Log& log_;
  const Load load_;
  bool is_signalled_ = false;
  ReloadReport report_;
  std::optional<Trial> trial_;
};

}  // namespace culvert
