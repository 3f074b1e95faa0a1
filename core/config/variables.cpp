// SPDX-License-Identifier: MIT
#include "core/config/variables.hpp"

#include "core/config/prescan.hpp"
#include "core/util/log.hpp"

#include <algorithm>
#include <cstdlib>

namespace culvert::config {
namespace {

bool is_variable_name(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_rest = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), is_rest);
}

/// Expands one text. Values are never in its errors: they may be secrets.
class Expansion {
 public:
  explicit Expansion(std::string_view text) : rest_{text} {}

  /// False when it has an error instead of a result.
  bool run() {
    while (!rest_.empty() && error.empty()) {
      const size_t plain = std::min(rest_.find('$'), rest_.size());
      result += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (rest_.starts_with("${")) {
        variable();
      } else if (!rest_.empty()) {
        rest_.remove_prefix(rest_.starts_with("$$") ? 2 : 1);
        result += '$';
      }
      if (result.size() > max_file_bytes) { error = "is longer than 1 MiB once its variables are put in"; }
    }
    return error.empty();
  }

  std::string result;
  std::string error;
  std::vector<UsedVariable> used;

 private:
  void variable() {
    const size_t end = rest_.find('}');
    if (end == std::string_view::npos) {
      error = "'${' has no '}': write '$${' for a plain one";
      return;
    }
    const std::string_view inside = rest_.substr(2, end - 2);
    rest_.remove_prefix(end + 1);
    const size_t colon = inside.find(':');
    const std::string name{inside.substr(0, colon)};
    const std::string_view after = colon == std::string_view::npos ? "" : inside.substr(colon);
    const bool has_default = after.starts_with(":-");
    const bool has_reason = after.starts_with(":?");
    if (!is_variable_name(name) || (!after.empty() && !has_default && !has_reason)) {
      error = quoted("${" + std::string{inside} + "}") +
              " is no variable: write ${NAME}, ${NAME:-default} or ${NAME:?why}, or '$${' for a plain '${'";
    } else if (after.find('$') != std::string_view::npos) {
      error = "a default or reason of variable " + quoted(name) + " holds a '$': one in another is not possible";
    } else {
      put(name, after, has_default, has_reason);
    }
  }

  // As in a shell, a variable that is empty counts as not set where there is a default or a reason.
  void put(const std::string& name, std::string_view after, bool has_default, bool has_reason) {
    const char* found = std::getenv(name.c_str());
    const std::string_view value = found == nullptr ? "" : found;
    const bool is_missing = found == nullptr || ((has_default || has_reason) && value.empty());
    used.push_back({name, is_missing});
    if (!is_missing) {
      if (!is_text(value)) { error = "variable " + quoted(name) + " holds bytes that are no UTF-8"; }
      result += value;
    } else if (has_default) {
      result += after.substr(2);
    } else if (has_reason && after.size() > 2) {
      error = "variable " + quoted(name) + " is not set: " + printable(after.substr(2));
    } else {
      error = "variable " + quoted(name) + " is not set: set it, or give a default: '${" + name + ":-...}'";
    }
  }

  std::string_view rest_;
};

}  // namespace

void expand_variables(Value& value, Problems& problems) {
  if (auto* table = std::get_if<Table>(&value.data)) {
    for (Entry& entry : *table) { expand_variables(entry.value, problems); }
  } else if (auto* list = std::get_if<List>(&value.data)) {
    for (Value& element : *list) { expand_variables(element, problems); }
  } else if (auto* text = std::get_if<std::string>(&value.data)) {
    if (text->find('$') == std::string::npos) { return; }
    Expansion expansion{*text};
    if (expansion.run()) {
      *text = std::move(expansion.result);
    } else {
      problems.error(value.place, expansion.error);
      value.unresolved = true;
    }
    value.expanded = !expansion.used.empty();
  }
}

std::vector<UsedVariable> used_variables(std::string_view text) {
  Expansion expansion{text};
  expansion.run();
  return expansion.used;
}

bool is_one_variable(std::string_view text) {
  const bool is_one = text.starts_with("${") && text.find('}') == text.size() - 1;
  return is_one && text.find(":-") == std::string_view::npos;
}

}  // namespace culvert::config
