// SPDX-License-Identifier: MIT
#include "core/plugin/sample_topic.hpp"

#include "core/config/pipeline.hpp"

#include <culvert/plugin.h>

#include <algorithm>
#include <vector>

namespace culvert::plugin {

std::string sample_topic(const Template& made, const std::string& node, const std::string& runtime,
                         std::string_view topic) {
  const std::vector<std::string_view> names = made.names();
  std::vector<culvert_field> fields(1 + names.size());
  std::vector<culvert_property> properties(names.size());
  for (culvert_field& field : fields) {
    field.size = sizeof field;
    field.name = {"value", 5};
    field.unit = {"unit", 4};
    field.type = CULVERT_F64;
    field.value.f64 = 1;
  }
  // Whichever of them a name asks for is there under it.
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view own = names[i].substr(std::min(names[i].size(), names[i].find('.') + 1));
    fields[1 + i].name = {own.data(), own.size()};
    properties[i] = {sizeof(culvert_property), 0, {own.data(), own.size()}, {"text", 4}};
  }
  culvert_message message{};
  message.size = sizeof message;
  message.topic = {topic.data(), topic.size()};
  message.kind = CULVERT_RECORD;
  message.fields = fields.data();
  message.field_count = static_cast<uint32_t>(fields.size());
  message.properties = properties.data();
  message.property_count = static_cast<uint32_t>(properties.size());
  std::string text;
  const auto good = [](const std::string& name) { return config::is_name(name) ? std::string_view{name} : "name"; };
  made.render(message, {good(node), good(runtime)}, text);
  return text;
}

}  // namespace culvert::plugin
