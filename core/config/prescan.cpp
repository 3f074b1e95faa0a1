// SPDX-License-Identifier: MIT
#include "core/config/prescan.hpp"

#include <algorithm>

namespace culvert::config {
namespace {

/// The length of the well-formed UTF-8 sequence at the start of `text`, or 0.
size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) { return 1; }
  const size_t length = first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : 4;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) { return 0; }
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) { return 0; }
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) >= 0xA0;
  const bool too_large = first == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

/// Walks over the text once. It agrees with the parser on every valid prefix, which is enough: the parser stops where
/// its text stops being valid.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_{text} {}

  std::optional<ScanError> run() {
    while (!rest_.empty() && !error_) { step(); }
    return error_;
  }

 private:
  void step() {
    switch (rest_.front()) {
      case '#':
        return comment();
      case '"':
        return quoted('"');
      case '\'':
        return quoted('\'');
      case '.':
        return dot();
      case '[':
      case '{':
        return open();
      case ']':
      case '}':
        levels_ -= levels_ > 0 ? 1 : 0;
        break;
      case '=':
      case ',':
      case '\n':
        break;
      default:
        advance();
        return;
    }
    dots_ = 0;
    advance();
  }

  void comment() {
    while (!rest_.empty() && !error_ && rest_.front() != '\n') { advance(); }
  }

  void quoted(char quote) {
    const std::string triple(3, quote);
    const bool multi_line = rest_.starts_with(triple);
    advance(multi_line ? 3 : 1);
    while (!rest_.empty() && !error_) {
      if (multi_line && rest_.starts_with(triple)) {
        advance(3);
        // Up to two more quotes in front of the closing three belong to the string.
        for (int i = 0; i < 2 && rest_.starts_with(quote); ++i) { advance(); }
        return;
      }
      if (!multi_line && rest_.front() == '\n') { return; }
      const bool closing = !multi_line && rest_.front() == quote;
      const bool escape = quote == '"' && rest_.front() == '\\' && rest_.size() > 1 && rest_[1] != '\n';
      advance(escape ? 2 : 1);
      if (closing) { return; }
    }
  }

  void dot() {
    if (++dots_ >= max_key_parts) { return fail("a dotted key must have at most 16 parts"); }
    advance();
  }

  void open() {
    if (++levels_ > max_levels) { return fail("lists and tables must not be nested deeper than 64 levels"); }
    dots_ = 0;
    advance();
  }

  /// Over `count` characters; bytes that are no character end the walk.
  void advance(size_t count = 1) {
    for (; count > 0 && !rest_.empty(); --count) {
      const size_t length = sequence_length(rest_);
      if (length == 0) { return fail("is not valid UTF-8 here"); }
      if (rest_.front() == '\0') { return fail("a NUL is not allowed here"); }
      const bool line_ends = rest_.front() == '\n';
      rest_.remove_prefix(length);
      line_ += line_ends ? 1 : 0;
      column_ = line_ends ? 1 : column_ + 1;
    }
  }

  void fail(std::string text) { error_ = ScanError{line_, column_, std::move(text)}; }

  std::string_view rest_;
  uint32_t line_ = 1;
  uint32_t column_ = 1;
  size_t dots_ = 0;
  size_t levels_ = 0;
  std::optional<ScanError> error_;
};

}  // namespace

std::optional<ScanError> prescan(std::string_view text) {
  if (text.size() > max_file_bytes) { return ScanError{0, 0, "is larger than 1 MiB"}; }
  // A byte order mark takes no column.
  if (text.starts_with("\xEF\xBB\xBF")) { text.remove_prefix(3); }
  return Scanner{text}.run();
}

bool is_text(std::string_view text) noexcept {
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (length == 0 || text.front() == '\0') { return false; }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace culvert::config
