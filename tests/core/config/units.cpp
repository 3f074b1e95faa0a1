// SPDX-License-Identifier: MIT
#include "core/config/value.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace culvert::config;

TEST_CASE("units: every unit of a duration is read, in nanoseconds") {
  CHECK(parse_duration("7ns") == 7);
  CHECK(parse_duration("7us") == 7'000);
  CHECK(parse_duration("250ms") == 250'000'000);
  CHECK(parse_duration("1s") == 1'000'000'000);
  CHECK(parse_duration("0s") == 0);
  CHECK(parse_duration("5m") == 300'000'000'000);
  CHECK(parse_duration("2h") == 7'200'000'000'000);
  CHECK(parse_duration("1d") == 86'400'000'000'000);
}

TEST_CASE("units: a fraction is exact or refused") {
  CHECK(parse_duration("1.5s") == 1'500'000'000);
  CHECK(parse_duration("0.000000001s") == 1);
  CHECK(parse_duration("1.50000000000000000000s") == 1'500'000'000);
  CHECK(parse_duration("0.001ms") == 1'000);
  CHECK(parse_duration("0.1m") == 6'000'000'000);
  CHECK(parse_duration("0.123456789012d") == std::nullopt);
  CHECK(parse_duration("1.5ns") == std::nullopt);
  CHECK(parse_duration("1.0ns") == 1);
  CHECK(parse_size("1.5KiB") == 1536);
  CHECK(parse_size("0.5B") == std::nullopt);
}

TEST_CASE("units: every unit of a size is read, in bytes") {
  CHECK(parse_size("512B") == 512);
  CHECK(parse_size("64KiB") == 65536);
  CHECK(parse_size("8MiB") == 8 << 20);
  CHECK(parse_size("3GiB") == int64_t{3} << 30);
  CHECK(parse_size("1TiB") == int64_t{1} << 40);
}

TEST_CASE("units: a bare number, a foreign unit and other text are nothing") {
  for (const char* text : {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "1.s", ".5s", "1e3s", "5S", "5min", "1h30m",
                           "5KiB", "five", "1,5s", "1.5.5s"}) {
    CAPTURE(text);
    CHECK(parse_duration(text) == std::nullopt);
  }
  for (const char* text : {"", "5", "KiB", "5 KiB", "64KB", "64K", "64kib", "-1B", "5s"}) {
    CAPTURE(text);
    CHECK(parse_size(text) == std::nullopt);
  }
}

TEST_CASE("units: what does not fit 64 bits is nothing") {
  CHECK(parse_duration("9223372036854775807ns") == INT64_MAX);
  CHECK(parse_duration("9223372036854775808ns") == std::nullopt);
  CHECK(parse_duration("106751d") == 106'751 * 86'400'000'000'000);
  CHECK(parse_duration("106752d") == std::nullopt);
  CHECK(parse_duration("99999999999999999999999s") == std::nullopt);
  CHECK(parse_size("8388607TiB") == int64_t{8388607} << 40);
  CHECK(parse_size("8388608TiB") == std::nullopt);
}

TEST_CASE("units: amounts are written in the largest unit that leaves a whole number, and read back the same") {
  CHECK(duration_text(0) == "0s");
  CHECK(duration_text(1'500'000'000) == "1500ms");
  CHECK(duration_text(5'400'000'000'000) == "90m");
  CHECK(duration_text(86'400'000'000'000) == "1d");
  CHECK(duration_text(7) == "7ns");
  CHECK(size_text(0) == "0B");
  CHECK(size_text(131'072) == "128KiB");
  CHECK(size_text(1'000'001) == "1000001B");
  for (const int64_t amount : {int64_t{1}, int64_t{60'000'000'000}, int64_t{1} << 41, INT64_MAX}) {
    CHECK(parse_duration(duration_text(amount)) == amount);
    CHECK(parse_size(size_text(amount)) == amount);
  }
}
