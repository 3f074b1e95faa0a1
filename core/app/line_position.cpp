// SPDX-License-Identifier: MIT
#include "core/app/line_position.hpp"

#include <algorithm>
#include <utility>

namespace culvert {
namespace {

const Argument* find_option(const Command& command, std::string_view name) {
  const auto found = std::find_if(command.arguments.begin(), command.arguments.end(),
                                  [&](const Argument& one) { return !name.empty() && one.option == name; });
  return found == command.arguments.end() ? nullptr : &*found;
}

const Argument* find_letter(const Command& command, char letter) {
  const auto found = std::find_if(command.arguments.begin(), command.arguments.end(),
                                  [&](const Argument& one) { return one.letter == letter; });
  return found == command.arguments.end() ? nullptr : &*found;
}

/// Reads the words behind a command one by one.
class Walk {
 public:
  explicit Walk(LinePosition& position) : position_{position}, command_{*position.command} {}

  void take(const std::string& word) {
    if (awaited_ != nullptr) {
      give(*std::exchange(awaited_, nullptr), word);
    } else if (only_places_ || !word.starts_with('-') || word == "-") {
      if (const Argument* place = next_place()) { give(*place, word); }
    } else if (word == "--") {
      only_places_ = true;
    } else {
      take_option(word);
    }
  }

  /// Whose value that word, the last one, is.
  const Argument* wanted(const std::string& word) const {
    if (awaited_ != nullptr) { return awaited_; }
    if (only_places_ || !word.starts_with('-')) { return next_place(); }
    const std::size_t sign = word.find('=');
    return word.starts_with("--") && sign != std::string::npos
               ? find_option(command_, std::string_view{word}.substr(2, sign - 2))
               : nullptr;
  }

 private:
  void take_option(const std::string& word) {
    const std::size_t sign = word.find('=');
    const bool is_long = word.starts_with("--");
    const Argument* option =
        is_long ? find_option(command_, std::string_view{word}.substr(2, sign - 2)) : find_letter(command_, word[1]);
    if (option == nullptr || option->kind == ValueKind::flag) { return; }
    if (is_long && sign != std::string::npos) {
      give(*option, word.substr(sign + 1));
    } else if (!is_long && word.size() > 2) {
      give(*option, word.substr(2));
    } else {
      awaited_ = option;
    }
  }

  void give(const Argument& argument, const std::string& value) { position_.given[argument.id()].push_back(value); }

  /// The first place that has room.
  const Argument* next_place() const {
    const auto found = std::find_if(command_.arguments.begin(), command_.arguments.end(), [&](const Argument& one) {
      return !one.place.empty() && (one.many || position_.given.count(one.id()) == 0);
    });
    return found == command_.arguments.end() ? nullptr : &*found;
  }

  LinePosition& position_;
  const Command& command_;
  const Argument* awaited_ = nullptr;  ///< an option that stands before its value
  bool only_places_ = false;           ///< behind "--"
};

}  // namespace

LinePosition line_position(const std::vector<std::string>& words) {
  LinePosition position;
  std::size_t next = 0;
  for (Commands among = commands(); next + 1 < words.size() && !among.empty(); ++next) {
    const Command* command = find_command(among, words[next]);
    if (command == nullptr) { return {}; }
    among = command->below;
    if (among.empty()) { position.command = command; }
  }
  if (position.command == nullptr) { return {}; }
  Walk walk{position};
  for (; next + 1 < words.size(); ++next) { walk.take(words[next]); }
  position.wanted = walk.wanted(words.back());
  return position;
}

}  // namespace culvert
