// SPDX-License-Identifier: MIT
/// Inputs for fuzz targets in a normal build: good ones, changed by a seeded hand. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// Changes texts, the same way in every run.
class Mutator {
 public:
  /// `telling` are pieces that mean something in the format: they are put in now and then.
  Mutator(unsigned seed, std::vector<std::string_view> telling) : random_{seed}, telling_{std::move(telling)} {}

  /// Bytes and pieces that are changed, cut off, doubled, taken out or put in, one to three times.
  void mutate(std::string& bytes);
  /// A number below `limit`; 0 when that is 0.
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

 private:
  std::minstd_rand random_;
  std::vector<std::string_view> telling_;
};

/// How many inputs a test shall try: a million, or what CULVERT_FUZZ_RUNS says.
int fuzz_runs();
