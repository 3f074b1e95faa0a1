// SPDX-License-Identifier: MIT
/// Reads one table of the host's own keys, and says what is wrong with each: which keys there are, in which ranges and
/// with which words, stands in keys.cpp. Used by one thread at a time.
#pragma once

#include "core/config/keys.hpp"
#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::config {

class TableReader {
 public:
  /// `subject` opens each error: "runtime", "node 'cloud'".
  TableReader(const Table& table, Keys keys, std::string subject, Problems& problems)
      : table_{table}, keys_{keys}, subject_{std::move(subject)}, problems_{problems} {}

  /// Each of these is for a key of the list, and answers nothing when it is not given or wrong; wrong is said.
  const Value* take(std::string_view key) const;
  std::optional<Reference> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<int64_t> integer(std::string_view key);
  std::optional<int64_t> duration(std::string_view key);
  std::optional<int64_t> size(std::string_view key);
  /// One text, or a list of texts of which none is given twice. Empty when the key is not there or wrong.
  std::vector<Reference> texts(std::string_view key);
  /// One of the key's words; of an enumeration it is the enumerator in the place of the word.
  std::optional<std::string_view> word(std::string_view key);
  template <class Enumeration>
  std::optional<Enumeration> choice(std::string_view key) {
    const auto given = word(key);
    if (!given) { return {}; }
    return static_cast<Enumeration>(std::find(words(key).begin(), words(key).end(), *given) - words(key).begin());
  }

  bool has(std::string_view key) const noexcept;
  void error(const Place& place, const std::string& text) { problems_.error(place, subject_ + ": " + text); }
  /// Says every key that is not in the list.
  void finish();
  /// The keys that are not in the list.
  Table rest() const;

 private:
  const Key& key_of(std::string_view name) const;
  std::span<const std::string_view> words(std::string_view key) const { return key_of(key).words; }
  std::optional<int64_t> quantity(const Key& key, std::string_view noun,
                                  std::optional<int64_t> (*parse)(std::string_view));
  std::optional<Reference> as_text(std::string_view key, const Value& value, std::string_view wanted);

  const Table& table_;
  const Keys keys_;
  std::string subject_;
  Problems& problems_;
};

}  // namespace culvert::config
