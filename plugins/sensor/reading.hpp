// SPDX-License-Identifier: MIT
/// What one round of a sensor gives. A plain value.
#pragma once

#include "number.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::sensor {

struct Reading {
  std::optional<Number> value;  ///< nothing: it could not be read
  std::string path;             ///< of the file, when a pattern of names found it
  int64_t time_ns = 0;          ///< since 1970 UTC
  uint64_t round = 0;           ///< from 0
};

/// Where readings come from. Owned by, and used only on, one node's thread.
class Input {
 public:
  virtual ~Input() = default;
  /// Appends one reading or more, before scale and offset.
  virtual void read(std::vector<Reading>& readings) = 0;
};

}  // namespace culvert::sensor
