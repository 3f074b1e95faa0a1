// SPDX-License-Identifier: MIT
/// Reads one table of the host's own keys, and says what is wrong with each. Used by one thread at a time.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::config {

/// A range as people write it: {"0s", "1s", "ms"}. `unit` is proposed where a number has none.
struct Range {
  std::string_view min, max;
  std::string_view unit;
};

/// A word and what it means.
template <class T>
struct Choice {
  std::string_view word;
  T meaning;
};

class TableReader {
 public:
  /// `subject` opens each error: "runtime", "node 'cloud'".
  TableReader(const Table& table, std::string subject, Problems& problems)
      : table_{table}, subject_{std::move(subject)}, problems_{problems} {}

  /// Each of these makes the key known, and answers nothing when it is not there or wrong; wrong is said.
  const Value* take(std::string_view key);
  std::optional<Reference> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<int64_t> integer(std::string_view key, int64_t min, int64_t max);
  std::optional<int64_t> duration(std::string_view key, const Range& range);
  std::optional<int64_t> size(std::string_view key, const Range& range);
  /// One text, or a list of texts of which none is given twice. Empty when the key is not there or wrong.
  std::vector<Reference> texts(std::string_view key);
  template <class T>
  std::optional<T> choice(std::string_view key, std::initializer_list<Choice<T>> choices) {
    std::vector<std::string_view> words;
    for (const auto& choice : choices) { words.push_back(choice.word); }
    const auto given = one_of(key, words);
    for (const auto& choice : choices) {
      if (given == choice.word) { return choice.meaning; }
    }
    return {};
  }

  bool has(std::string_view key) const noexcept;
  void error(const Place& place, const std::string& text) { problems_.error(place, subject_ + ": " + text); }
  /// Says every key that nobody took.
  void finish();
  /// The keys that nobody took.
  Table rest() const;

 private:
  std::optional<std::string> one_of(std::string_view key, const std::vector<std::string_view>& words);
  std::optional<int64_t> quantity(std::string_view key, const Range& range, std::string_view noun,
                                  std::optional<int64_t> (*parse)(std::string_view));
  std::optional<Reference> as_text(std::string_view key, const Value& value, std::string_view wanted);
  bool is_known(std::string_view key) const noexcept;

  const Table& table_;
  std::string subject_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

}  // namespace culvert::config
