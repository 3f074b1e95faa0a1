// SPDX-License-Identifier: MIT
#include "core/message/encode.hpp"

#include "tests/core/message/samples.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cstring>
#include <limits>
#include <random>

using namespace culvert;
using namespace std::literals;

namespace {

constexpr int64_t ten = 1'795'428'000'123'999'999;  // 2026-11-23T10:00:00.123999999Z
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string json(Draft& draft) {
  std::string out;
  encode_json(draft.raw(), out);
  return out;
}

std::string plain(Draft& draft) {
  std::string out;
  encode_text(draft.raw(), out);
  return out;
}

culvert_field typed(uint8_t type) {
  culvert_field field{};
  field.size = sizeof field;
  field.type = type;
  field.name = text("value");
  return field;
}

culvert_message around(const culvert_field& field) {
  culvert_message message{};
  message.size = sizeof message;
  message.fields = &field;
  message.field_count = 1;
  return message;
}

nlohmann::json parsed_value(const culvert_field& field) {
  std::string out;
  encode_json(around(field), out);
  return nlohmann::json::parse(out)["value"];
}

std::string value_text(const culvert_field& field) {
  std::string out;
  append_value(field, out);
  return out;
}

std::string time_text(int64_t time_ns) {
  std::string out;
  append_time(time_ns, out);
  return out;
}

}  // namespace

TEST_CASE("json: a field named value is flat") {
  Draft draft;
  draft.time_ns(ten).field("value", 41.2, "Cel");
  CHECK(json(draft) == R"({"time":"2026-11-23T10:00:00.123Z","value":41.2,"unit":"Cel","quality":"good"})");
  Draft without_unit;
  without_unit.time_ns(ten).field("value", int64_t{3}, "", CULVERT_UNCERTAIN);
  CHECK(json(without_unit) == R"({"time":"2026-11-23T10:00:00.123Z","value":3,"quality":"uncertain"})");
}

TEST_CASE("json: other fields have an object each, in order") {
  Draft draft;
  draft.time_ns(ten).field("t", 1.5, "Cel").null_field("p", "Pa").field("value", "on"sv);
  CHECK(json(draft) == R"({"time":"2026-11-23T10:00:00.123Z","t":{"value":1.5,"unit":"Cel","quality":"good"},)"
                       R"("p":{"value":null,"unit":"Pa","quality":"bad"},"value":{"value":"on","quality":"good"}})");
  Draft single;
  single.time_ns(0).field("t", int64_t{1});
  CHECK(json(single) == R"({"time":"1970-01-01T00:00:00.000Z","t":{"value":1,"quality":"good"}})");
  Draft none;
  CHECK(json(none) == R"({"time":"1970-01-01T00:00:00.000Z"})");
}

TEST_CASE("json: a field named time leaves the record's time its key") {
  Draft draft;
  draft.field("time", int64_t{5});
  CHECK(json(draft) == R"({"time":"1970-01-01T00:00:00.000Z","time_":{"value":5,"quality":"good"}})");
}

TEST_CASE("json: NaN and infinity are null with quality bad") {
  for (const double value : {not_a_number, infinity, -infinity}) {
    Draft draft;
    draft.field("value", value, "Cel");
    CHECK(json(draft) == R"({"time":"1970-01-01T00:00:00.000Z","value":null,"unit":"Cel","quality":"bad"})");
  }
  Draft draft;
  draft.null_field("value", "", CULVERT_GOOD);
  CHECK(json(draft) == R"({"time":"1970-01-01T00:00:00.000Z","value":null,"quality":"good"})");
}

TEST_CASE("json: 64-bit integers are exact") {
  auto field = typed(CULVERT_I64);
  field.value.i64 = std::numeric_limits<int64_t>::min();
  CHECK(parsed_value(field).get<int64_t>() == std::numeric_limits<int64_t>::min());
  CHECK(value_text(field) == "-9223372036854775808");
  field = typed(CULVERT_U64);
  field.value.u64 = std::numeric_limits<uint64_t>::max();
  CHECK(parsed_value(field).get<uint64_t>() == std::numeric_limits<uint64_t>::max());
  CHECK(value_text(field) == "18446744073709551615");
}

TEST_CASE("json: every finite double is a number that reads back the same") {
  std::mt19937_64 random{1};
  auto field = typed(CULVERT_F64);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits = random();
    std::memcpy(&field.value.f64, &bits, sizeof bits);
    if (!std::isfinite(field.value.f64)) { continue; }
    const auto value = parsed_value(field);
    REQUIRE(value.is_number());
    REQUIRE(value.get<double>() == field.value.f64);
  }
}

