// SPDX-License-Identifier: MIT
#include "number.hpp"

#include "simulated.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace culvert::sensor;

TEST_CASE("number: a whole number is exact, all else a double") {
  CHECK(parse_number("41234") == Number{int64_t{41234}});
  CHECK(parse_number("-7") == Number{int64_t{-7}});
  CHECK(parse_number("+7") == Number{int64_t{7}});
  CHECK(parse_number("9223372036854775807") == Number{INT64_MAX});
  CHECK(parse_number("41.5") == Number{41.5});
  CHECK(parse_number("1e3") == Number{1000.0});
}

TEST_CASE("number: what is no finite decimal number is none") {
  for (const char* text : {"", "-", "+", "+-1", "0x1f", "1,5", "12C", " 1", "nan", "inf", "-inf", "1e999", "good"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text).has_value());
  }
}

TEST_CASE("scale: a whole number stays whole as long as factor and offset are and it fits") {
  CHECK(Scale(1, 0).apply(Number{int64_t{9007199254740993}}) == Number{int64_t{9007199254740993}});
  CHECK(Scale(-2, 5).apply(Number{int64_t{3}}) == Number{int64_t{-1}});
  CHECK(Scale(0.5, 0).apply(Number{int64_t{3}}) == Number{1.5});
  CHECK(Scale(1, 0.25).apply(Number{int64_t{3}}) == Number{3.25});
  CHECK(Scale(4, 0).apply(Number{INT64_MAX}) == Number{static_cast<double>(INT64_MAX) * 4});
  CHECK_FALSE(Scale(1e300, 0).apply(Number{1e300}).has_value());
}

TEST_CASE("simulated: a sine starts at 0 and has a period of 60 readings") {
  Sine sine;
  std::vector<Reading> readings;
  for (int i = 0; i <= 60; ++i) { sine.read(readings); }
  CHECK(*readings[0].value == Number{0.0});
  CHECK(std::get<double>(*readings[15].value) == doctest::Approx(1));
  CHECK(std::get<double>(*readings[45].value) == doctest::Approx(-1));
  CHECK(readings[60].value == readings[0].value);
}

TEST_CASE("simulated: a random walk goes the same way for the same seed, in steps of at most 1") {
  RandomWalk first{42}, again{42}, other{43};
  std::vector<Reading> a, b, c;
  for (int i = 0; i < 200; ++i) {
    first.read(a);
    again.read(b);
    other.read(c);
    CHECK(a.back().value == b.back().value);
    if (i > 0) {
      const double step = std::get<double>(*a[a.size() - 1].value) - std::get<double>(*a[a.size() - 2].value);
      CHECK(std::abs(step) <= 1);
    }
  }
  CHECK(a.back().value != c.back().value);
}
