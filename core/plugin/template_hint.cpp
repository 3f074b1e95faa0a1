// SPDX-License-Identifier: MIT
#include "core/plugin/template_hint.hpp"

#include "core/config/problem.hpp"
#include "core/message/template.hpp"

namespace culvert::plugin {

std::string template_name_hint(std::string_view name, const std::vector<std::string>& more) {
  std::vector<std::string_view> known = Template::standard_names();
  known.insert(known.end(), more.begin(), more.end());
  if (std::string hint = config::suggestion(name, known); !hint.empty()) { return hint; }
  const std::size_t point = name.find('.');
  if (point != std::string_view::npos && point + 1 < name.size()) {
    const std::string_view prefix =
        config::nearest(name.substr(0, point + 1), {Template::field_prefix, Template::property_prefix});
    if (!prefix.empty()) {
      return ", did you mean " + config::quoted(std::string{prefix} + std::string{name.substr(point + 1)}) + "?";
    }
  }
  std::string all = ", known are";
  for (const std::string_view one : known) { all.append(" {").append(one).append("}"); }
  return all + " {field.NAME} {property.NAME}";
}

}  // namespace culvert::plugin
