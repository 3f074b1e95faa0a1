// SPDX-License-Identifier: MIT
#include "core/plugin/schema_patterns.hpp"

#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"
#include "core/message/template.hpp"

#include <algorithm>

namespace culvert::plugin {
namespace {

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) { text += (text.empty() ? "" : "|") + one; }
  return text;
}

std::string quantity(const std::vector<std::string_view>& units) {
  return "[0-9]+(?:[.][0-9]+)?(?:" + any_of({units.begin(), units.end()}) + ")";
}

/// What may stand between braces.
std::string names_pattern(const std::vector<std::string>& names, const std::vector<std::string>& only) {
  constexpr std::string_view any = "[^{}]+";
  std::vector<std::string> all;
  for (const std::string& name : only.empty() ? names : only) {
    all.push_back(name == "*" ? std::string{any} : literally(name));
  }
  if (only.empty()) {
    for (const std::string_view name : Template::standard_names()) { all.push_back(literally(name)); }
    for (const std::string_view prefix : {Template::field_prefix, Template::property_prefix}) {
      all.push_back(literally(prefix) + std::string{any});
    }
  }
  return "[{](?:" + joined(all) + ")[}]";
}

}  // namespace

std::string whole(const std::string& pattern) { return "^(?:" + pattern + ")$|" + std::string{variable_pattern}; }

std::string literally(std::string_view text) {
  static constexpr std::string_view special = "\\^$.*+?()[]{}|";
  std::string pattern;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) { pattern += '\\'; }
    pattern += c;
  }
  return pattern;
}

std::string any_of(const std::vector<std::string>& texts) {
  std::vector<std::string> all(texts.size());
  std::transform(texts.begin(), texts.end(), all.begin(), literally);
  return joined(all);
}

std::string name_pattern() { return "[A-Za-z0-9][A-Za-z0-9_-]{0," + std::to_string(config::max_name_bytes - 1) + "}"; }

std::string duration_pattern() { return quantity(config::duration_units()); }

std::string size_pattern() { return quantity(config::size_units()); }

std::string topic_pattern() { return "[^+#]+"; }

std::string filter_pattern() {
  const std::string level = "(?:[+]|[^+#/]*)";
  return "#|" + level + "(?:/" + level + ")*(?:/#)?";
}

std::string template_pattern(const std::vector<std::string>& names, const std::vector<std::string>& only,
                             bool is_topic) {
  return std::string{"(?:"} + (is_topic ? "[^{}+#]" : "[^{}]") + "|[{][{]|[}][}]|" + names_pattern(names, only) + ")*";
}

std::string encoding_pattern() {
  const std::string braces = "[{][{]|[}][}]|" + names_pattern({}, {});
  return "json|text|[^{}]*(?:" + braces + ")(?:[^{}]|" + braces + ")*";
}

std::string url_pattern(const std::vector<std::string>& schemes) {
  // Small letters and capitals are the same in a scheme.
  std::vector<std::string> all;
  for (const std::string& scheme : schemes) {
    std::string one;
    for (const char c : scheme) {
      const bool is_letter = c >= 'a' && c <= 'z';
      one += is_letter ? std::string{'['} + c + static_cast<char>(c - 'a' + 'A') + ']' : literally({&c, 1});
    }
    all.push_back(one);
  }
  return "(?:" + joined(all) + ")://[^/?#@]+/?";
}

}  // namespace culvert::plugin
