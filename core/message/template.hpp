// SPDX-License-Identifier: MIT
/// Templates such as "plant/{runtime}/{node}": compiled once, rendered for each message.
#pragma once

#include <culvert/plugin.h>

#include <stdexcept>
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
  /// `{{` and `}}` are braces. Throws std::invalid_argument: "has a '{' without its '}' at column 4" or "has an empty
  /// name".
  explicit Template(std::string_view text);

  /// The names it uses, in order of appearance.
  std::vector<std::string_view> names() const;
  /// Whether it has no name that depends on the message.
  bool is_constant() const noexcept;
  /// Appends the rendered text. A name that the message does not have renders as nothing.
  void render(const culvert_message& message, const TemplateNames& names, std::string& out) const;

  /// value unit time node runtime topic seq
  static const std::vector<std::string_view>& standard_names();

 private:
  struct Part {
    std::string text;
    bool is_name;
  };
  std::vector<Part> parts_;
};

}  // namespace culvert
