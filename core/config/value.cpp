// SPDX-License-Identifier: MIT
#include "core/config/value.hpp"

#include <array>

namespace culvert::config {

const Value* Value::find(std::string_view key) const noexcept {
  const auto* table = as<Table>();
  if (table == nullptr) { return nullptr; }
  for (const Entry& entry : *table) {
    if (entry.key == key) { return &entry.value; }
  }
  return nullptr;
}

std::string_view type_name(const Value& value) noexcept {
  // In the order of the variant's alternatives.
  static constexpr std::array<std::string_view, 7> names{"boolean", "integer", "number", "text",
                                                         "date",    "list",    "table"};
  return names[value.data.index()];
}

}  // namespace culvert::config
