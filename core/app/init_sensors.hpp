// SPDX-License-Identifier: MIT
/// What there is to read on this box, found by looking into the kernel's folders. Main thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace culvert {

/// More are not proposed: who has so many chooses by hand.
constexpr std::size_t max_found_sensors = 64;

/// A node of the plugin `sensor`: a value is number * scale + offset.
struct FoundSensor {
  std::string name;       ///< of the node; no two are the same, and none is "cloud"
  std::string what;       ///< one line, for people
  std::string kind = {};  ///< empty for one that reads a file
  std::string read = {};
  std::string pattern = {};
  double scale = 1, offset = 0;
  std::string unit = {};  ///< a UCUM code, or empty
};

struct Sensors {
  std::vector<FoundSensor> found;
  std::vector<std::string> left_out;  ///< a line each, for people: which, and why
};

/// Thermal zones, hwmon and IIO below `sys`, each that gives a number now; load and memory of /proc. Where there is
/// none of all that, one that counts. What is no regular file is not read.
Sensors find_sensors(const std::string& sys);

}  // namespace culvert
