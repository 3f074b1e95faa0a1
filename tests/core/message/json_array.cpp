// SPDX-License-Identifier: MIT
#include "core/message/json_array.hpp"

#include "core/message/frame.hpp"
#include "tests/core/message/samples.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace culvert;
using namespace std::literals;

namespace {

/// "[1,": what was there stays.
std::string element(std::string_view payload, std::string_view type = "") {
  std::string out = "[1,";
  return append_json_element(type, payload, out) ? out.substr(3) : out == "[1," ? "(none)" : "(half)";
}

std::string entry(Draft& draft) {
  std::string bytes;
  write_entry(draft.raw(), 0, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("json array: a payload that is JSON and called so, or called nothing, is an element as it is") {
  for (const std::string_view type :
       {"", "application/json", "Application/JSON ; charset=utf-8", "application/senml+json"}) {
    for (const std::string_view text :
         {R"({"a":[1,2.50,{"b":null}],"c":"\u00e9"})", "[ ]", " 1 ", "true", R"("s")", "18446744073709551616"}) {
      CHECK(element(text, type) == text);
    }
  }
}

TEST_CASE("json array: any other text becomes a string that reads back the same") {
  for (const std::string_view type : {"text/plain", "application/jsonx", "json", "+json/x"}) {
    CHECK(element("41", type) == "\"41\"");
  }
  for (const std::string_view text : {"", "{", "[1,]", "{\"a\":1} x", "nan", "01", "a\"b\\\n\x01", "größe",
                                      "\xEF\xBB\xBF[1]", "\"\\ud800\"", "1 2", "'a'", "// c\n1"}) {
    CAPTURE(text);
    CHECK(nlohmann::json::parse(element(text, "application/json")).get<std::string>() == text);
  }
  CHECK(nlohmann::json::parse(element("a\0b"sv)).get<std::string>() == "a\0b"sv);
}

TEST_CASE("json array: what is no UTF-8 is no element, and nothing of it is left behind") {
  for (const std::string_view bytes : {"\xFF"sv, "abc\xC3"sv, "\"\xED\xA0\x80\""sv, "[\"\xC0\x80\"]"sv}) {
    CHECK(element(bytes) == "(none)");
    CHECK(element(bytes, "application/json") == "(none)");
    CHECK(element(bytes, "text/plain") == "(none)");
  }
}

TEST_CASE("json array: depth is no danger") {
  const std::string open(500'000, '[');
  CHECK(element(open) == '"' + open + '"');
  const std::string whole = open + std::string(500'000, ']');
  CHECK(element(whole) == whole);
}

TEST_CASE("json array: the parts of an entry are found in each kind of it") {
  for (Draft& draft : sample_messages()) {
    const std::string bytes = entry(draft);
    CHECK(entry_topic(bytes) == MessageView{draft.raw()}.topic());
    CHECK(entry_payload(bytes) == (draft.raw().kind == CULVERT_PAYLOAD ? MessageView{draft.raw()}.payload() : ""));
  }
}

TEST_CASE("json array: joined entries are one whole entry, with the time of the first and all elements in order") {
  Draft first, second, third;
  first.topic("plant/a").time_ns(5).payload("[1]", "application/json").property("mqtt.qos", "1");
  second.topic("plant/a").time_ns(6).payload("[{\"v\":2}]", "application/json").property("mqtt.qos", "1");
  third.topic("plant/a").time_ns(7).payload("[\"3\"]", "application/json").property("mqtt.qos", "1");
  std::string batch = entry(first);
  for (Draft* more : {&second, &third}) {
    const std::string bytes = entry(*more);
    REQUIRE(differ_in_body_only(batch, bytes));
    const std::size_t before = batch.size();
    join_arrays(batch, bytes);
    CHECK(batch.size() == before + joined_growth(bytes));
  }
  set_entry_seq(batch, 9);
  DecodedMessage decoded;
  REQUIRE(decoded.decode(batch));
  const MessageView message{decoded.raw()};
  CHECK(message.payload() == R"([1,{"v":2},"3"])");
  CHECK(message.topic() == "plant/a");
  CHECK(message.content_type() == "application/json");
  CHECK(message.property("mqtt.qos") == "1");
  CHECK(message.time_ns() == 5);
  CHECK(message.raw().seq == 9);
}

TEST_CASE("json array: entries differ in more than their body by topic, content type, properties or flags") {
  const auto made = [](std::string_view topic, std::string_view type, std::string_view name, std::string_view value,
                       uint32_t flags = 0) {
    Draft draft;
    draft.topic(topic).payload("[1]", type).property(name, value).flags(flags);
    return entry(draft);
  };
  const std::string one = made("plant/a", "application/json", "mqtt.qos", "1");
  CHECK(differ_in_body_only(one, one));
  for (const std::string& other :
       {made("plant/b", "application/json", "mqtt.qos", "1"), made("plant/a", "application/jsom", "mqtt.qos", "1"),
        made("plant/a", "application/json", "mqtt.qos", "2"), made("plant/a", "application/json", "mqtt.qot", "1"),
        made("plant/aa", "pplication/json", "mqtt.qos", "1"), made("plant/a", "application/json", "mqtt.qo", "s1"),
        made("plant/a", "application/json", "mqtt.qos", "1", CULVERT_RETAINED)}) {
    CHECK_FALSE(differ_in_body_only(one, other));
  }
}
