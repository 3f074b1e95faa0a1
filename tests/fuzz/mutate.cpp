// SPDX-License-Identifier: MIT
#include "tests/fuzz/mutate.hpp"

#include <cstdlib>

void Mutator::mutate(std::string& bytes) {
  for (std::size_t times = 1 + below(3); times > 0; --times) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(8)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.erase(at, 1 + below(8));
        break;
      case 2:
        bytes.insert(at, bytes.substr(below(bytes.size() + 1), below(64)));
        break;
      case 3:
        if (at < bytes.size()) { bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); }
        break;
      case 4:
        if (at < bytes.size()) { bytes[at] = static_cast<char>(random_() >> 8); }
        break;
      default:
        bytes.insert(at, telling_[below(telling_.size())]);
    }
  }
}

int fuzz_runs() {
  const char* const wanted = std::getenv("CULVERT_FUZZ_RUNS");
  return wanted == nullptr ? 1'000'000 : std::atoi(wanted);
}
