// SPDX-License-Identifier: MIT
/// The command line, parsed as the table of commands says. Main thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

/// What a command line gives for the arguments of its command. Each is asked for by its id, and by one function only:
/// a flag by `has`, one that may be given many times by `texts`, a number by `number`, any other by `text`.
class Given {
 public:
  struct Value {
    bool is_set = false;
    std::string text;
    std::vector<std::string> texts;
    std::optional<uint64_t> number;
  };

  bool has(std::string_view id) const { return at(id).is_set; }
  /// Its default when it is not given.
  const std::string& text(std::string_view id) const { return at(id).text; }
  const std::vector<std::string>& texts(std::string_view id) const { return at(id).texts; }
  uint64_t number(std::string_view id, uint64_t otherwise) const { return at(id).number.value_or(otherwise); }

  /// Where the parser puts the value of an argument.
  Value& add(std::string_view id) { return values_[id]; }

 private:
  const Value& at(std::string_view id) const { return values_.at(id); }

  std::map<std::string_view, Value> values_;
};

/// The command line is wrong; what is a line for people, and the command ends with 64.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ParsedLine {
  std::string command;  ///< "run", "journal show"
  Given given;
};

/// Nothing when help or the version was asked for, which then stands on stdout. Throws UsageError.
std::optional<ParsedLine> parse_command_line(int argc, char** argv);

}  // namespace culvert
