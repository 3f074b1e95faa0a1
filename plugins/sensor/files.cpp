// SPDX-License-Identifier: MIT
#include "files.hpp"

#include "file_text.hpp"

#include <glob.h>

#include <array>
#include <stdexcept>

namespace culvert::sensor {
namespace {

/// With a backslash before what glob(3) would take for a wildcard.
std::string quoted(std::string_view path) {
  std::string made;
  for (const char c : path) {
    if (std::string_view{"*?[]\\"}.find(c) != std::string_view::npos) { made += '\\'; }
    made += c;
  }
  return made;
}

std::string_view first_word(std::string_view text) noexcept {
  constexpr std::string_view space = " \t\r\n\v\f";
  const std::size_t start = text.find_first_not_of(space);
  if (start == std::string_view::npos) { return {}; }
  return text.substr(start, text.find_first_of(space, start) - start);
}

/// What glob(3) found, and its return value.
class Found {
 public:
  explicit Found(const std::string& path) noexcept {
    // Without GLOB_TILDE it looks up no user, which is what may not be done on two threads.
    result_ = ::glob(path.c_str(), 0, nullptr, &found_);
  }
  ~Found() { globfree(&found_); }
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;
  int result() const noexcept { return result_; }
  std::size_t size() const noexcept { return result_ == 0 ? found_.gl_pathc : 0; }
  const char* operator[](std::size_t index) const noexcept { return found_.gl_pathv[index]; }

 private:
  glob_t found_{};
  int result_ = 0;
};

/// The start of a text in a line of the log, without what is not plain ASCII.
std::string shown(std::string_view text) {
  constexpr std::size_t max_shown = 32;
  std::string made{text.substr(0, max_shown)};
  for (char& c : made) {
    if (c < ' ' || c > '~') { c = '?'; }
  }
  return text.size() > max_shown ? made + "..." : made;
}

}  // namespace

Expression::Expression(const std::string& text) {
  const std::string option = "option 'pattern' '" + text + "'";
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '\\') { continue; }
    // POSIX would take it for the letter, and find nothing.
    if (text[i + 1] == 'd') { throw std::invalid_argument{option + " has '\\d', write '[0-9]'"}; }
    ++i;
  }
  const int error = regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NEWLINE);
  if (error != 0) {
    std::array<char, 128> why{};
    regerror(error, &compiled_, why.data(), why.size());
    throw std::invalid_argument{option + " is no extended regular expression: " + why.data()};
  }
  if (compiled_.re_nsub == 0) {
    regfree(&compiled_);
    throw std::invalid_argument{option + " needs a group '(...)' around the number"};
  }
}

std::string_view Expression::find(const std::string& text) const noexcept {
  std::array<regmatch_t, 2> match{};
  if (regexec(&compiled_, text.c_str(), match.size(), match.data(), 0) != 0 || match[1].rm_so < 0) { return {}; }
  const auto start = static_cast<std::size_t>(match[1].rm_so);
  return std::string_view{text}.substr(start, static_cast<std::size_t>(match[1].rm_eo) - start);
}

Files::Files(std::string_view read, std::string_view root, const std::string& pattern, Trouble& trouble)
    : root_{root.ends_with('/') ? root.substr(0, root.size() - 1) : root},
      is_glob_{read.find_first_of("*?[") != std::string_view::npos},
      pattern_{pattern.empty() ? nullptr : std::make_unique<Expression>(pattern)},
      trouble_{trouble} {
  path_ = (is_glob_ ? quoted(root_) : root_).append(read);
}

void Files::read(std::vector<Reading>& readings) {
  if (!is_glob_) {
    readings.push_back({.value = read_one(path_), .path = {}});
    return;
  }
  const Found found{path_};
  if (found.size() == 0) {
    const bool none = found.result() == GLOB_NOMATCH;
    trouble_.bad_reading("read '" + path_ + "': " + (none ? "matches no file" : "the search failed"));
    readings.push_back({.value = std::nullopt, .path = {}});
    return;
  }
  for (std::size_t i = 0; i < found.size() && i < max_files; ++i) {
    readings.push_back({.value = read_one(found[i]), .path = found[i] + root_.size()});
  }
  if (found.size() > max_files) {
    trouble_.bad_reading("read '" + path_ + "': matches " + std::to_string(found.size()) + " files, only the first " +
                         std::to_string(max_files) + " are read");
  }
}

std::optional<Number> Files::read_one(const std::string& path) {
  const FileText file = read_file(path);
  const auto bad = [&](const std::string& why) {
    trouble_.bad_reading("read '" + path + "': " + why);
    return std::nullopt;
  };
  if (!file.trouble.empty()) { return bad(file.trouble); }
  if (file.text.empty()) { return bad("is empty"); }
  const std::string_view text = pattern_ ? pattern_->find(file.text) : first_word(file.text);
  if (text.empty()) { return bad(pattern_ ? "has nothing that 'pattern' matches" : "has no number"); }
  // The rest of its digits may stand behind the limit.
  if (file.cut && text.data() + text.size() == file.text.data() + file.text.size()) {
    return bad("has its number behind the first " + std::to_string(max_file_bytes) + " bytes");
  }
  const auto number = parse_number(text);
  if (!number) { return bad("has '" + shown(text) + "' where a number should be"); }
  return number;
}

}  // namespace culvert::sensor
