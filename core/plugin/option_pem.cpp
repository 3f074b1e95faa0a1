// SPDX-License-Identifier: MIT
#include "core/message/base64.hpp"
#include "core/plugin/option_file.hpp"

#include <cstdint>

namespace culvert::plugin {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";

/// Whether the bytes are one DER SEQUENCE, as every certificate is.
bool is_sequence(std::string_view der) {
  if (der.size() < 2 || der[0] != 0x30) { return false; }
  const auto first = static_cast<uint8_t>(der[1]);
  if (first < 0x80) { return der.size() == 2U + first; }
  const std::size_t count = first & 0x7FU;
  if (count < 1 || count > 4 || der.size() < 2 + count) { return false; }
  uint64_t length = 0;
  for (std::size_t i = 0; i < count; ++i) { length = length << 8U | static_cast<uint8_t>(der[2 + i]); }
  return der.size() == 2 + count + length;
}

struct Block {
  std::string_view label, body;
};

/// Takes the next block off the front of `text`; an empty label when there is none.
Block next_block(std::string_view& text) {
  const std::size_t begin = text.find(begin_mark);
  if (begin == std::string_view::npos) { return {}; }
  text.remove_prefix(begin + begin_mark.size());
  const std::size_t label_end = text.find(dashes);
  if (label_end == std::string_view::npos || label_end > 64) { return {}; }
  Block block{text.substr(0, label_end), {}};
  text.remove_prefix(label_end + dashes.size());
  const std::string end = std::string{end_mark}.append(block.label).append(dashes);
  const std::size_t body_end = text.find(end);
  if (body_end == std::string_view::npos) { return {block.label, "(cut)"}; }
  block.body = text.substr(0, body_end);
  text.remove_prefix(body_end + end.size());
  return block;
}

/// What is looked for, where it is no key: the label of a block, and what to call it.
struct Wanted {
  std::string_view label;
  std::string word;
};

std::string damage(const Block& block, const Wanted& kind, int number) {
  const auto der = from_base64(block.body);
  if (der && is_sequence(*der)) { return {}; }
  return "has a " + kind.word + " that is damaged (number " + std::to_string(number) + " in the file)";
}

}  // namespace

std::string pem_problem(std::string_view text, std::string_view content) {
  const bool wants_key = content == "private-key";
  const Wanted kind = content == "crl" ? Wanted{"X509 CRL", "revocation list"} : Wanted{"CERTIFICATE", "certificate"};
  std::string wish = "holds no " + kind.word + " in PEM ('-----BEGIN " + std::string{kind.label} + "-----')";
  if (wants_key) { wish = "holds no private key in PEM ('-----BEGIN ... PRIVATE KEY-----')"; }
  int found = 0;
  std::string_view other;
  for (Block block = next_block(text); !block.label.empty(); block = next_block(text)) {
    const bool is_key = block.label == "PRIVATE KEY" || block.label.ends_with(" PRIVATE KEY");
    if (wants_key && is_key) {
      return block.body == "(cut)" ? "has a private key without its END line" : std::string{};
    }
    if (!wants_key && block.label == kind.label) {
      std::string why = damage(block, kind, ++found);
      if (!why.empty()) { return why; }
    } else if (other.empty()) {
      other = block.label;
    }
  }
  if (found != 0) { return {}; }
  if (other.empty()) { return wish; }
  const bool other_is_key = other.ends_with("PRIVATE KEY");
  return wish + (other_is_key ? ", but a private key" : ", but " + ticked(other));
}

}  // namespace culvert::plugin
