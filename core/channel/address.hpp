// SPDX-License-Identifier: MIT
/// Where the two ends of a route meet. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>

namespace culvert {

/// In one process. Each epoch has an address of its own, so that nobody meets a predecessor.
inline std::string inproc_address(uint64_t run_id, std::size_t route, uint64_t epoch) {
  return "inproc://culvert/" + std::to_string(run_id) + '/' + std::to_string(route) + '.' + std::to_string(epoch);
}

}  // namespace culvert
