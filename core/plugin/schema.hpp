// SPDX-License-Identifier: MIT
/// The JSON Schema of a pipeline file, for editors: made of the keys that the reader takes and of the facts that the
/// check goes by. Whatever the check takes, the schema takes; it finds what can be seen in one value or beside it. Any
/// thread.
#pragma once

#include "core/config/keys.hpp"
#include "core/plugin/facts.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace culvert::plugin {

/// Draft 7, whose words mean the same in draft 2020-12. Nodes of other plugins may hold anything beside the host's
/// keys.
nlohmann::ordered_json schema(const std::vector<const Facts*>& plugins);

/// The parts of it. A table of the host's keys:
nlohmann::ordered_json schema_of_keys(config::Keys keys);
/// The value of an option.
nlohmann::ordered_json schema_of(const Facts& facts, const Option& option);
/// The table of a node that runs the plugin, the host's keys as references to `host_keys`.
nlohmann::ordered_json schema_of(const Facts& facts, const std::string& host_keys);
/// A table of options. `scope` is before their names: "", "subscribe[].".
nlohmann::ordered_json schema_of_scope(const Facts& facts, const std::string& scope);
/// What its options say of each other, as members of `allOf`.
nlohmann::ordered_json schema_of_conditions(const Facts& facts, const std::string& scope);

/// "A. B." of the parts that are not empty.
std::string sentences(const std::vector<std::string>& parts);
/// What an editor offers for a value, whose pattern says what it may be.
void propose(nlohmann::ordered_json& value, const nlohmann::ordered_json& words);
/// A value that may be one or a list of them, from the schema of one.
nlohmann::ordered_json schema_of_list(nlohmann::ordered_json one, bool distinct);

}  // namespace culvert::plugin
