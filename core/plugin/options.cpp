// SPDX-License-Identifier: MIT
#include "core/plugin/options.hpp"

#include "core/config/keys.hpp"
#include "core/plugin/certificates.hpp"
#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_file.hpp"
#include "core/plugin/rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace culvert::plugin {
namespace {

/// Where options are looked for: at the top, or within one element of a list of tables.
struct Scope {
  std::string declared;  ///< before the names of the facts: "", "subscribe[]."
  std::string actual;    ///< before the keys of the settings: "", "subscribe[0]."
  config::Place place;   ///< where a missing option is missed
};

/// An option with `when`, that was given, or that is missing where it is required.
struct Condition {
  const Option* option;
  std::string key, other;
  config::Place place;
  bool given;
};

/// Walks one node's options.
class Checker {
 public:
  Checker(const config::Node& node, const Facts& facts, config::Problems& problems)
      : node_{node}, facts_{facts}, problems_{problems} {}

  void run() {
    const Scope top{{}, {}, node_.place};
    walk(node_.options, top, {});
    // What decides whether a preset holds is no preset itself.
    finish(top, false);
    finish(top, true);
    for (const Need& need : needs_) { check_need(need); }
    for (const Condition& condition : conditions_) { check_condition(condition); }
    for (const Option& option : facts_.options) {
      if (option.not_above.empty()) { continue; }
      for (const std::string& key : settings.keys(option.name)) { check_order(option, key); }
    }
    for (const Option& option : facts_.options) {
      if (option.distinct) { check_distinct(option); }
    }
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
  /// `said` is what a problem calls a plain value: the key, or the list's own name where a list was not written.
  void element(const Option& option, const std::string& key, const config::Value& value, const std::string& said);
  void scalar(const Option& option, const std::string& key, const config::Value& value, bool given,
              const std::string& said);
  void warn_of_literal(const std::string& key, const config::Value& value);
  /// `presets`: of the options that a preset sets, or of the others.
  void finish(const Scope& scope, bool presets = false);
  void check_order(const Option& option, const std::string& key);
  void check_distinct(const Option& option);
  void missing(const Option& option, const std::string& key, const config::Place& place, const std::string& why);
  void check_need(const Need& need);
  void check_condition(const Condition& condition);
  /// The options of a scope, without those of the lists within it.
  std::vector<std::string_view> names_in(const Scope& scope) const;

  const config::Node& node_;
  const Facts& facts_;
  config::Problems& problems_;
  std::set<std::string, std::less<>> seen_;
  std::vector<Need> needs_;
  std::vector<Condition> conditions_;
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
  if (hint.empty() && scope.actual.empty()) { hint = config::suggestion(name, config::names_of(config::node_keys())); }
  if (hint.empty() && known.empty()) { hint = ", plugin " + ticked(facts_.id) + " has no options"; }
  problem(entry.place, where + ticked(name) + hint);
}

/// "with kind = 'file'", "together with 'x'", "without 'x'": by the key that the other option has in this table.
std::string condition_text(const Condition& condition) {
  When when = *condition.option->when;
  when.option = condition.other;
  if (when.is_of_presence()) { return (when.is_absent ? "without " : "together with ") + ticked(when.option); }
  return "with " + when_text(when);
}

void Checker::take(const Option& option, const std::string& key, const config::Entry& entry) {
  if (!seen_.insert(key).second) { return option_problem(entry.place, key, "is given twice"); }
  places[key] = entry.value.place;
  if (!option.needs_option.empty()) {
    needs_.push_back({key, other_key(option, key, option.needs_option), entry.place});
  }
  if (option.when) {
    conditions_.push_back({&option, key, other_key(option, key, option.when->option), entry.place, true});
  }
  if (!option.list) { return scalar(option, key, entry.value, true, key); }
  const auto* list = entry.value.as<config::List>();
  if (list == nullptr) { return element(option, key + "[0]", entry.value, key); }
  if (list->size() > max_elements) {
    return option_problem(entry.value.place, key, "must have at most 1024 values, got " + std::to_string(list->size()));
  }
  // Whoever writes one may take it for "nothing goes", and it would be "everything does".
  if (list->empty()) {
    return option_problem(entry.value.place, key,
                          std::string{"must not be empty"} + (option.required ? "" : ": leave it out instead"));
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string one = key + '[' + std::to_string(i) + ']';
    element(option, one, (*list)[i], option.short_for.empty() ? one : one + "." + option.short_for);
  }
}

void Checker::element(const Option& option, const std::string& key, const config::Value& value,
                      const std::string& said) {
  if (option.short_for.empty()) { return scalar(option, key, value, true, said); }
  const Scope scope{option.name + "[].", key + ".", value.place};
  if (const auto* table = value.as<config::Table>(); table != nullptr) {
    walk(*table, scope, {});
  } else {
    seen_.insert(scope.actual + option.short_for);
    scalar(*facts_.find(scope.declared + option.short_for), scope.actual + option.short_for, value, true, said);
  }
  finish(scope);
}

void Checker::scalar(const Option& option, const std::string& key, const config::Value& value, bool given,
                     const std::string& said) {
  if (value.unresolved) { return; }
  Checked checked = option.type == OptionType::secret ? read_secret(option, value) : check_value(option, value);
  if (checked.is_good() && (option.type == OptionType::path || option.type == OptionType::file)) {
    checked.value = absolute_path(checked.value, value.place.file);
    if (option.type == OptionType::file) { checked.why = file_problem(checked.value, option.content); }
  }
  if (!checked.is_good()) { return option_problem(value.place, said, checked.why); }
  if (option.type == OptionType::secret && given) { warn_of_literal(said, value); }
  settings.set(key, checked.value, given);
  places[key] = value.place;
}

void Checker::warn_of_literal(const std::string& key, const config::Value& value) {
  const auto* text = value.as<std::string>();
  if (text == nullptr || text->empty() || value.expanded) { return; }
  if (text->find_first_not_of('*') == std::string::npos) {
    problems_.warning(value.place, "node '" + node_.name + "': option '" + key +
                                       "' is nothing but asterisks, as 'culvert check --explain' writes for a secret "
                                       "that it hides: put the secret in their place");
  }
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
void Checker::finish(const Scope& scope, bool presets) {
  for (const std::string_view name : names_in(scope)) {
    const Option& option = *facts_.find(scope.declared + std::string{name});
    const std::string key = scope.actual + std::string{name};
    if (seen_.find(key) != seen_.end() || is_preset(facts_, option.name) != presets) { continue; }
    const std::string* preset = presets ? preset_of(facts_, option.name, settings) : nullptr;
    if (preset != nullptr || option.default_value) {
      const std::string& text = preset != nullptr ? *preset : *option.default_value;
      scalar(option, option.list ? key + "[0]" : key, plain_value(option, text, scope.place), false, key);
    } else if (option.required && option.when) {
      conditions_.push_back({&option, key, other_key(option, key, option.when->option), scope.place, false});
    } else if (option.required) {
      missing(option, key, scope.place, {});
    }
  }
}

/// A value that is above that of the other option, given or by default.
void Checker::check_order(const Option& option, const std::string& key) {
  const std::string other = other_key(option, key, option.not_above);
  const std::string* low = settings.find(key);
  const std::string* high = settings.find(other);
  if (low == nullptr || high == nullptr || rank_of(option, *low) <= rank_of(option, *high)) { return; }
  const std::string& at = settings.is_given(key) ? key : other;
  const bool is_own = at == key;
  option_problem(places[at], at,
                 "is " + value_text(option, is_own ? *low : *high) + (is_own ? ", above " : ", below ") +
                     ticked(is_own ? other : key) + ", which is " + value_text(option, is_own ? *high : *low));
}

/// Values of a list that were there before.
void Checker::check_distinct(const Option& option) {
  std::map<std::string, std::string> seen;
  for (std::size_t i = 0; i < max_elements; ++i) {
    const std::string element = option.name + '[' + std::to_string(i) + ']';
    const std::string key = option.short_for.empty() ? element : element + '.' + option.short_for;
    const std::string* value = settings.find(key);
    if (value == nullptr) { continue; }
    const auto [first, is_new] = seen.emplace(*value, key);
    if (!is_new) { option_problem(places[key], key, "is " + ticked(*value) + ", as " + ticked(first->second) + " is"); }
  }
}

void Checker::missing(const Option& option, const std::string& key, const config::Place& place,
                      const std::string& why) {
  const bool is_bare = option.type == OptionType::boolean || option.type == OptionType::integer ||
                       option.type == OptionType::number || (option.list && option.example.starts_with('['));
  const std::string sample = is_bare ? option.example : '"' + option.example + '"';
  const std::size_t scope = option.name.rfind("[].");
  const std::string name = scope == std::string::npos ? option.name : option.name.substr(scope + 3);
  option_problem(place, key, "is missing" + why + (option.example.empty() ? "" : ", such as " + name + " = " + sample));
}

void Checker::check_need(const Need& need) {
  const std::string* other = settings.find(need.other);
  const bool is_list = seen_.find(need.other) != seen_.end();
  if ((other == nullptr && !is_list) || (other != nullptr && *other == "false")) {
    option_problem(need.place, need.key, "is of use only together with option " + ticked(need.other));
  }
}

void Checker::check_condition(const Condition& condition) {
  When when = *condition.option->when;
  when.option = condition.other;
  const std::string* other = settings.find(condition.other);
  const bool has_any = settings.has(condition.other);
  // Given and yet without a value: that was said already.
  if (!has_any && seen_.find(condition.other) != seen_.end()) { return; }
  const bool is_met = holds({when}, settings);
  if (condition.given && !is_met) {
    option_problem(condition.place, condition.key, "is of use only " + condition_text(condition));
  } else if (!condition.given && is_met) {
    const std::string value = other != nullptr && !when.is_of_presence() ? " = " + ticked(*other) : "";
    missing(*condition.option, condition.key, condition.place, ", which " + condition.other + value + " needs");
  }
}

}  // namespace

std::string other_key(const Option& option, const std::string& key, const std::string& other) {
  const std::size_t scope = option.name.rfind("[].");
  if (scope == std::string::npos) { return other; }
  const std::string declared = option.name.substr(0, scope + 3);
  if (!other.starts_with(declared)) { return other; }
  const std::size_t own = option.name.size() - declared.size();
  return key.substr(0, key.size() - own) + other.substr(declared.size());
}

Settings check_options(const config::Node& node, const Facts& facts, config::Problems& problems) {
  return check_options(node, facts, problems, find_verifier());
}

Settings check_options(const config::Node& node, const Facts& facts, config::Problems& problems,
                       const std::string& verifier) {
  Checker checker{node, facts, problems};
  checker.run();
  check_rules(facts, checker.settings, checker.places, node, problems);
  check_certificates(facts, checker.settings, checker.places, "node '" + node.name + "'", verifier, problems);
  return std::move(checker.settings);
}

}  // namespace culvert::plugin
