// SPDX-License-Identifier: MIT
// The options of a node: what was given, what the plugin's facts fill in, and what of that is in force.
#include "core/plugin/conditions.hpp"
#include "core/plugin/facts_when.hpp"
#include "core/plugin/option_file.hpp"
#include "core/plugin/option_value.hpp"
#include "core/plugin/rules.hpp"
#include "core/runtime/explanation.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace culvert {
namespace {

using config::Value;
using From = Provenance::From;
using plugin::Option;

/// The value that a key of the settings was read of: "subscribe[1].qos". A value alone stands for a list of one, and
/// for the table that it is short for.
const Value& find_written(const Value& node, std::string_view key) {
  const Value* at = &node;
  while (!key.empty() && at != nullptr) {
    const std::size_t end = key.front() == '[' ? key.find(']') + 1 : std::min(key.find_first_of(".[", 1), key.size());
    std::string_view part = key.substr(0, end);
    key.remove_prefix(end);
    if (part.front() == '[') {
      std::size_t index = 0;
      std::from_chars(part.data() + 1, part.data() + part.size(), index);
      const auto* list = at->as<config::List>();
      if (list != nullptr) { at = index < list->size() ? &(*list)[index] : nullptr; }
      continue;
    }
    if (part.front() == '.') { part.remove_prefix(1); }
    if (at->as<config::Table>() != nullptr) { at = at->find(part); }
  }
  if (at == nullptr) { throw std::logic_error{"a setting that was given stands nowhere"}; }
  return *at;
}

class OptionExplainer {
 public:
  OptionExplainer(const CheckedNode& node, const Value& written, std::vector<ExplainedTable>& tables)
      : node_{node}, facts_{*node.facts}, settings_{node.settings}, written_{written}, tables_{tables} {}

  /// `declared` and `actual` are in front of the names in the facts, and of the keys of the settings: "subscribe[].",
  /// "subscribe[1].". The table of the scope is `tables_[at]`.
  void add_scope(const std::string& declared, const std::string& actual, std::size_t at) {
    for (const Option& option : facts_.options) {
      if (!option.name.starts_with(declared)) { continue; }
      const std::string name = option.name.substr(declared.size());
      if (name.find("[]") != std::string::npos) { continue; }
      if (option.list) {
        add_list(option, name, actual, at);
      } else if (auto value = explained(option, actual + name)) {
        value->key = name;
        tables_[at].values.push_back(std::move(*value));
      }
    }
    for (const Option& option : facts_.options) {
      if (option.short_for.empty() || !option.name.starts_with(declared)) { continue; }
      const std::string name = option.name.substr(declared.size());
      if (name.find("[]") == std::string::npos) { add_tables(option, actual + name); }
    }
  }

 private:
  void add_list(const Option& option, const std::string& name, const std::string& actual, std::size_t at) {
    if (!option.short_for.empty()) { return; }
    Explained made;
    made.key = name;
    for (std::size_t i = 0; i < plugin::max_elements; ++i) {
      auto value = explained(option, actual + name + '[' + std::to_string(i) + ']');
      if (!value) { break; }
      made.elements.push_back(std::move(*value));
    }
    if (made.elements.empty()) { return; }
    tables_[at].values.push_back(std::move(made));
  }

  void add_tables(const Option& option, const std::string& key) {
    std::string header = "[[node." + node_.name + "." + option.name + "]]";
    for (std::size_t at = header.find("[]."); at != std::string::npos; at = header.find("[].")) { header.erase(at, 2); }
    const std::size_t count = settings_.elements(key).size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::string element = key + '[' + std::to_string(i) + ']';
      tables_.push_back({"node." + node_.name + "." + element, header, {}, {}});
      add_scope(option.name + "[].", element + ".", tables_.size() - 1);
    }
  }

  /// Nothing when it has no value, or one that nobody looks at.
  std::optional<Explained> explained(const Option& option, const std::string& key) const {
    const std::string* canonical = settings_.find(key);
    if (canonical == nullptr) { return std::nullopt; }
    Value value = plugin::plain_value(option, plugin::value_text(option, *canonical), {});
    if (settings_.is_given(key)) {
      const Value& written = find_written(written_, key);
      if (option.type == plugin::OptionType::secret) { return secret(option, written); }
      return explained_in_file({}, std::move(value), written);
    }
    // Given, it would be an error of the check.
    if (!is_in_force(option, key)) { return std::nullopt; }
    Provenance origin{From::plugin, {}, {}, {}};
    if (const plugin::Preset* preset = preset_of(option)) {
      origin = {From::preset, {}, {}, plugin::when_text(preset->when)};
    }
    Explained made{{}, std::move(value), std::move(origin)};
    if (option.type == plugin::OptionType::secret) { mask_fitting(option, made); }
    return made;
  }

  bool is_in_force(const Option& option, const std::string& key) const {
    if (option.when) {
      plugin::When when = *option.when;
      when.option = plugin::other_key(option, key, when.option);
      if (!plugin::holds({when}, settings_)) { return false; }
    }
    if (option.needs_option.empty()) { return true; }
    const std::string other = plugin::other_key(option, key, option.needs_option);
    const std::string* value = settings_.find(other);
    return value == nullptr ? settings_.has(other) : *value != "false";
  }

  /// The preset that a value which is not given comes from, or null.
  const plugin::Preset* preset_of(const Option& option) const {
    for (const plugin::Preset& preset : facts_.presets) {
      const bool sets =
          std::any_of(preset.set.begin(), preset.set.end(), [&](const auto& one) { return one.first == option.name; });
      if (sets && plugin::holds(preset.when, settings_)) { return &preset; }
    }
    return nullptr;
  }

  /// What is read back is long enough.
  static void mask_fitting(const Option& option, Explained& made) {
    const auto low = option.min ? plugin::limit(option, *option.min) : std::nullopt;
    mask(made, std::max<std::size_t>(8, static_cast<std::size_t>(low.value_or(0))));
  }

  /// Where a secret is may be shown; what of it stands in the file may not.
  static Explained secret(const Option& option, const Value& written) {
    Explained made = explained_in_file({}, written, written);
    made.shown = Explained::Shown::reference;
    if (const auto* text = written.as<std::string>()) {
      if (!config::is_one_variable(*text)) { mask_fitting(option, made); }
      return made;
    }
    config::Problems said;  // when it was read
    config::expand_variables(made.value, said);
    config::Entry& place = std::get<config::Table>(made.value.data).front();
    auto& name = std::get<std::string>(place.value.data);
    if (place.key == "file") { name = plugin::absolute_path(name, place.value.place.file); }
    return made;
  }

  const CheckedNode& node_;
  const plugin::Facts& facts_;
  const plugin::Settings& settings_;
  const Value& written_;
  std::vector<ExplainedTable>& tables_;
};

}  // namespace

void explain_options(const CheckedNode& node, const config::Value& written, std::vector<ExplainedTable>& tables) {
  OptionExplainer{node, written, tables}.add_scope({}, {}, tables.size() - 1);
}

}  // namespace culvert
