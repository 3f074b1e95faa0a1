// SPDX-License-Identifier: MIT
/// Runs a pipeline until it is told to end, or until `once` is fulfilled. Main thread.
#pragma once

#include "core/runtime/crash_file.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/runtime/reloader.hpp"
#include "core/runtime/wakeup.hpp"
#include "core/util/service_manager.hpp"

#include <cstdint>

namespace culvert {

struct RunOptions {
  bool once = false;
  int64_t idle_ns = 1'000'000'000;  ///< `once` ends when nothing came in for so long
  int64_t timeout_ns = 0;           ///< `once` gives up after it; 0: never
};

/// How `run` ends, as the command's exit code.
enum class RunResult : int { done = 0, failed = 1, not_settled = 69 };

class Runtime {
 public:
  /// Make `wakeup`, `manager` and `crashes` before the first thread.
  /// `reloader`: null when this run can't be reloaded; then SIGHUP ends it as SIGTERM does.
  Runtime(Pipeline& pipeline, Wakeup& wakeup, ServiceManager& manager, CrashFile& crashes, const Log& log,
          const RunOptions& options, Reloader* reloader = nullptr);

  /// Starts, waits, and shuts down within 5 s: quiesce, drain for up to 2.5 s, stop. A second signal ends the process
  /// at once.
  RunResult run();

 private:
  enum class Wait { signalled, done, failed, timed_out };
  bool await_links();
  /// Waits as Wakeup does, and takes what asks for a reload. False when a signal came that ends.
  bool pause(int64_t ns);
  bool reload(int64_t now_ns);
  bool is_failed() const;
  Wait wait_for_end();
  bool once_is_done(int64_t now_ns);
  int64_t wait_ns() const;
  void tell_manager(int64_t now_ns);
  void shut_down();
  void say_end() const;

  Pipeline& pipeline_;
  Wakeup& wakeup_;
  ServiceManager& manager_;
  CrashFile& crashes_;
  const Log& log_;
  const RunOptions options_;
  Reloader* const reloader_;
  int64_t idle_since_ns_ = INT64_MAX;
  bool hurried_ = false;
};

}  // namespace culvert
