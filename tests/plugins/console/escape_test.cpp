// SPDX-License-Identifier: MIT
#include "escape.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace culvert::console;

namespace {

std::string escaped(std::string_view bytes) {
  std::string out;
  append_escaped(bytes, out);
  return out;
}
std::string json(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}
std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(bytes, out);
  return out;
}

}  // namespace

TEST_CASE("escape: plain text passes unchanged, in any script") {
  for (const char* text : {"Hello, MQTT! Message number 3", "41.2 °C", "Grüße, 世界 🚰", "{\"a\": [1, 2]}", ""}) {
    CHECK(escaped(text) == text);
  }
}

TEST_CASE("escape: nothing that drives a terminal or ends a line passes") {
  CHECK(escaped("\x1b[2J\x07") == "\\x1b[2J\\x07");
  CHECK(escaped("a\r\nb\tc") == "a\\r\\nb\\tc");
  CHECK(escaped(std::string_view{"\0\x7f", 2}) == "\\x00\\x7f");
  CHECK(escaped("\xc2\x9b"
                "31m") == "\\xc2\\x9b31m");
  CHECK(escaped("\xe2\x80\xa8\xe2\x80\xa9") == "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
}

TEST_CASE("escape: what is not UTF-8 is shown byte by byte") {
  CHECK(escaped("\xff\xfe") == "\\xff\\xfe");
  CHECK(escaped("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(escaped("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");           // overlong
  CHECK(escaped("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
  CHECK(escaped("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(escaped("a\xe2\x82") == "a\\xe2\\x82");                  // cut
  CHECK(escaped("\xe2\x82z") == "\\xe2\\x82z");
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));
  CHECK(is_utf8("\xf4\x8f\xbf\xbf"));
}

TEST_CASE("escape: no two inputs look the same") {
  CHECK(escaped("\\x1b") == "\\\\x1b");
  std::set<std::string> seen;
  const std::string_view alphabet{"\\nx1b\n\x1b\xe2\x80\xa8\xc2\x9b", 13};
  std::size_t count = 0;
  for (const char a : alphabet) {
    for (const char b : alphabet) {
      for (const char c : alphabet) { seen.insert(escaped(std::string{a, b, c})); }
    }
  }
  const std::set<char> letters{alphabet.begin(), alphabet.end()};
  count = letters.size() * letters.size() * letters.size();
  CHECK(seen.size() == count);
}

TEST_CASE("escape: a JSON string holds no control character and no byte that is not UTF-8") {
  CHECK(json("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json("\n\x1b\x7f\xc2\x85\xe2\x80\xa8") == R"("\u000a\u001b\u007f\u0085\u2028")");
  CHECK(json("\xff") == R"("\ufffd")");
  CHECK(json("ü") == "\"ü\"");
}

TEST_CASE("escape: JSON made elsewhere keeps its meaning and loses its bare controls") {
  std::string out;
  append_safe_json("{\"a\":\"\\u001b\xc2\x9b\xe2\x80\xa9\x7f ü\",\n\"b\":1}", out);
  CHECK(out == R"({"a":"\u001b\u009b\u2029\u007f ü", "b":1})");
}

TEST_CASE("escape: base64 is that of RFC 4648") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}