TEST_CASE("json: text is escaped, and bytes that are not UTF-8 become U+FFFD") {
  Draft draft;
  draft.field("value", "a\"b\\c\n\r\t\0\x1F\x7F/märz\xFF\xE2\x82z\xF0\x9F\x98\x80"sv);
  CHECK(json(draft) ==
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"value\":\"a\\\"b\\\\c\\n\\r\\t\\u0000\\u001f\x7F/märz"
        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\xF0\x9F\x98\x80\",\"quality\":\"good\"}");
  CHECK(nlohmann::json::parse(json(draft))["value"].get<std::string>().substr(0, 10) == "a\"b\\c\n\r\t\0\x1F"sv);
  Draft odd;
  odd.field("a\"\xC0", 1.0, "\xFF\n");
  CHECK(nlohmann::json::parse(json(odd))["a\"\uFFFD"]["unit"] == "\uFFFD\n");
}

TEST_CASE("json: every text of two bytes is valid JSON") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string two{static_cast<char>(first), static_cast<char>(second)};
      Draft draft;
      draft.field("value", std::string_view{two});
      REQUIRE(nlohmann::json::accept(json(draft)));
    }
  }
}

TEST_CASE("json: every sample is valid JSON") {
  for (auto& draft : sample_messages()) { CHECK(nlohmann::json::accept(json(draft))); }
}

TEST_CASE("json: bytes are base64 as RFC 4648 has it") {
  for (const auto& [bytes, coded] : {std::pair{""sv, ""sv},
                                     {"f", "Zg=="},
                                     {"fo", "Zm8="},
                                     {"foo", "Zm9v"},
                                     {"foob", "Zm9vYg=="},
                                     {"fooba", "Zm9vYmE="},
                                     {"foobar", "Zm9vYmFy"},
                                     {"\xFB\xFF\0"sv, "+/8A"}}) {
    auto field = typed(CULVERT_BYTES);
    field.value.text = text(bytes);
    CHECK(parsed_value(field) == coded);
    CHECK(value_text(field) == coded);
  }
}

TEST_CASE("json: booleans are booleans") {
  auto field = typed(CULVERT_BOOL);
  CHECK(parsed_value(field) == false);
  field.value.boolean = 1;
  CHECK(parsed_value(field) == true);
}

TEST_CASE("text: a field named value stands alone, others have their names") {
  Draft alone;
  alone.field("value", 41.2, "Cel");
  CHECK(plain(alone) == "41.2 Cel");
  Draft more;
  more.field("t", 41.2, "Cel").field("n", int64_t{3}, "", CULVERT_BAD).null_field("p", "Pa").field("s", "on"sv);
  CHECK(plain(more) == "t=41.2 Cel n=3 (bad) p=- Pa (bad) s=on");
  Draft single;
  single.field("t", not_a_number, "Cel");
  CHECK(plain(single) == "t=nan Cel (bad)");
  Draft none;
  CHECK(plain(none) == "");
}

TEST_CASE("value: a double has an exponent only when it is very small or very large") {
  auto field = typed(CULVERT_F64);
  for (const auto& [value, written] : {std::pair{0.0, "0"},
                                       {-0.0, "-0"},
                                       {100000.0, "100000"},
                                       {101325.0, "101325"},
                                       {0.1, "0.1"},
                                       {-41.25, "-41.25"},
                                       {0.00001, "0.00001"},
                                       {0.000001, "1e-06"},
                                       {999999999999999.0, "999999999999999"},
                                       {1e15, "1e+15"},
                                       {5e-324, "5e-324"},
                                       {infinity, "inf"},
                                       {-infinity, "-inf"},
                                       {not_a_number, "nan"}}) {
    field.value.f64 = value;
    CHECK(value_text(field) == written);
  }
}

TEST_CASE("time: the ends of the range, leap days and times before 1970 are right") {
  CHECK(time_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(time_text(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(time_text(951'782'400'000'000'000) == "2000-02-29T00:00:00.000Z");
  CHECK(time_text(std::numeric_limits<int64_t>::max()) == "2262-04-11T23:47:16.854Z");
  CHECK(time_text(std::numeric_limits<int64_t>::min()) == "1677-09-21T00:12:43.145Z");
}
