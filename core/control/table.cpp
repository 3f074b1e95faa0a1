// SPDX-License-Identifier: MIT
#include "core/control/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace culvert::control {

Table::Table(std::vector<std::string> head, std::vector<bool> is_number)
    : is_number_{std::move(is_number)}, widths_(head.size()) {
  add(std::move(head));
}

void Table::add(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0 || cells[i].size() <= longest_first) { widths_[i] = std::max(widths_[i], cells[i].size()); }
  }
  rows_.push_back({std::move(cells), {}});
}

void Table::note(std::string_view text) { rows_.back().notes += wrapped(text); }

std::string Table::line(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string& cell = cells[i];
    const std::string gap(widths_[i] - std::min(widths_[i], cell.size()), ' ');
    if (i > 0) { line += "  "; }
    line += is_number_[i] ? gap + cell : cell + gap;
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string Table::text() const {
  std::string text;
  for (const Row& row : rows_) {
    std::vector<std::string> cells = row.cells;
    if (cells[0].size() > widths_[0]) { text += std::exchange(cells[0], {}) + '\n'; }
    text += line(cells) + row.notes;
  }
  return text;
}

std::string wrapped(std::string_view text) {
  std::string indent = "  ", line = indent, lines;
  bool is_empty = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!is_empty && line.size() + 1 + word.size() > Table::columns) {
      lines += line + '\n';
      line = indent = "    ";
      is_empty = true;
    }
    if (!is_empty) { line += ' '; }
    line += word;
    is_empty = false;
  }
  return is_empty ? lines : lines + line + '\n';
}

std::string size_text(double bytes) {
  constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  const bool is_whole = bytes >= 10 || bytes == std::floor(bytes);
  std::snprintf(text.data(), text.size(), is_whole ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  return text.data();
}

}  // namespace culvert::control
