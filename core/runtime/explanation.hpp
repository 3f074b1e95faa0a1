// SPDX-License-Identifier: MIT
/// The effective configuration: each value with where it came from. It holds no secret. Main thread only, as getenv is.
#pragma once

#include "core/config/value.hpp"
#include "core/config/variables.hpp"
#include "core/runtime/check.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace culvert {

struct Provenance {
  enum class From : uint8_t {
    file,
    environment,  ///< a variable that no file names
    host,         ///< a default of Culvert's
    plugin,       ///< a default of the plugin's facts
    preset,       ///< what the plugin's facts set with the value of another option, such as a profile
  };
  From from = From::host;
  config::Place place;                          ///< in the file
  std::vector<config::UsedVariable> variables;  ///< that the text was made of
  std::string words;                            ///< more, for people: "profile = 'aws-iot'"
};

struct Explained {
  enum class Shown : uint8_t {
    value,
    reference,  ///< a secret, or what is made of one: with the variables, as the file has it
    masked,     ///< the same: nothing of it
  };
  std::string key;  ///< within its table: "tls.ca"
  config::Value value;
  Provenance origin;
  Shown shown = Shown::value;
  std::vector<Explained> elements = {};  ///< of a list, instead of a value
  std::string written = {};              ///< the text of the file that variables were put into
};

struct ExplainedTable {
  std::string path;    ///< "node.cloud", "route[0]", "node.cloud.subscribe[1]"
  std::string header;  ///< "[node.cloud]", "[[route]]"
  std::vector<Explained> values;
  std::vector<std::string> remarks;
};

struct Explanation {
  std::vector<std::string> files;
  std::size_t nodes = 0, routes = 0;
  std::vector<ExplainedTable> tables;
};

/// `written`: what the files hold, before variables are put in. `checked` has no errors, and was read of the same in
/// the same environment.
Explanation explain(const std::vector<std::string>& files, const config::Value& written,
                    const CheckedPipeline& checked);

/// As TOML: read back it is the same configuration, but for what is masked. Ends in a line feed.
std::string explanation_text(const Explanation& explanation);
/// With the same values, by their full names.
nlohmann::ordered_json explanation_json(const Explanation& explanation);

/// The options of a node, tables of lists behind the node's own. `written`: the node's table.
void explain_options(const CheckedNode& node, const config::Value& written, std::vector<ExplainedTable>& tables);
/// A value that stands in a file, where it is `written`.
Explained explained_in_file(std::string key, config::Value value, const config::Value& written);
/// Nothing of it.
void mask(Explained& value, std::size_t asterisks = 8);

}  // namespace culvert
