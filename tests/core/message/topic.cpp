// SPDX-License-Identifier: MIT
#include "core/message/topic.hpp"

#include <doctest/doctest.h>

#include <string>
#include <tuple>

using namespace culvert;
using namespace std::literals;

TEST_CASE("topic: what may be published to has no problem") {
  for (const auto topic :
       {"a"sv, "/"sv, "plant/boiler/temperature"sv, "a//b"sv, " "sv, "$SYS/load"sv, "märz/°C/温度"sv}) {
    CAPTURE(topic);
    CHECK(topic_problem(topic) == "");
  }
  CHECK(topic_problem(std::string(65535, 'a')) == "");
}

TEST_CASE("topic: each rule that is broken is named") {
  CHECK(topic_problem("") == "is empty");
  CHECK(topic_problem(std::string(65536, 'a')) == "is longer than 65535 bytes");
  CHECK(topic_problem("a/+/b") == "holds the wildcard '+'");
  CHECK(topic_problem("a/b#") == "holds the wildcard '#'");
  CHECK(topic_problem("a\0b"sv) == "holds a NUL");
  CHECK(topic_problem("plant/\xFF") == "is not UTF-8");
}

TEST_CASE("filter: wildcards that fill a level have no problem") {
  for (const auto filter :
       {"#"sv, "+"sv, "+/+"sv, "/+"sv, "+/#"sv, "a/#"sv, "a/+/b"sv, "a"sv, "/"sv, "$SYS/#"sv, "$share/group/a/#"sv}) {
    CAPTURE(filter);
    CHECK(filter_problem(filter) == "");
  }
}

TEST_CASE("filter: each rule that is broken is named") {
  CHECK(filter_problem("") == "is empty");
  CHECK(filter_problem(std::string(65536, 'a')) == "is longer than 65535 bytes");
  CHECK(filter_problem("a/\0"sv) == "holds a NUL");
  CHECK(filter_problem("a/\xC0\x80") == "is not UTF-8");
  CHECK(filter_problem("a+") == "has a '+' that is not a whole level");
  CHECK(filter_problem("a/+b/c") == "has a '+' that is not a whole level");
  CHECK(filter_problem("a#") == "has a '#' that is not a whole level");
  CHECK(filter_problem("a/##") == "has a '#' that is not a whole level");
  CHECK(filter_problem("a/#/b") == "has a '#' that is not the last level");
  CHECK(filter_problem("#/") == "has a '#' that is not the last level");
}

TEST_CASE("topic: control characters, for which brokers disconnect, are in no topic and no filter") {
  for (const auto text : {"a\x01"sv, "a\nb"sv, "\x1F"sv, "\x7F"sv, "a/\xC2\x80"sv, "\xC2\x9F/b"sv}) {
    CAPTURE(text);
    CHECK(topic_problem(text) == "holds a control character");
    CHECK(filter_problem(text) == "holds a control character");
  }
  for (const auto text : {"a b"sv, "~"sv, "\xC2\xA0"sv, "\xC3\x80"sv, "\xE2\x82\x80"sv}) {
    CAPTURE(text);
    CHECK(topic_problem(text) == "");
    CHECK(filter_problem(text) == "");
  }
}

TEST_CASE("filter: matches what section 4.7 says") {
  for (const auto& [filter, topic, matches] : {
           std::tuple{"a/b", "a/b", true},
           {"a/b", "a/B", false},
           {"a/b", "a/b/", false},
           {"a/b/", "a/b", false},
           {"a/b", "a", false},
           {"a", "a/b", false},
           {"a/", "a/", true},
           {"/a", "a", false},
           {"sport/tennis/player1/#", "sport/tennis/player1", true},
           {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
           {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
           {"sport/tennis/player1/#", "sport/tennis/player10", false},
           {"sport/#", "sport", true},
           {"sport/#", "sport/", true},
           {"#", "a/b/c", true},
           {"#", "/", true},
           {"sport/tennis/+", "sport/tennis/player1", true},
           {"sport/tennis/+", "sport/tennis/player1/ranking", false},
           {"sport/+", "sport", false},
           {"sport/+", "sport/", true},
           {"+", "finance", true},
           {"+", "/finance", false},
           {"+/+", "/finance", true},
           {"/+", "/finance", true},
           {"+/tennis/#", "sport/tennis", true},
           {"+/tennis/#", "sport/golf", false},
           {"+/#", "a", true},
           {"a/+/#", "a", false},
           {"a/+/c", "a//c", true},
       }) {
    CAPTURE(filter);
    CAPTURE(topic);
    CHECK(topic_matches(filter, topic) == matches);
  }
}

TEST_CASE("filter: a wildcard at the start matches no topic that starts with '$'") {
  CHECK_FALSE(topic_matches("#", "$SYS/load"));
  CHECK_FALSE(topic_matches("+/load", "$SYS/load"));
  CHECK_FALSE(topic_matches("+", "$SYS"));
  CHECK(topic_matches("$SYS/#", "$SYS/load"));
  CHECK(topic_matches("$SYS/+", "$SYS/load"));
  CHECK(topic_matches("a/+", "a/$b"));
}

TEST_CASE("utf-8: the ends of every well-formed range are taken") {
  for (const auto text : {""sv, "\0"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv,
                          "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    CHECK(is_utf8(text));
    CHECK(is_utf8("12345678"s.append(text).append("12345678")));
  }
}

TEST_CASE("utf-8: overlong forms, surrogates, stray and missing bytes are refused") {
  for (const auto text : {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC2"sv, "\xC2\x41"sv, "\xE0\x9F\xBF"sv,
                          "\xE2\x82"sv, "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF0\x8F\xBF\xBF"sv, "\xF0\x9F\x98"sv,
                          "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv}) {
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_utf8("12345678"s.append(text).append("12345678")));
  }
}
