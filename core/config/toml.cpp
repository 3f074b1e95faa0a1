// SPDX-License-Identifier: MIT
#include "core/config/prescan.hpp"
#include "core/config/redefinition.hpp"
#include "core/config/value.hpp"
#include "core/util/log.hpp"

#include <algorithm>
#include <iterator>
#include <toml++/toml.h>

namespace culvert::config {
namespace {

/// Turns the parser's tree into values. Members of tables come in the order of the file.
class Converter {
 public:
  Converter(const std::string& file, Problems& problems) : file_{file}, problems_{problems} {}

  Value convert(const toml::node& node) {
    Value value{place(node.source().begin), false};
    if (const auto* table = node.as_table()) {
      value.data = nested(value.place, [&] { return convert_table(*table); });
    } else if (const auto* list = node.as_array()) {
      value.data = nested(value.place, [&] { return convert_list(*list); });
    } else if (const auto* text = node.as_string()) {
      refuse_nul(text->get(), value.place);
      value.data = text->get();
    } else if (const auto* integer = node.as_integer()) {
      value.data = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
      value.data = number->get();
    } else if (const auto* boolean = node.as_boolean()) {
      value.data = boolean->get();
    } else {
      value.data = Date{};
    }
    return value;
  }

 private:
  template <class Convert>
  auto nested(const Place& at, Convert convert) -> decltype(convert()) {
    if (level_ > max_levels) {
      if (!too_deep_) { problems_.error(at, "lists and tables must not be nested deeper than 64 levels"); }
      too_deep_ = true;
      return {};
    }
    ++level_;
    auto result = convert();
    --level_;
    return result;
  }

  Table convert_table(const toml::table& table) {
    std::vector<toml::table::const_iterator> members;
    for (auto member = table.begin(); member != table.end(); ++member) { members.push_back(member); }
    std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
      const auto &x = a->first.source().begin, &y = b->first.source().begin;
      return x < y;
    });
    Table result;
    result.reserve(members.size());
    for (const auto& member : members) {
      const Place at = place(member->first.source().begin);
      refuse_nul(member->first.str(), at);
      result.push_back({std::string{member->first.str()}, at, convert(member->second)});
    }
    return result;
  }

  List convert_list(const toml::array& list) {
    List result;
    result.reserve(list.size());
    for (const toml::node& node : list) { result.push_back(convert(node)); }
    return result;
  }

  // A NUL written as an escape would end the text early wherever C takes it.
  void refuse_nul(std::string_view text, const Place& at) {
    if (text.find('\0') != std::string_view::npos) { problems_.error(at, "a NUL is not allowed in text"); }
  }

  Place place(const toml::source_position& at) const { return {file_, at.line, at.column}; }

  const std::string& file_;
  Problems& problems_;
  size_t level_ = 0;
  bool too_deep_ = false;
};

void replace(std::string& text, std::string_view from, std::string_view to) {
  if (const size_t at = text.find(from); at != std::string::npos) { text.replace(at, from.size(), to); }
}

/// The parser's words in ours: "Error while parsing string: expected x, saw y".
std::string reworded(std::string_view description) {
  constexpr std::string_view opening = "Error while parsing ";
  if (description.starts_with(opening)) { description.remove_prefix(opening.size()); }
  const size_t colon = description.find(": ");
  if (colon == std::string_view::npos) { return std::string{description}; }
  const std::string_view part = description.substr(0, colon);
  std::string why{description.substr(colon + 2)};
  const std::string subject{part == "root table" ? "statement" : part};
  if (why == "encountered end-of-file") { return "the file ends in the middle of a " + subject; }
  if (why == "could not determine value type") { return "is no value that TOML knows, text stands in \"quotes\""; }
  replace(why, "expected keys, tables, whitespace or comments", "expected a key or a table");
  replace(why, "tables with blank bare keys are explicitly prohibited", "must not be empty");
  replace(why, "explicitly prohibited", "not allowed");
  replace(why, "leading zeroes are prohibited", "leading zeroes are not allowed");
  replace(why, ", saw ", ", found ");
  const bool number = part == "decimal integer" || part == "floating-point" || part == "boolean";
  if (number && why.starts_with("expected")) { why += ", text stands in \"quotes\""; }
  return "cannot read this " + subject + ": " + why;
}

}  // namespace

std::optional<Value> parse_toml(std::string_view text, const std::string& file, Problems& problems) {
  problems.add_file(file);
  if (const auto error = prescan(text)) {
    problems.error({file, error->line, error->column}, error->text);
    return {};
  }
  try {
    const toml::table root = toml::parse(text);
    Problems found;
    Value value = Converter{file, found}.convert(root);
    value.place = {file, 1, 1};
    for (Problem& problem : found.sorted()) { problems.error(std::move(problem.place), std::move(problem.text)); }
    if (found.has_errors()) { return {}; }
    return value;
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    if (error.description().find("cannot redefine") != std::string_view::npos) {
      Redefinition twice = find_redefinition(text, at, file);
      problems.error(std::move(twice.place), std::move(twice.text));
    } else {
      // It quotes the file, line breaks and all.
      problems.error({file, at.line, at.column}, printable(reworded(error.description())));
    }
    return {};
  }
}

}  // namespace culvert::config
