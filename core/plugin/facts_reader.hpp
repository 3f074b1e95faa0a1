// SPDX-License-Identifier: MIT
/// Reads one table of the facts key by key, and says what is wrong with a key at its place. Used by one parse at a
/// time.
#pragma once

#include "core/config/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

class FactsReader {
 public:
  /// `subject` opens each problem: "facts", "facts: option 'qos'". `place` is where a missing key is missed.
  FactsReader(const config::Table& table, std::string subject, config::Place place, config::Problems& problems)
      : table_{table}, subject_{std::move(subject)}, place_{std::move(place)}, problems_{problems} {}

  const config::Value* find(std::string_view key);
  /// One line of text, or empty.
  std::string line(std::string_view key, bool required);
  bool flag(std::string_view key);
  std::vector<std::string> lines(std::string_view key);
  /// 0 when it is not there.
  int64_t integer(std::string_view key);
  std::vector<int64_t> integers(std::string_view key);
  /// Any plain value as text.
  std::optional<std::string> plain(std::string_view key);
  /// Says which keys of the table nobody asked for.
  void refuse_others();

  void problem(std::string_view key, const std::string& text);
  void problem_at(const config::Place& place, const std::string& text);
  const config::Place& place() const noexcept { return place_; }

 private:
  const config::Table& table_;
  std::string subject_;
  config::Place place_;
  config::Problems& problems_;
  std::vector<std::string_view> asked_;
};

/// Reads the tables below `option`.
struct Facts;
void read_options(const config::Value& tables, Facts& facts, config::Problems& problems);
/// Reads the lists `preset`, `limit`, `warn` and `refuse`, whose options have been read.
void read_rules(FactsReader& reader, Facts& facts, config::Problems& problems);

}  // namespace culvert::plugin
