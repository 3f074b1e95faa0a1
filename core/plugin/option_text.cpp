// SPDX-License-Identifier: MIT
// Words for people: values and types as problems and descriptions show them.
#include "core/message/utf8.hpp"
#include "core/plugin/option_value.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::plugin {
namespace {

constexpr std::array<std::pair<OptionType, std::string_view>, 14> types{{
    {OptionType::boolean, "bool"},
    {OptionType::integer, "integer"},
    {OptionType::number, "number"},
    {OptionType::string, "string"},
    {OptionType::choice, "choice"},
    {OptionType::duration, "duration"},
    {OptionType::size, "size"},
    {OptionType::topic, "topic"},
    {OptionType::filter, "filter"},
    {OptionType::template_text, "template"},
    {OptionType::path, "path"},
    {OptionType::file, "file"},
    {OptionType::url, "url"},
    {OptionType::secret, "secret"},
}};

}  // namespace

std::string ticked(std::string_view text) {
  constexpr std::size_t longest = 120;
  static constexpr std::string_view hex = "0123456789abcdef";
  const bool is_cut = text.size() > longest;
  if (is_cut) {
    std::size_t end = longest;
    while (end > longest - 4 && (static_cast<uint8_t>(text[end]) & 0xC0U) == 0x80U) { --end; }
    text = text.substr(0, end);
  }
  std::string made = "'";
  while (!text.empty()) {
    const std::string_view one = text.substr(0, std::max<std::size_t>(utf8_character(text), 1));
    const auto byte = static_cast<uint8_t>(one.front());
    // A byte of 0x80 or more on its own is no character, and U+0080 to U+009F are controls.
    const bool is_control = one.size() == 2 && byte == 0xC2 && static_cast<uint8_t>(one[1]) < 0xA0;
    if (is_control || byte < 0x20 || (one.size() == 1 && byte >= 0x7F)) {
      for (const char c : one) {
        const auto bits = static_cast<uint8_t>(c);
        made.append("\\x").append(1, hex[bits >> 4U]).append(1, hex[bits & 15U]);
      }
    } else {
      made += one;
    }
    text.remove_prefix(one.size());
  }
  return made.append(is_cut ? "...'" : "'");
}

std::string_view type_word(OptionType type) noexcept {
  for (const auto& [known, word] : types) {
    if (known == type) { return word; }
  }
  return {};
}

std::optional<OptionType> type_of(std::string_view word) noexcept {
  for (const auto& [type, known] : types) {
    if (known == word) { return type; }
  }
  return std::nullopt;
}

const std::vector<std::string_view>& type_words() {
  static const std::vector<std::string_view> words = [] {
    std::vector<std::string_view> all;
    all.reserve(std::size(types));
    for (const auto& [type, word] : types) { all.push_back(word); }
    return all;
  }();
  return words;
}

std::string one_of(const std::vector<std::string>& texts) {
  std::string joined;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) { joined += i + 1 == texts.size() ? " or " : ", "; }
    joined += texts[i];
  }
  return joined;
}

}  // namespace culvert::plugin
