// SPDX-License-Identifier: MIT
/// What a plugin says of itself, parsed. The text's keys are listed in FACTS.md.
#pragma once

#include "core/config/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::plugin {

enum Role : uint32_t { role_source = 1, role_sink = 2, role_transform = 4, role_connector = 8 };
enum Kind : uint32_t { kind_record = 1, kind_payload = 2 };
/// What a plugin may need of its box. In a process of its own it gets no more.
enum Need : uint32_t {
  need_network = 1,    ///< sockets of the internet protocols
  need_state = 2,      ///< the state folder
  need_stdout = 4,     ///< standard output
  need_files = 8,      ///< the paths that its options name
  need_devices = 16,   ///< the devices of the box: /dev and /sys
  need_processes = 32  ///< processes of its own
};
constexpr uint32_t all_needs = 63;

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

/// "format=text|pretty": that option has one of these values, given, preset or by default; of "subscribe[].qos=1|2" any
/// element of the list has. "url~^mqtts:": a POSIX extended regular expression is found in the value, and with '!~' it
/// is not. "username": it has any value; "!username": it has none.
struct When {
  std::string option;
  std::vector<std::string> values = {};     ///< as the configuration would write them, without quotes; empty: any
  std::vector<std::string> canonical = {};  ///< as settings hold them
  bool is_absent = false;                   ///< it has none
  std::string pattern = {};                 ///< instead of values
  bool is_unlike = false;                   ///< the pattern is not found in it

  bool is_of_presence() const noexcept { return values.empty() && pattern.empty(); }
};

/// Values of options while all of `when` hold: below what is given, above the defaults.
struct Preset {
  std::vector<When> when;
  std::vector<std::pair<std::string, std::string>> set;  ///< option and value, as the configuration would write it
};

/// What a limit is of. The first are of an option, the others of the messages that routes bring to the node.
enum class Measure {
  count,         ///< values of a list
  levels,        ///< of a topic, a filter or a template
  bytes,         ///< of a text
  characters,    ///< of a text
  value,         ///< of a number, a duration or a size
  scheme,        ///< of a URL
  rate,          ///< messages per second
  topic_levels,  ///< the fewest that their topics can have
  batch_bytes,   ///< the most that a batch of them can have
  route_qos,     ///< what routes set
};

/// What `check` compares, and warns of or refuses, while all of `when` hold.
struct Limit {
  std::vector<When> when;
  Measure of = Measure::count;
  std::string option;                   ///< of a measure of an option
  std::optional<std::string> min, max;  ///< as declared
  std::optional<double> least, most;    ///< the same as numbers: nanoseconds, bytes
  std::string max_option;               ///< whose value is the maximum, where it has one
  std::vector<std::string> values;      ///< of Measure::scheme
  std::string help;                     ///< what it is of, and what to do
  bool is_refused = false;              ///< an error, not a warning
};

/// What `check` warns of when all of `when` hold, or refuses.
struct Combination {
  std::vector<When> when;
  std::string text;
  bool is_refused = false;
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
  std::string pattern, wish;       ///< a regular expression, and what it asks for in words
  std::vector<std::string> names;  ///< of a template, beside the standard ones
  std::vector<std::string> only;   ///< of a template: no others
  std::vector<std::string> schemes;
  std::vector<int64_t> ports;
  std::vector<std::string> credentials;  ///< of a URL: the options that hold user and password
  bool list = false;
  bool distinct = false;  ///< no two values of the list are the same
  bool live = false;      ///< a running node takes another value (culvert.reconfigure/1)
  std::string short_for;
  std::string content, matches, password;
  bool is_only_read = false;  ///< of a path: what it names is never written
  bool is_renewed = false;    ///< of a path or a file: another may take its place while the node runs
  int64_t groups = 0;         ///< of `content = "regex"`: how many it must have at least
  std::string needs_option;
  std::string not_above;                 ///< an option of the same type whose value this one's may not exceed
  std::vector<std::string> unique_with;  ///< options: two nodes must not have equal values of this one and all of them
  std::optional<When> when;
};

struct Facts {
  std::string id, version, summary;
  uint32_t roles = 0;    ///< Role bits
  uint32_t emits = 0;    ///< Kind bits
  uint32_t accepts = 0;  ///< Kind bits
  std::vector<std::string> needs;
  uint32_t need_bits = all_needs;  ///< Need bits
  bool says_needs = false;         ///< it has the key; of one that has not nothing is known, so it may need anything
  bool regenerates = false;
  std::string paces;            ///< of a source: the duration option that says how often it emits
  std::vector<Option> options;  ///< in the order of the text
  std::vector<Preset> presets;
  std::vector<Limit> limits;
  std::vector<Combination> combinations;

  bool is_source() const noexcept { return (roles & (role_source | role_connector | role_transform)) != 0; }
  bool is_sink() const noexcept { return (roles & (role_sink | role_connector | role_transform)) != 0; }
  const Option* find(std::string_view name) const noexcept;
  /// Whether a key of settings, such as "subscribe[0].topic", is of an option that is live.
  bool is_live(std::string_view key) const;
};

/// Parses and checks one plugin's facts. Problems name `file` (the shared object) and the line within the text.
std::optional<Facts> parse_facts(std::string_view text, const std::string& file, config::Problems& problems);

/// The texts of all facts notes of a shared object, of any processor. Throws std::runtime_error with one clear line:
/// not readable, not an ELF file, truncated, no facts. Trusts nothing in the file.
std::vector<std::string> read_facts_notes(const std::string& path);
/// The same, parsed. Throws std::runtime_error with a line for each problem.
std::vector<Facts> facts_of_file(const std::string& path);

}  // namespace culvert::plugin
