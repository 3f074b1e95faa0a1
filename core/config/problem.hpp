// SPDX-License-Identifier: MIT
/// What is wrong with a configuration, and where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::config {

/// A place in a file. Line and column count from 1; 0 when it is the file as a whole.
struct Place {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};

enum class Severity { error, warning };

struct Problem {
  Place place;
  Severity severity = Severity::error;
  std::string text;  ///< subject, fact and wish: "node 'cloud': option 'qos' must be 0, 1 or 2, got 5"
};

/// Gathers problems, so that one run names all of them. Not thread-safe.
class Problems {
 public:
  void error(Place place, std::string text);
  void warning(Place place, std::string text);
  /// Files are sorted in the order in which they are first named, here or by a problem.
  void add_file(const std::string& file);
  bool has_errors() const noexcept;
  /// In the order of their places: by file as given, then line, then column.
  std::vector<Problem> sorted() const;

 private:
  void add(Place place, Severity severity, std::string text);

  std::vector<std::string> files_;
  std::vector<Problem> problems_;
};

/// "edge.toml:14:3", or "edge.toml" when it is the file as a whole.
std::string to_string(const Place& place);

/// "edge.toml:14:3: node ..." ; a warning has "warning: " after the place.
std::string to_string(const Problem& problem);

/// `text` in 'ticks' as people may see it: control bytes escaped, and cut short when it is long.
std::string quoted(std::string_view text);

/// The word of `known` that `word` was probably meant to be, or empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

/// ", did you mean 'x'?" or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace culvert::config
