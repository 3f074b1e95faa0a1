// SPDX-License-Identifier: MIT
/// The input that reads numbers from files. Owned by, and used only on, one node's thread.
#pragma once

#include "reading.hpp"
#include "trouble.hpp"

#include <regex.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace culvert::sensor {

/// So many files one pattern of names may find; the rest is left out, and said.
constexpr std::size_t max_files = 1024;

/// A POSIX extended regular expression whose first group is the number; `^` and `$` also match at lines. Of POSIX and
/// not of std::regex, whose use of the stack grows with the text.
class Expression {
 public:
  /// Throws std::invalid_argument.
  explicit Expression(const std::string& text);
  ~Expression() { regfree(&compiled_); }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  /// The first group of the first match, within `text`; data() is null without one.
  std::string_view find(const std::string& text) const noexcept;

 private:
  regex_t compiled_{};
};

class Files : public Input {
 public:
  /// `pattern` may be empty: then a file's first word is the number. `root` stands for "/". Throws
  /// std::invalid_argument.
  Files(std::string_view read, std::string_view root, const std::string& pattern, Trouble& trouble);
  void read(std::vector<Reading>& readings) override;

 private:
  std::optional<Number> read_one(const std::string& path);

  std::string root_;
  std::string path_;  // with the root
  bool is_glob_;
  std::unique_ptr<Expression> pattern_;
  Trouble& trouble_;
};

}  // namespace culvert::sensor
