// SPDX-License-Identifier: MIT
/// What somebody who looks into a journal gets, one bounded part after another. Plain values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace culvert::journal {

/// A message, or a batch of several, as the outlet wrote it (FRAMES.md: an entry).
struct Row {
  uint64_t seq = 0;
  int64_t at_ns = 0;  ///< on the journal's clock
  uint32_t messages = 1;
  std::string entry;
};

/// A dead letter. It has no checksum: whether it can be read shows when it is decoded.
struct Dead {
  uint64_t seq = 0;
  int64_t ended_ns = 0;  ///< wall clock
  std::string reason, entry;
};

/// What comes next, and where to go on.
template <class T>
struct Part {
  std::vector<T> items;
  int64_t after = 0;     ///< for the next call
  uint64_t damaged = 0;  ///< rows in between that are not what was written
  bool is_last = false;
};

/// So much is in one part, and the item that goes past it.
struct PartLimits {
  std::size_t rows = 256, bytes = 1 << 20;
};

}  // namespace culvert::journal
