// SPDX-License-Identifier: MIT
#include "core/app/findings.hpp"

#include "core/util/log.hpp"
#include "core/util/words.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace culvert {
namespace {

constexpr std::array<std::string_view, 4> results{"ok", "warning", "failed", "not done"};

std::string line_of(culvert_text text) { return text.size == 0 ? std::string{} : printable({text.data, text.size}); }

class TextFindings final : public Findings {
 public:
  void begin(std::string_view node) override {
    node_ = node;
    // The first step says whose it is.
    heading_.clear();
  }
  void end() override {
    std::string words = "all is well";
    if (warnings() > 0) { words = counted(warnings(), "warning"); }
    if (failures() > 0) { words = counted(failures(), "step") + " failed, " + counted(warnings(), "warning"); }
    std::printf("%s\n", words.c_str());
    std::fflush(stdout);
  }

 private:
  void write(const Step& step) override {
    const std::string heading = step.subject.empty() ? node_ : node_ + ": " + step.subject;
    if (heading != heading_) { std::printf("%s\n", heading.c_str()); }
    heading_ = heading;
    std::printf("  %-9s %-12s %s\n", std::string{step.result}.c_str(), step.step.c_str(), step.detail.c_str());
    if (!step.hint.empty()) { std::printf("  %-9s %-12s -> %s\n", "", "", step.hint.c_str()); }
    // Steps may take seconds each: somebody watches.
    std::fflush(stdout);
  }

  std::string node_, heading_;
};

class JsonFindings final : public Findings {
 public:
  void begin(std::string_view node) override {
    nodes_.push_back({{"node", std::string{node}}, {"steps", nlohmann::ordered_json::array()}});
  }
  void end() override {
    nlohmann::ordered_json object;
    object["ok"] = failures() == 0;
    object["failed"] = failures();
    object["warnings"] = warnings();
    object["nodes"] = nodes_;
    std::printf("%s\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    std::fflush(stdout);
  }

 private:
  void write(const Step& step) override {
    nodes_.back()["steps"].push_back({{"subject", step.subject},
                                      {"step", step.step},
                                      {"result", std::string{step.result}},
                                      {"detail", step.detail},
                                      {"hint", step.hint}});
  }

  nlohmann::ordered_json nodes_ = nlohmann::ordered_json::array();
};

}  // namespace

void Findings::add(const culvert_finding& finding) {
  const auto result = std::min<std::size_t>(finding.result, results.size() - 1);
  if (result == CULVERT_STEP_FAILED) { ++failures_; }
  if (result == CULVERT_STEP_WARNING) { ++warnings_; }
  write({results.at(result), line_of(finding.subject), line_of(finding.step), line_of(finding.detail),
         line_of(finding.hint)});
}

std::unique_ptr<Findings> text_findings() { return std::make_unique<TextFindings>(); }
std::unique_ptr<Findings> json_findings() { return std::make_unique<JsonFindings>(); }

}  // namespace culvert
