// SPDX-License-Identifier: MIT
#include "core/plugin/schema_patterns.hpp"

#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"
#include "core/message/template.hpp"
#include "core/message/topic.hpp"
#include "core/plugin/option_value.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <regex>
#include <stdexcept>

using namespace culvert;
using namespace culvert::plugin;

namespace {

/// A reader of ECMA's patterns that is none of ours.
bool is_taken(const std::string& pattern, const std::string& text) {
  return std::regex_search(text, std::regex{pattern, std::regex::ECMAScript});
}

/// Every text of up to `longest` pieces, each of them once: `see` says whether it was taken.
std::size_t every_text(const std::vector<std::string>& pieces, std::size_t longest,
                       const std::function<bool(const std::string&)>& see) {
  std::size_t taken = 0;
  std::vector<std::string> layer{""};
  for (std::size_t length = 0;; ++length) {
    for (const std::string& text : layer) { taken += see(text) ? 1 : 0; }
    if (length == longest) { return taken; }
    std::vector<std::string> next;
    for (const std::string& text : layer) {
      for (const std::string& piece : pieces) { next.push_back(text + piece); }
    }
    layer = std::move(next);
  }
}

/// The two agree on every such text. Answers how many both take.
std::size_t agree(const std::string& pattern, const std::vector<std::string>& pieces, std::size_t longest,
                  const std::function<bool(const std::string&)>& is_good) {
  const std::regex compiled{"^(?:" + pattern + ")$", std::regex::ECMAScript};
  return every_text(pieces, longest, [&](const std::string& text) {
    const bool good = is_good(text), taken = std::regex_search(text, compiled);
    INFO("'", text, "'");
    CHECK(good == taken);
    return good && taken;
  });
}

bool is_template(const std::string& text) {
  try {
    const Template made{text};
    for (const std::string_view name : made.names()) {
      if (!Template::is_known(name)) { return false; }
    }
    return true;
  } catch (const std::invalid_argument&) { return false; }
}

}  // namespace

TEST_CASE("schema patterns: a duration and a size are what the reader takes, however short") {
  const std::vector<std::string> pieces{"1", "0", ".", "ms", "s", "m", "d", "KiB", "B", "-", " "};
  CHECK(agree(duration_pattern(), pieces, 4,
              [](const std::string& text) { return config::parse_duration(text).has_value(); }) > 70);
  CHECK(agree(size_pattern(), {"1", "0", ".", "KiB", "B", "MiB", "s", "-"}, 3,
              [](const std::string& text) { return config::parse_size(text).has_value(); }) > 15);
}

TEST_CASE("schema patterns: names and filters are what the reader takes") {
  CHECK(agree(name_pattern(), {"a", "Z", "9", "_", "-", ".", " "}, 4,
              [](const std::string& text) { return config::is_name(text); }) > 100);
  const std::string longest(config::max_name_bytes, 'a');
  CHECK(is_taken(whole(name_pattern()), longest));
  CHECK_FALSE(is_taken(whole(name_pattern()), longest + "a"));
  // An empty one is held back by its length.
  CHECK(agree(filter_pattern(), {"a", "/", "+", "#", "$share"}, 5,
              [](const std::string& text) { return text.empty() || filter_problem(text).empty(); }) > 200);
}

TEST_CASE("schema patterns: templates and encodings are what the check takes") {
  const std::vector<std::string> pieces{"{", "}", "value", "field.", "x", "json", "text"};
  CHECK(agree(template_pattern({}, {}, false), pieces, 5, is_template) > 100);
  CHECK(agree(encoding_pattern(), pieces, 5, [](const std::string& text) {
          if (text == "json" || text == "text") { return true; }
          return text.find_first_of("{}") != std::string::npos && is_template(text);
        }) > 50);
  CHECK(is_taken(whole(template_pattern({"row"}, {}, false)), "{row} {value}"));
  CHECK_FALSE(is_taken(whole(template_pattern({}, {"node"}, true)), "{value}"));
  CHECK(is_taken(whole(template_pattern({"*"}, {}, false)), "{anything}"));
  CHECK_FALSE(is_taken(whole(template_pattern({}, {}, true)), "a/+"));
}

TEST_CASE("schema patterns: a URL is one of its schemes in any letters, a host, and no more than a '/' behind") {
  const std::string pattern = whole(url_pattern({"mqtt", "mqtts"}));
  for (const char* good : {"mqtt://a", "MQTTs://a.b:1", "mqtts://[::1]:8883/", "mqtt://${HOST}/x"}) {
    CHECK(is_taken(pattern, good));
  }
  for (const char* bad : {"http://a", "mqtt:/a", "mqtt://a/b", "mqtt://me@a", "mqtt://a?b", "mqttx://a", ""}) {
    CHECK_FALSE(is_taken(pattern, bad));
  }
}

TEST_CASE("schema patterns: what a variable makes another text of is let pass") {
  CHECK(is_taken(whole(duration_pattern()), "${INTERVAL}"));
  CHECK(is_taken(whole(duration_pattern()), "$$"));
  CHECK_FALSE(is_taken(whole(duration_pattern()), "$x"));
  CHECK(is_taken(whole(any_of({"a.b", "c"})), "a.b"));
  CHECK_FALSE(is_taken(whole(any_of({"a.b", "c"})), "axb"));
}

TEST_CASE("schema patterns: a POSIX expression matches the same texts in ECMA's words") {
  const std::vector<std::string> pieces{"a", "b", "]", "\\", "-", "^", "1", " ", ".", "/"};
  for (const char* posix :
       {"[]a]+", "[^]a]*", "[a\\]+", "[a-]*b?", "(a|b){2}", "[[:alpha:]1]+", "a]b", "\\.|\\^", "[^[:space:]]*",
        "[[:punct:]]{1,2}", ".*a", "[!-+.-~-]{1,3}", "[[:digit:][:blank:]]", "a/b", "[b^]"}) {
    const auto ecma = ecma_pattern(posix);
    INFO(posix);
    REQUIRE(ecma);
    CHECK(agree(*ecma, pieces, 3, [&](const std::string& text) { return matches(posix, text); }) > 0);
  }
  for (const char* other : {"[[.hyphen.]]", "[[=a=]]", "[a&&b]", "a.b", "[^a]", "\\d", "\xC3\xA9", "[[:nonsense:]]"}) {
    INFO(other);
    CHECK_FALSE(ecma_pattern(other));
  }
}
