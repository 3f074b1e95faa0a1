// SPDX-License-Identifier: MIT
#include "core/node/extensions.hpp"

#include "core/message/encode.hpp"
#include "core/node/host_table.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>

namespace culvert {
namespace {

int64_t hand_over(const std::string& made, char* ret_text, uint64_t capacity) noexcept {
  std::copy_n(made.data(), std::min<uint64_t>(made.size(), capacity), ret_text);
  return static_cast<int64_t>(made.size());
}

int64_t render(const culvert_host* host, culvert_text text, const culvert_message* message, char* ret_text,
               uint64_t capacity) noexcept {
  try {
    return hand_over(HostTable::self(host).render({text.data, text.size}, *message), ret_text, capacity);
  } catch (const std::exception&) { return -1; }
}

int64_t encode(const culvert_host*, uint32_t format, const culvert_message* message, char* ret_text,
               uint64_t capacity) noexcept {
  if (message->kind != CULVERT_RECORD || format > CULVERT_ENCODE_TEXT) { return -1; }
  try {
    std::string made;
    (format == CULVERT_ENCODE_JSON ? encode_json : encode_text)(*message, made);
    return hand_over(made, ret_text, capacity);
  } catch (const std::exception&) { return -1; }
}

void explain(const culvert_host* host, uint64_t token, culvert_text reason) noexcept {
  HostTable::self(host).explain(token, {reason.data, reason.size});
}

constexpr culvert_template_v1 templates{sizeof(culvert_template_v1), 0, render};
constexpr culvert_encode_v1 encoders{sizeof(culvert_encode_v1), 0, encode};
constexpr culvert_reason_v1 reasons{sizeof(culvert_reason_v1), 0, explain};

}  // namespace

const void* find_extension(const char* name) noexcept {
  const std::string_view wanted{name};
  if (wanted == CULVERT_EXT_TEMPLATE) { return &templates; }
  if (wanted == CULVERT_EXT_ENCODE) { return &encoders; }
  if (wanted == CULVERT_EXT_REASON) { return &reasons; }
  return nullptr;
}

}  // namespace culvert
