// SPDX-License-Identifier: MIT
#include "core/plugin/options.hpp"

#include "core/plugin/certificates.hpp"
#include "core/plugin/option_file.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace culvert::plugin {
namespace {

constexpr std::size_t max_elements = 1024;

/// Where options are looked for: at the top, or within one element of a list of tables.
struct Scope {
  std::string declared;  ///< before the names of the facts: "", "subscribe[]."
  std::string actual;    ///< before the keys of the settings: "", "subscribe[0]."
  config::Place place;   ///< where a missing option is missed
};

/// Walks one node's options.
class Checker {
 public:
  Checker(const config::Node& node, const Facts& facts, config::Problems& problems)
      : node_{node}, facts_{facts}, problems_{problems} {}

  void run() {
    const Scope top{{}, {}, node_.place};
    walk(node_.options, top, {});
    finish(top);
    for (const Need& need : needs_) { check_need(need); }
  }

  Settings settings;
  Places places;

 private:
  struct Need {
    std::string key, other;
    config::Place place;
  };

  void problem(const config::Place& place, const std::string& text) {
    problems_.error(place, "node '" + node_.name + "': " + text);
  }
  void option_problem(const config::Place& place, std::string_view key, const std::string& text) {
    problem(place, "option '" + std::string{key} + "' " + text);
  }

  void walk(const config::Table& table, const Scope& scope, const std::string& path);
  void unknown(const config::Entry& entry, const Scope& scope, const std::string& name);
  void take(const Option& option, const std::string& key, const config::Entry& entry);
  void element(const Option& option, const std::string& key, const config::Value& value);
  void scalar(const Option& option, const std::string& key, const config::Value& value, bool given);
  void warn_of_literal(const std::string& key, const config::Value& value);
  void finish(const Scope& scope);
  void check_need(const Need& need);
  /// The options of a scope, without those of the lists within it.
  std::vector<std::string_view> names_in(const Scope& scope) const;

