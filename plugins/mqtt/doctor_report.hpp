// SPDX-License-Identifier: MIT
/// What the doctor finds on one way, step by step; remembers what failed. Main thread.
#pragma once

#include <culvert/plugin.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::mqtt {

class DoctorReport {
 public:
  /// `steps`: what is looked at, in order; each needs those before it.
  DoctorReport(const culvert_diagnosis& diagnosis, std::string subject, std::vector<std::string_view> steps)
      : diagnosis_{diagnosis}, subject_{std::move(subject)}, steps_{std::move(steps)} {}

  void ok(std::string_view step, std::string_view detail) const { tell(CULVERT_STEP_OK, step, detail, {}); }
  void warning(std::string_view step, std::string_view detail, std::string_view hint) const {
    tell(CULVERT_STEP_WARNING, step, detail, hint);
  }
  void failed(std::string_view step, std::string_view detail, std::string_view hint) {
    has_failed_ = true;
    tell(CULVERT_STEP_FAILED, step, detail, hint);
  }
  /// What comes after `step`, which has failed, is told as not done.
  void abandon_after(std::string_view step) const {
    bool is_after = false;
    for (const std::string_view each : steps_) {
      if (is_after) { tell(CULVERT_STEP_NOT_DONE, each, "needs " + std::string{step}, {}); }
      is_after = is_after || each == step;
    }
  }
  bool has_failed() const noexcept { return has_failed_; }

 private:
  void tell(uint32_t result, std::string_view step, std::string_view detail, std::string_view hint) const {
    const culvert_finding finding{sizeof finding, result, text(subject_), text(step), text(detail), text(hint)};
    diagnosis_.report(diagnosis_.context, &finding);
  }

  const culvert_diagnosis& diagnosis_;
  std::string subject_;
  std::vector<std::string_view> steps_;
  bool has_failed_ = false;
};

}  // namespace culvert::mqtt
