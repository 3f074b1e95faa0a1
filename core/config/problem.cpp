// SPDX-License-Identifier: MIT
#include "core/config/problem.hpp"

#include "core/util/log.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace culvert::config {

void Problems::add_file(const std::string& file) {
  if (std::find(files_.begin(), files_.end(), file) == files_.end()) { files_.push_back(file); }
}

void Problems::error(Place place, std::string text) { add(std::move(place), Severity::error, std::move(text)); }

void Problems::warning(Place place, std::string text) { add(std::move(place), Severity::warning, std::move(text)); }

void Problems::add(Place place, Severity severity, std::string text) {
  add_file(place.file);
  problems_.push_back({std::move(place), severity, std::move(text)});
}

bool Problems::has_errors() const noexcept {
  return std::any_of(problems_.begin(), problems_.end(),
                     [](const Problem& problem) { return problem.severity == Severity::error; });
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> result = problems_;
  const auto rank = [this](const Problem& problem) {
    const auto file = std::find(files_.begin(), files_.end(), problem.place.file);
    return std::tuple{file - files_.begin(), problem.place.line, problem.place.column};
  };
  std::stable_sort(result.begin(), result.end(), [&](const Problem& a, const Problem& b) { return rank(a) < rank(b); });
  return result;
}

std::string to_string(const Place& place) {
  std::string text = place.file;
  if (place.line != 0) { text += ":" + std::to_string(place.line) + ":" + std::to_string(place.column); }
  return text;
}

std::string to_string(const Problem& problem) {
  std::string text = to_string(problem.place);
  if (!text.empty()) { text += ": "; }
  if (problem.severity == Severity::warning) { text += "warning: "; }
  return text + problem.text;
}

std::string quoted(std::string_view text) {
  constexpr size_t longest = 80;
  if (text.size() <= longest) { return "'" + printable(text) + "'"; }
  size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) { --end; }
  return "'" + printable(text.substr(0, end)) + "...'";
}

}  // namespace culvert::config
