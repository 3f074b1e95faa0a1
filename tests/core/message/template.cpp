// SPDX-License-Identifier: MIT
#include "core/message/template.hpp"

#include <culvert/plugin.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

using namespace culvert;
using namespace std::literals;

namespace {

std::string rendered(std::string_view text, const culvert_message& message) {
  std::string out = ">";
  Template{text}.render(message, {.node = "boiler", .runtime = "edge-01"}, out);
  return out.substr(1);
}

std::vector<std::string> names(std::string_view text) {
  const Template made{text};
  const auto found = made.names();
  return {found.begin(), found.end()};
}

}  // namespace

TEST_CASE("template: every standard name is rendered") {
  Draft draft;
  draft.topic("a/b").time_ns(1'500'000'000).field("other", 1.0, "V").field("value", 41.2, "Cel");
  culvert_message message = draft.raw();
  message.seq = UINT64_MAX;
  CHECK(rendered("{runtime}/{node}: {value} {unit}", message) == "edge-01/boiler: 41.2 Cel");
  CHECK(rendered("{topic}@{time}#{seq}", message) == "a/b@1970-01-01T00:00:01.500Z#18446744073709551615");
  CHECK(rendered("{other}", message) == "1");
  CHECK(rendered("{absent}", message) == "");
  CHECK(rendered("", message) == "");
}

TEST_CASE("template: value is the first field when none has that name") {
  Draft draft;
  draft.field("t", 1.5, "Cel").field("p", 2.5, "Pa");
  CHECK(rendered("{value} {unit} {p}", draft.raw()) == "1.5 Cel 2.5");
  Draft none;
  CHECK(rendered("[{value}{unit}]", none.raw()) == "[]");
  Draft null;
  null.null_field("value", "Pa");
  CHECK(rendered("{value}", null.raw()) == "-");
}

TEST_CASE("template: value of a payload is its bytes") {
  Draft draft;
  draft.payload("o\0n"sv);
  CHECK(rendered("<{value}>{unit}{field}", draft.raw()) == "<o\0n>"sv);
}

TEST_CASE("template: fields and properties are named with their prefix") {
  Draft draft;
  draft.field("temp", 21.5, "Cel")
      .field("node", 2.0)
      .field("field.x", 3.0)
      .property("site", "north")
      .property("a b", "+");
  CHECK(rendered("{field.temp} {field.node} {field.field.x} {property.site} {property.a b}", draft.raw()) ==
        "21.5 2 3 north +");
  CHECK(rendered("[{field.site}{property.temp}{field.Temp}]", draft.raw()) == "[]");
  CHECK(names("{field.temp}{property.site}") == std::vector{"field.temp"s, "property.site"s});
  CHECK_FALSE(Template{"{property.site}"}.is_constant());
  draft.payload("x");
  CHECK(rendered("[{field.temp}{property.site}]", draft.raw()) == "[north]");
}

TEST_CASE("template: the first name that gave nothing is told") {
  Draft draft;
  draft.topic("t").field("temp", 21.5).field("text", "").property("site", "north").property("empty", "");
  const auto lacking = [&](std::string_view text) {
    std::string out = "before";
    const Template made{text};
    return std::string{made.render(draft.raw(), {.node = "boiler", .runtime = "edge-01"}, out)};
  };
  CHECK(lacking("plain").empty());
  CHECK(lacking("{runtime}/{field.temp}/{property.site}/{value}/{seq}").empty());
  CHECK(lacking("{topic}/{property.empty}/{field.none}") == "property.empty");
  CHECK(lacking("{field.text}") == "field.text");
  CHECK(lacking("{field.temp}{unit}") == "unit");
}

TEST_CASE("template: a prefix alone is no name") {
  CHECK(Template::is_known("seq"));
  CHECK(Template::is_known("field.x"));
  CHECK(Template::is_known("property.x"));
  CHECK_FALSE(Template::is_known("fields.x"));
  CHECK_FALSE(Template::is_known("x"));
  CHECK_THROWS_WITH_AS(Template{"a/{field.}"}, "has no name behind '{field.'", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Template{"{property.}"}, "has no name behind '{property.'", std::invalid_argument);
}

TEST_CASE("template: standard names come before fields of the same name") {
  Draft draft;
  draft.field("time", 1.0).field("node", 2.0);
  CHECK(rendered("{time} {node}", draft.raw()) == "1970-01-01T00:00:00.000Z boiler");
}

TEST_CASE("template: doubled braces are braces") {
  Draft draft;
  draft.field("value", 1.0);
  CHECK(rendered("{{{value}}}", draft.raw()) == "{1}");
  CHECK(rendered("{{\"v\":{value}}}", draft.raw()) == "{\"v\":1}");
  CHECK(rendered("{{}}", draft.raw()) == "{}");
}

TEST_CASE("template: names come in order of appearance") {
  CHECK(names("{b}/{node}/{a b}{b}") == std::vector{"b"s, "node"s, "a b"s, "b"s});
  CHECK(names("{{plain}}").empty());
}

TEST_CASE("template: it is constant when no name depends on the message") {
  CHECK(Template{""}.is_constant());
  CHECK(Template{"plant/{runtime}/{node}"}.is_constant());
  CHECK_FALSE(Template{"plant/{topic}"}.is_constant());
  CHECK_FALSE(Template{"{temperature}"}.is_constant());
}

TEST_CASE("template: what is wrong is said with its column") {
  CHECK_THROWS_WITH_AS(Template{"abc{"}, "has a '{' without its '}' at column 4", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Template{"abc{node"}, "has a '{' without its '}' at column 4", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Template{"ä{a{b}"}, "has a '{' without its '}' at column 2", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Template{"a}"}, "has a '}' without its '{' at column 2", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Template{"{a}}"}, "has a '}' without its '{' at column 4", std::invalid_argument);
  CHECK_THROWS_WITH_AS(Template{"a{}b"}, "has an empty name", std::invalid_argument);
}

TEST_CASE("template: the standard names are the seven that are documented") {
  CHECK(Template::standard_names() ==
        std::vector{"value"sv, "unit"sv, "time"sv, "node"sv, "runtime"sv, "topic"sv, "seq"sv});
}
