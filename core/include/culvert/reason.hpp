// SPDX-License-Identifier: MIT
/// The extension "culvert.reason/1" of the host: why a message is rejected. On a durable route the reason is kept with
/// the dead letter.
///
///     return culvert::reject(host(), token, "it is no number");                 // from `process`
///     host().complete(token, culvert::reject(host(), token, "it is too old"));  // later
#pragma once

#include <culvert/plugin.hpp>

#include <cstdint>
#include <string_view>

namespace culvert {

/// [any thread] Says why that message is about to be rejected, UTF-8, at most CULVERT_MAX_REASON bytes of it. Answers
/// CULVERT_REJECTED.
inline culvert_status reject(Host host, uint64_t token, std::string_view reason) {
  const void* found = host.raw()->get_extension(host.raw(), CULVERT_EXT_REASON);
  const auto* reasons = static_cast<const culvert_reason_v1*>(found);
  if (reasons != nullptr) { reasons->explain(host.raw(), token, text(reason)); }
  return CULVERT_REJECTED;
}

}  // namespace culvert
