// SPDX-License-Identifier: MIT
/// A durable route with its journal, for who looks into it or drops what is in it. Plain values; what they point at is
/// the pipeline's, and lives as long as that.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/journal/journal.hpp"

#include <cstddef>
#include <string>

namespace culvert {

struct DurableRoute {
  std::string name;  ///< of the journal: "boiler.cloud"
  Fanout* fanout = nullptr;
  std::size_t route = 0;  ///< of the fan-out
  journal::Journal* journal = nullptr;
};

}  // namespace culvert
