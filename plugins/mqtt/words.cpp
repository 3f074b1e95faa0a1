// SPDX-License-Identifier: MIT
#include "words.hpp"

#include "utf8.hpp"
#include "wire.hpp"

#include <algorithm>

namespace culvert::mqtt {

std::string duration_words(int64_t duration_ns) {
  const int64_t ms = (duration_ns + 999'999) / 1'000'000;
  if (ms < 1000) { return std::to_string(ms) + " ms"; }
  const int64_t seconds = (ms + 500) / 1000;
  return seconds < 120 ? std::to_string(seconds) + " s" : std::to_string((seconds + 30) / 60) + " min";
}

std::string told(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(utf8_size(text), 1);
    const auto character = text.substr(0, size);
    if (kept.size() + size > max_told) { break; }
    if (utf8_size(text) != 0 && !has_control(character)) { kept += character; }
    text.remove_prefix(size);
  }
  return kept;
}

std::string quoted(std::string_view text) {
  const std::string kept = told(text);
  return kept.empty() ? kept : ", '" + kept + '\'';
}

}  // namespace culvert::mqtt
