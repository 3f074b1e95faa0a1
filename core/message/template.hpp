// SPDX-License-Identifier: MIT
/// Templates such as "plant/{runtime}/{node}": compiled once, rendered for each message. A template does not change
/// after it was made; any thread.
#pragma once

#include <culvert/plugin.h>

#include <string>
#include <string_view>
#include <vector>

namespace culvert {

/// What a template knows beside the message itself.
struct TemplateNames {
  std::string_view node;
  std::string_view runtime;
};

class Template {
 public:
  /// `{{` and `}}` are braces. Throws std::invalid_argument: "has a '{' without its '}' at column 4", "has a '}'
  /// without its '{' at column 4", "has an empty name" or "has no name behind '{field.'". Columns count characters
  /// from 1.
  explicit Template(std::string_view text);

  /// The names it uses, in order of appearance.
  std::vector<std::string_view> names() const;
  /// Whether it has no name that depends on the message.
  bool is_constant() const noexcept;
  /// Whether it uses {topic}.
  bool uses_topic() const noexcept;
  /// Appends the rendered text. A name that the message does not have renders as nothing.
  /// - {value} is the value of the field named "value", or of the first field when none has that name; of a payload it
  ///   is the payload's bytes as they are. {unit} is that field's unit.
  /// - {time} is as append_time writes it, {seq} decimal, {topic} the message's own.
  /// - {field.NAME} is the value of the first field of that name, as append_value writes it; {property.NAME} the value
  ///   of the first property of that name, as it is. Any other name is that of a field, too.
  /// Answers the first name that gave no byte, or empty: what is to be a topic lacks a part then.
  std::string_view render(const culvert_message& message, const TemplateNames& names, std::string& out) const;

  /// value unit time node runtime topic seq
  static const std::vector<std::string_view>& standard_names();
  static constexpr std::string_view field_prefix = "field.", property_prefix = "property.";
  /// Whether every template knows the name: a standard one, or one with a prefix.
  static bool is_known(std::string_view name);

  /// Whether both render the same.
  bool operator==(const Template&) const = default;

 private:
  enum class Kind { literal, value, unit, time, node, runtime, topic, seq, field, property };
  struct Part {
    Kind kind;
    std::string text;        ///< the literal, or the name
    std::size_t prefix = 0;  ///< how much of the name is in front of the field's or property's own
    bool operator==(const Part&) const = default;
    std::string_view own() const noexcept { return std::string_view{text}.substr(prefix); }
  };
  static Part part_of(std::string_view name);
  static void append(const Part& part, const culvert_message& message, const TemplateNames& names, std::string& out);
  void add_literal(char c);
  std::vector<Part> parts_;
};

}  // namespace culvert
