// SPDX-License-Identifier: MIT
/// What a diagnosis has found, written to stdout as it comes, or gathered for one JSON object. Main thread.
#pragma once

#include <culvert/plugin.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace culvert {

class Findings {
 public:
  virtual ~Findings() = default;
  /// What follows is about this node.
  virtual void begin(std::string_view node) = 0;
  void add(const culvert_finding& finding);
  /// All nodes are through.
  virtual void end() = 0;

  std::size_t failures() const noexcept { return failures_; }
  std::size_t warnings() const noexcept { return warnings_; }

 protected:
  struct Step {
    std::string_view result;                  ///< "ok", "warning", "failed" or "not done"
    std::string subject, step, detail, hint;  ///< on one line each
  };
  virtual void write(const Step& step) = 0;

 private:
  std::size_t failures_ = 0, warnings_ = 0;
};

std::unique_ptr<Findings> text_findings();
std::unique_ptr<Findings> json_findings();

}  // namespace culvert
