// SPDX-License-Identifier: MIT
/// What is said of a node that has failed: what comes next. Pure, any thread.
#pragma once

#include "core/node/restart_policy.hpp"
#include "core/util/log.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace culvert {

struct RetryText {
  LogKind kind = LogEvent::node_retries;
  std::string line;  ///< empty: nothing is to be said
};

/// `wait_ns`: until the next try; none: there will be none, because it is quarantined or for another reason.
RetryText retry_text(std::optional<int64_t> wait_ns, bool is_quarantined, OnFailure on_failure);

}  // namespace culvert
