// SPDX-License-Identifier: MIT
/// A parsed value with its place: what the rest of the core sees of TOML.
#pragma once

#include "core/config/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace culvert::config {

struct Value;
using List = std::vector<Value>;
/// A key and its value, in the order of the file.
struct Entry;
using Table = std::vector<Entry>;
/// A date or time: Culvert has no use for one, but can say that it found one.
struct Date {};

struct Value {
  Place place;  ///< of the value itself
  std::variant<bool, int64_t, double, std::string, Date, List, Table> data;
  bool unresolved =
      false;  ///< of a text: a variable in it has no value, which was said; nothing else is to be said of it
  bool expanded = false;  ///< of a text: it came from a variable, at least in part, and is not what the file holds

  template <class T>
  const T* as() const noexcept {
    return std::get_if<T>(&data);
  }
  /// Of a table: the value of a key, or null.
  const Value* find(std::string_view key) const noexcept;
};

struct Entry {
  std::string key;
  Place place;  ///< of the key
  Value value;
};

/// "text", "integer", "list" and so on, for people.
std::string_view type_name(const Value& value) noexcept;

/// Parses TOML. Limits: 1 MiB, 16 parts in a dotted key, 64 levels. On an error it says where, and answers nothing.
/// Call it on the main thread only: the parser needs its stack.
std::optional<Value> parse_toml(std::string_view text, const std::string& file, Problems& problems);

/// Durations "250ms", "1.5s", "5m", "2h", "1d" ("us" and "ns" too) in nanoseconds; sizes "64KiB", "8MiB", "512B" in
/// bytes. Nothing for any other text, a bare number, or what does not fit.
std::optional<int64_t> parse_duration(std::string_view text);
std::optional<int64_t> parse_size(std::string_view text);
/// The other way round, in the largest unit that leaves a whole number: "90m", "128KiB".
std::string duration_text(int64_t duration_ns);
std::string size_text(int64_t size);
/// The units that each may have, smallest first.
std::vector<std::string_view> duration_units();
std::vector<std::string_view> size_units();

}  // namespace culvert::config