  const config::Node& node_;
  const Facts& facts_;
  config::Problems& problems_;
  std::set<std::string, std::less<>> seen_;
  std::vector<Need> needs_;
};

std::vector<std::string_view> Checker::names_in(const Scope& scope) const {
  std::vector<std::string_view> names;
  for (const Option& option : facts_.options) {
    std::string_view name = option.name;
    if (!name.starts_with(scope.declared)) { continue; }
    name.remove_prefix(scope.declared.size());
    if (name.find("[]") == std::string_view::npos) { names.push_back(name); }
  }
  return names;
}

/// `path` is the dotted way from the scope to the table: "", "tls.".
void Checker::walk(const config::Table& table, const Scope& scope, const std::string& path) {
  for (const config::Entry& entry : table) {
    const std::string name = path + entry.key;
    if (const Option* option = facts_.find(scope.declared + name); option != nullptr) {
      take(*option, scope.actual + name, entry);
      continue;
    }
    std::vector<std::string> below;
    for (const std::string_view known : names_in(scope)) {
      if (known.starts_with(name + ".")) { below.push_back(ticked(known)); }
    }
    if (below.empty()) {
      unknown(entry, scope, name);
    } else if (const auto* inner = entry.value.as<config::Table>(); inner != nullptr) {
      walk(*inner, scope, name + ".");
    } else {
      option_problem(entry.value.place, scope.actual + name,
                     "is a table of " + one_of(below) + ", got " + std::string{config::type_name(entry.value)});
    }
  }
}

void Checker::unknown(const config::Entry& entry, const Scope& scope, const std::string& name) {
  const std::vector<std::string_view> known = names_in(scope);
  std::string where = "unknown option ";
  if (!scope.actual.empty()) { where = "option '" + scope.actual.substr(0, scope.actual.size() - 1) + "' has no key "; }
  std::string hint = config::suggestion(name, known);
  // A last part alone may be right: 'ca' for 'tls.ca'.
  for (const std::string_view candidate : known) {
    if (hint.empty() && candidate.ends_with("." + name)) { hint = ", did you mean " + ticked(candidate) + "?"; }
  }
  if (hint.empty() && known.empty()) { hint = ", plugin " + ticked(facts_.id) + " has no options"; }
  problem(entry.place, where + ticked(name) + hint);
}

void Checker::take(const Option& option, const std::string& key, const config::Entry& entry) {
  if (!seen_.insert(key).second) { return option_problem(entry.place, key, "is given twice"); }
  places[key] = entry.value.place;
  if (!option.needs_option.empty()) {
    // Within a list of tables the other option is one of the same table.
    const std::size_t scope = option.name.rfind("[].");
    const std::string declared = scope == std::string::npos ? std::string{} : option.name.substr(0, scope + 3);
    std::string other = option.needs_option;
    if (!declared.empty() && other.starts_with(declared)) {
      const std::size_t own = option.name.size() - declared.size();
      other = key.substr(0, key.size() - own) + other.substr(declared.size());
    }
    needs_.push_back({key, other, entry.place});
  }
  if (!option.list) { return scalar(option, key, entry.value, true); }
  const auto* list = entry.value.as<config::List>();
  if (list == nullptr) { return element(option, key + "[0]", entry.value); }
  if (list->size() > max_elements) {
    return option_problem(entry.value.place, key, "must have at most 1024 values, got " + std::to_string(list->size()));
  }
  if (list->empty() && option.required) { return option_problem(entry.value.place, key, "must not be empty"); }
  for (std::size_t i = 0; i < list->size(); ++i) { element(option, key + '[' + std::to_string(i) + ']', (*list)[i]); }
}

void Checker::element(const Option& option, const std::string& key, const config::Value& value) {
  if (option.short_for.empty()) { return scalar(option, key, value, true); }
  const Scope scope{option.name + "[].", key + ".", value.place};
  if (const auto* table = value.as<config::Table>(); table != nullptr) {
    walk(*table, scope, {});
  } else {
    seen_.insert(scope.actual + option.short_for);
    scalar(*facts_.find(scope.declared + option.short_for), scope.actual + option.short_for, value, true);
  }
  finish(scope);
}

void Checker::scalar(const Option& option, const std::string& key, const config::Value& value, bool given) {
  if (value.unresolved) { return; }
  Checked checked = option.type == OptionType::secret ? read_secret(option, value) : check_value(option, value);
  if (checked.is_good() && (option.type == OptionType::path || option.type == OptionType::file)) {
    checked.value = absolute_path(checked.value, value.place.file);
    if (option.type == OptionType::file) { checked.why = file_problem(checked.value, option.content); }
  }
  if (!checked.is_good()) { return option_problem(value.place, key, checked.why); }
  if (option.type == OptionType::secret && given) { warn_of_literal(key, value); }
  settings.set(key, checked.value, given);
  places[key] = value.place;
}

void Checker::warn_of_literal(const std::string& key, const config::Value& value) {
  const auto* text = value.as<std::string>();
  if (text == nullptr || text->empty() || value.expanded) { return; }
  const auto mode = open_mode(value.place.file);
  if (!mode) { return; }
  std::string octal = "0";
  for (const unsigned shift : {6U, 3U, 0U}) { octal += static_cast<char>('0' + (*mode >> shift & 7U)); }
  problems_.warning(value.place, "node '" + node_.name + "': option '" + key +
                                     "' is a secret in a file that others can read (mode " + octal +
                                     "): take the right to read from them, or use \"${VARIABLE}\", { env = }, "
                                     "{ file = } or { credential = }");
}

/// Fills in defaults and says what is missing.
void Checker::finish(const Scope& scope) {
  for (const std::string_view name : names_in(scope)) {
    const Option& option = *facts_.find(scope.declared + std::string{name});
    const std::string key = scope.actual + std::string{name};
    if (seen_.find(key) != seen_.end()) { continue; }
    if (option.default_value) {
      scalar(option, option.list ? key + "[0]" : key, default_value(option, scope.place), false);
    } else if (option.required) {
      const bool is_bare = option.type == OptionType::boolean || option.type == OptionType::integer ||
                           option.type == OptionType::number || (option.list && option.example.starts_with('['));
      const std::string sample = is_bare ? option.example : '"' + option.example + '"';
      const std::string hint = option.example.empty() ? "" : ", such as " + std::string{name} + " = " + sample;
      option_problem(scope.place, key, "is missing" + hint);
    }
  }
}

void Checker::check_need(const Need& need) {
  const std::string* other = settings.find(need.other);
  const bool is_list = seen_.find(need.other) != seen_.end();
  if ((other == nullptr && !is_list) || (other != nullptr && *other == "false")) {
    option_problem(need.place, need.key, "is of use only together with option " + ticked(need.other));
  }
}

}  // namespace

Settings check_options(const config::Node& node, const Facts& facts, config::Problems& problems) {
  return check_options(node, facts, problems, find_verifier());
}

Settings check_options(const config::Node& node, const Facts& facts, config::Problems& problems,
                       const std::string& verifier) {
  Checker checker{node, facts, problems};
  checker.run();
  check_certificates(facts, checker.settings, checker.places, "node '" + node.name + "'", verifier, problems);
  return std::move(checker.settings);
}

}  // namespace culvert::plugin
