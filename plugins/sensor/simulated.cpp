// SPDX-License-Identifier: MIT
#include "simulated.hpp"

#include <cmath>
#include <numbers>

namespace culvert::sensor {

void Counter::read(std::vector<Reading>& readings) { readings.push_back({.value = Number{next_++}, .path = {}}); }

void Sine::read(std::vector<Reading>& readings) {
  constexpr int readings_per_period = 60;
  readings.push_back({.value = Number{std::sin(2 * std::numbers::pi * next_ / readings_per_period)}, .path = {}});
  next_ = (next_ + 1) % readings_per_period;
}

void RandomWalk::read(std::vector<Reading>& readings) {
  readings.push_back({.value = Number{value_}, .path = {}});
  // By hand: the distributions of the standard library differ from one library to the next. 53 bits make [0, 1).
  value_ += std::ldexp(static_cast<double>(engine_() >> 11U), -53) * 2 - 1;
}

}  // namespace culvert::sensor
