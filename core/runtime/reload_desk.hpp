// SPDX-License-Identifier: MIT
/// Where a reload is asked for, and what became of it is found. Any thread asks; the main thread takes and tells.
#pragma once

#include "core/runtime/pipeline_diff.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace culvert {

/// How a reload ended.
enum class Verdict {
  done,
  bad_file,     ///< it has errors: all is as it was
  refused,      ///< it can't be taken while the runtime runs: all is as it was
  rolled_back,  ///< a node failed with it: the configuration of before runs again
  failed,       ///< what runs is neither the one nor the other
};

constexpr std::string_view to_string(Verdict verdict) noexcept {
  constexpr std::string_view names[] = {"done", "bad_file", "refused", "rolled_back", "failed"};
  return names[static_cast<std::size_t>(verdict)];
}

struct ReloadReport {
  uint64_t number = 0;  ///< of the reload, from 1 on
  std::string phase;    ///< what it is at, while there is no verdict
  std::optional<Verdict> verdict;
  std::string reason;                 ///< why it is none that is done; empty
  std::vector<std::string> problems;  ///< errors and warnings of the file, as `culvert check` writes them
  PipelineDiff diff;
};

class ReloadDesk {
 public:
  struct Request {
    uint64_t number = 0;
    bool drops_removed = false;
  };
  /// Another one is under way.
  struct Busy : std::runtime_error {
    using runtime_error::runtime_error;
  };

  /// `ring` is called after a request.
  explicit ReloadDesk(std::function<void()> ring) : ring_{std::move(ring)} {}

  /// Answers its number. Throws Busy, with one line for people.
  uint64_t ask(bool drops_removed) {
    uint64_t number = 0;
    {
      const std::lock_guard lock{mutex_};
      if (request_ || (last_.number > 0 && !last_.verdict)) {
        throw Busy{"a reload is under way (" + (request_ ? std::string{"waiting"} : last_.phase) +
                   "): ask again when it is over"};
      }
      request_ = Request{number = ++numbers_, drops_removed};
    }
    ring_();
    return number;
  }
  /// Nothing when it is not known, or not any more: only the last one is kept.
  std::optional<ReloadReport> report(uint64_t number) const {
    const std::lock_guard lock{mutex_};
    if (request_ && request_->number == number) { return ReloadReport{number, "waiting", {}, {}, {}, {}}; }
    return last_.number == number && number > 0 ? std::optional{last_} : std::nullopt;
  }

  std::optional<Request> take() {
    const std::lock_guard lock{mutex_};
    if (request_) { last_ = ReloadReport{request_->number, "checking", {}, {}, {}, {}}; }
    return std::exchange(request_, std::nullopt);
  }
  void tell(const ReloadReport& report) {
    const std::lock_guard lock{mutex_};
    last_ = report;
  }

 private:
  const std::function<void()> ring_;
  mutable std::mutex mutex_;  ///< guards what follows
  uint64_t numbers_ = 0;
  std::optional<Request> request_;
  ReloadReport last_;
};

}  // namespace culvert
