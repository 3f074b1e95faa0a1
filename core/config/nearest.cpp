// SPDX-License-Identifier: MIT
#include "core/config/problem.hpp"

#include <algorithm>
#include <cstddef>

namespace culvert::config {
namespace {

// Longer words are no typing errors of a key or a name, and the work grows with the square of the length.
constexpr size_t longest_word = 64;

char folded(char c) noexcept {
  if (c >= 'A' && c <= 'Z') { return static_cast<char>(c - 'A' + 'a'); }
  return c == '-' ? '_' : c;
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours cost 1 each.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) { row[j] = j; }
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = folded(a[i - 1]);
      const char y = folded(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (x == y ? 0U : 1U)});
      if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2])) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

/// How many slips of the finger a word of this length may hold and still be taken for another.
size_t tolerance(size_t length) noexcept { return length < 2 ? 0 : std::max<size_t>(1, length / 3); }

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.size() > longest_word) { return {}; }
  std::string_view best;
  size_t best_distance = tolerance(word.size()) + 1;
  for (const std::string_view candidate : known) {
    const size_t difference =
        word.size() > candidate.size() ? word.size() - candidate.size() : candidate.size() - word.size();
    if (difference >= best_distance || candidate.size() < 2) { continue; }
    const size_t found = distance(word, candidate);
    if (found < best_distance) {
      best = candidate;
      best_distance = found;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view found = nearest(word, known);
  return found.empty() ? std::string{} : ", did you mean " + quoted(found) + "?";
}

}  // namespace culvert::config
