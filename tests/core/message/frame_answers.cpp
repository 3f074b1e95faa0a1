// SPDX-License-Identifier: MIT
// Frames that hold no messages: hello, welcome and settled.
#include "core/message/frame.hpp"
#include "tests/core/message/samples.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace culvert;

TEST_CASE("frame: hello, welcome and settled come back as they were written") {
  std::string frame;
  write_hello(5, {UINT64_MAX, 42}, frame);
  REQUIRE(read_header(frame));
  CHECK(read_header(frame)->kind == FrameKind::hello);
  CHECK(read_header(frame)->epoch == 5);
  REQUIRE(read_hello(frame));
  CHECK(read_hello(frame)->run_id == UINT64_MAX);
  CHECK(read_hello(frame)->first_seq == 42);
  frame.clear();
  write_welcome(5, {1, 2, UINT64_MAX}, frame);
  REQUIRE(read_welcome(frame));
  CHECK(read_welcome(frame)->messages == 1);
  CHECK(read_welcome(frame)->bytes == 2);
  CHECK(read_welcome(frame)->frames == UINT64_MAX);
  frame.clear();
  const std::string longest(CULVERT_MAX_REASON, 'x');
  write_settled(5,
                {{1, 2, 3},
                 {{1, 9, CULVERT_OK},
                  {11, 11, CULVERT_DROPPED},
                  {10, 10, CULVERT_REJECTED},
                  {12, 12, CULVERT_REJECTED, longest}}},
                frame);
  Settled settled;
  REQUIRE(read_settled(frame, settled));
  CHECK(settled.credit.frames == 3);
  REQUIRE(settled.ranges.size() == 4);
  CHECK(settled.ranges[1].first == 11);
  CHECK(settled.ranges[1].status == CULVERT_DROPPED);
  CHECK(settled.ranges[2].status == CULVERT_REJECTED);
  CHECK(settled.ranges[2].reason.empty());
  CHECK(settled.ranges[3].reason == longest);
}

TEST_CASE("frame: a header with another magic, kind or filling is refused") {
  std::string hello;
  write_hello(1, {}, hello);
  CHECK(read_header(hello));
  CHECK_FALSE(read_header(with(hello, 0, 'c')));
  CHECK_FALSE(read_header(with(hello, 3, '2')));
  CHECK_FALSE(read_header(with(hello, 4, 0)));
  CHECK_FALSE(read_header(with(hello, 4, 5)));
  for (std::size_t at = 5; at < 8; ++at) { CHECK_FALSE(read_header(with(hello, at, 1))); }
}

TEST_CASE("frame: settled ranges that run backwards, end in no end or are too many are refused") {
  std::string frame;
  write_settled(1, {{}, {{1, 2, CULVERT_OK}}}, frame);
  Settled read;
  CHECK(read_settled(frame, read));
  CHECK_FALSE(read_settled(with(frame, 44, 3), read));
  CHECK_FALSE(read_settled(with(frame, 60, CULVERT_PENDING), read));
  CHECK_FALSE(read_settled(with(frame, 60, CULVERT_AGAIN), read));
  CHECK_FALSE(read_settled(with(frame, 60, CULVERT_CLOSED), read));
  CHECK_FALSE(read_settled(with(frame, 63, '\x80'), read));
  CHECK_FALSE(read_settled(with(frame, 43, '\x7F'), read));
  Settled most{{}, std::vector<SettledRange>(max_settled_ranges)};
  std::string full;
  write_settled(1, most, full);
  CHECK(read_settled(full, read));
  full.append(22, '\0');
  CHECK_FALSE(read_settled(with(full, 40, 1), read));
  const auto reads = [&read](SettledRange range) {
    std::string one;
    write_settled(1, {{}, {std::move(range)}}, one);
    return read_settled(one, read);
  };
  CHECK(reads({1, 1, CULVERT_REJECTED, "b\xC3\xA4h"}));
  CHECK_FALSE(reads({1, 1, CULVERT_REJECTED, "b\xC3h"}));
  CHECK_FALSE(reads({1, 1, CULVERT_REJECTED, std::string(CULVERT_MAX_REASON + 1, 'x')}));
  CHECK_FALSE(reads({1, 1, CULVERT_OK, "why"}));
  CHECK_FALSE(reads({1, 1, CULVERT_DROPPED, "why"}));
}
