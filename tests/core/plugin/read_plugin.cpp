// SPDX-License-Identifier: MIT
/// Says what reading the facts of a file says; for tests that need another user.
#include "core/plugin/describe.hpp"

#include <cstdio>
#include <stdexcept>

int main(int count, char** words) {
  if (count != 2) { return 64; }
  try {
    std::fputs(culvert::plugin::describe_file(words[1]).c_str(), stdout);
  } catch (const std::runtime_error& error) {
    std::puts(error.what());
    return 1;
  }
  return 0;
}
