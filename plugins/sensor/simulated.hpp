// SPDX-License-Identifier: MIT
/// Inputs that need no hardware. Each gives the same numbers for the same seed. Used only on one node's thread.
#pragma once

#include "reading.hpp"

#include <cstdint>
#include <random>

namespace culvert::sensor {

/// 0, 1, 2 and so on.
class Counter : public Input {
 public:
  void read(std::vector<Reading>& readings) override;

 private:
  int64_t next_ = 0;
};

/// From -1 to 1; one period is 60 readings.
class Sine : public Input {
 public:
  void read(std::vector<Reading>& readings) override;

 private:
  int next_ = 0;
};

/// From 0 on in steps between -1 and 1.
class RandomWalk : public Input {
 public:
  explicit RandomWalk(uint64_t seed) : engine_{seed} {}
  void read(std::vector<Reading>& readings) override;

 private:
  std::mt19937_64 engine_;
  double value_ = 0;
};

}  // namespace culvert::sensor
