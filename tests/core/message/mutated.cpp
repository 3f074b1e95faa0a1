// SPDX-License-Identifier: MIT
#include "core/message/frame.hpp"
#include "tests/core/message/samples.hpp"
#include "tests/fuzz/frame_fuzz.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <random>
#include <string>

using namespace culvert;

namespace {

/// One good frame of each kind, and small entries.
std::vector<std::string> good_frames() {
  std::vector<std::string> frames(4);
  write_hello(1, {2, 3}, frames[0]);
  write_welcome(1, {1024, 1 << 21, 8}, frames[1]);
  write_settled(1, {{1024, 1 << 21, 8}, {{1, 5, CULVERT_OK}, {7, 7, CULVERT_REJECTED, "it is bad"}}}, frames[2]);
  std::string entries;
  uint32_t count = 0;
  for (auto& sample : sample_messages()) {
    if (entry_size(sample.raw()) > 1000) { continue; }
    std::string entry;
    write_entry(sample.raw(), ++count, entry);
    entries += entry;
    frames.push_back(std::move(entry));
  }
  write_messages_header(1, count, frames[3]);
  frames[3] += entries;
  return frames;
}

/// Bytes and numbers that are changed, cut off, doubled or put in, one to three times.
void mutate(std::string& bytes, std::minstd_rand& random) {
  constexpr std::array<char, 10> telling{0, 1, 2, 4, 32, 33, '+', 0x7F, '\x80', '\xFF'};
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (auto times = 1 + below(3); times > 0; --times) {
    const std::size_t at = below(bytes.size());
    switch (below(8)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.insert(at, 1 + below(4), telling[below(telling.size())]);
        break;
      case 2:
        bytes.erase(at, 1 + below(4));
        break;
      case 3:
        bytes += bytes.substr(at, 64);
        break;
      case 4:
        for (std::size_t i = at; i < bytes.size() && i < at + 4; ++i) { bytes[i] = telling[below(telling.size())]; }
        break;
      case 5:
        if (!bytes.empty()) { bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); }
        break;
      default:
        if (!bytes.empty()) { bytes[at] = static_cast<char>(random() >> 8); }
    }
  }
}

int runs() {
  const char* const wanted = std::getenv("CULVERT_FUZZ_RUNS");
  return wanted == nullptr ? 1'000'000 : std::atoi(wanted);
}

}  // namespace

TEST_CASE("frame: whatever decodes is written again as the same bytes, over a million mutated frames") {
  const auto frames = good_frames();
  for (const auto& frame : frames) { REQUIRE(check_frame(frame)); }
  std::minstd_rand random{1};
  std::string bytes;
  int taken = 0;
  const int count = runs();
  for (int i = 0; i < count; ++i) {
    bytes = frames[static_cast<std::size_t>(i) % frames.size()];
    mutate(bytes, random);
    taken += check_frame(bytes) ? 1 : 0;
  }
  MESSAGE(taken << " of " << count << " were still frames");
  // Mutations that always break a frame, or never do, would show nothing. A few runs may happen to.
  if (count >= 1000) {
    CHECK(taken > count / 20);
    CHECK(taken < count / 2);
  }
}
