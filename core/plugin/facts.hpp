// SPDX-License-Identifier: MIT
/// What a plugin says of itself, parsed. The text's keys are listed in FACTS.md.
#pragma once

#include "core/config/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

enum Role : uint32_t { role_source = 1, role_sink = 2, role_transform = 4, role_connector = 8 };
enum Kind : uint32_t { kind_record = 1, kind_payload = 2 };

enum class OptionType {
  boolean,
  integer,
  number,
  string,
  choice,
  duration,
  size,
  topic,
  filter,
  template_text,
  path,
  file,
  url,
  secret,
};

/// `when = "format=text|pretty"`: of use only while that other option has one of these values, given or by default.
struct When {
  std::string option;
  std::vector<std::string> values;
};

struct Option {
  std::string name;  ///< "interval", "tls.ca", "subscribe", "subscribe[].qos"
  OptionType type = OptionType::string;
  std::string help;
  std::optional<std::string> default_value;  ///< as the configuration would write it, without quotes
  std::string example;
  bool required = false;                ///< with `when`: only then
  std::optional<std::string> min, max;  ///< as declared
  std::string unit;
  std::vector<std::string> values;
  std::string pattern, wish;  ///< a regular expression, and what it asks for in words
  std::vector<std::string> names;
  std::vector<std::string> schemes;
  std::vector<int64_t> ports;
  bool list = false;
  std::string short_for;
  std::string content, matches, password;
  std::string needs_option;
  std::optional<When> when;
};

struct Facts {
  std::string id, version, summary;
  uint32_t roles = 0;    ///< Role bits
  uint32_t emits = 0;    ///< Kind bits
  uint32_t accepts = 0;  ///< Kind bits
  std::vector<std::string> needs;
  bool regenerates = false;
  std::vector<Option> options;  ///< in the order of the text

  bool is_source() const noexcept { return (roles & (role_source | role_connector | role_transform)) != 0; }
  bool is_sink() const noexcept { return (roles & (role_sink | role_connector | role_transform)) != 0; }
  const Option* find(std::string_view name) const noexcept;
};

/// Parses and checks one plugin's facts. Problems name `file` (the shared object) and the line within the text.
std::optional<Facts> parse_facts(std::string_view text, const std::string& file, config::Problems& problems);

/// The texts of all facts notes of a shared object, of any processor. Throws std::runtime_error with one clear line:
/// not readable, not an ELF file, truncated, no facts. Trusts nothing in the file.
std::vector<std::string> read_facts_notes(const std::string& path);

}  // namespace culvert::plugin
