// SPDX-License-Identifier: MIT
#include "core/node/retry_text.hpp"

namespace culvert {
namespace {

/// "0.5 s", "12 s": for waits of up to a minute or so.
std::string seconds_text(int64_t ns) {
  const int64_t tenths = (ns + 50 * one_ms_ns) / (100 * one_ms_ns);
  return std::to_string(tenths / 10) + (tenths < 100 ? '.' + std::to_string(tenths % 10) : std::string{}) + " s";
}

constexpr std::string_view quarantined_text =
    "it has failed 5 times in 10 minutes, and is not tried again: remove the cause, then 'culvert reload' or a restart";
static_assert(RestartPolicy::max_failures == 5 && RestartPolicy::window_ns == 600 * one_second_ns);

}  // namespace

RetryText retry_text(std::optional<int64_t> wait_ns, bool is_quarantined, OnFailure on_failure) {
  if (wait_ns) { return {LogEvent::node_retries, "failed, next try in " + seconds_text(*wait_ns)}; }
  if (is_quarantined) { return {LogEvent::node_quarantined, std::string{quarantined_text}}; }
  if (on_failure != OnFailure::ignore) { return {}; }
  return {LogEvent::node_stays_failed, "stays failed, and the others go on, as its 'on_failure' says"};
}

}  // namespace culvert
