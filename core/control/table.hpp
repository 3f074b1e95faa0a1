// SPDX-License-Identifier: MIT
/// Columns of text, and what a row cannot hold below it. Pure, used by one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::control {

/// Text is counted in bytes: names are ASCII, and what is not stands in notes.
class Table {
 public:
  static constexpr std::size_t columns = 80;
  /// A first cell that is longer gets a line of its own.
  static constexpr std::size_t longest_first = 24;

  /// `is_number`: which columns stand at their right side.
  Table(std::vector<std::string> head, std::vector<bool> is_number);
  void add(std::vector<std::string> cells);
  /// A line below the last row, indented, and wrapped between words where it is longer than the screen.
  void note(std::string_view text);
  std::string text() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string notes;
  };
  std::string line(const std::vector<std::string>& cells) const;

  std::vector<Row> rows_;  ///< the head first
  std::vector<bool> is_number_;
  std::vector<std::size_t> widths_;
};

/// Indented lines of at most 80 columns, broken between words.
std::string wrapped(std::string_view text);
/// "0 B", "1.5 KiB", "24 MiB".
std::string size_text(double bytes);

}  // namespace culvert::control
