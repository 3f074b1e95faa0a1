// SPDX-License-Identifier: MIT
#include "core/plugin/facts.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using culvert::config::Problems;
using culvert::plugin::Facts;
using culvert::plugin::OptionType;

namespace {

const std::string head = "id = \"demo\"\nversion = \"1.0\"\nsummary = \"For a test\"\n";
const std::string sink = head + "roles = [\"sink\"]\naccepts = [\"payload\"]\n";

/// What is wrong with the facts, a problem a line; empty when nothing is.
std::string problems_of(const std::string& text) {
  Problems problems;
  const auto facts = culvert::plugin::parse_facts(text, "demo.so", problems);
  CHECK(facts.has_value() == !problems.has_errors());
  std::string all;
  for (const auto& problem : problems.sorted()) { all += (all.empty() ? "" : "\n") + to_string(problem); }
  return all;
}

std::string option_problems(const std::string& keys) { return problems_of(sink + "[option.one]\n" + keys); }

}  // namespace

TEST_CASE("facts: all keys of a plugin are read") {
  Problems problems;
  const auto facts = culvert::plugin::parse_facts(
      head +
          "roles = [\"connector\"]\nemits = [\"payload\"]\naccepts = [\"record\", \"payload\"]\n"
          "needs = [\"network\", \"state\"]\n"
          "[option.url]\ntype = \"url\"\nhelp = \"Where to\"\nrequired = true\nschemes = [\"mqtt\", \"mqtts\"]\n"
          "ports = [1883, 8883]\nlist = true\nexample = \"mqtt://broker\"\n"
          "[option.\"tls.key\"]\ntype = \"file\"\nhelp = \"Key\"\ncontent = \"private-key\"\nmatches = \"tls.cert\"\n"
          "[option.\"tls.cert\"]\ntype = \"file\"\nhelp = \"Certificate\"\ncontent = \"certificate\"\n"
          "needs_option = \"tls.key\"\n"
          "[option.wait]\ntype = \"duration\"\nhelp = \"How long\"\ndefault = \"1s\"\nmin = \"10ms\"\nmax = \"1h\"\n",
      "demo.so", problems);
  REQUIRE(facts.has_value());
  CHECK(facts->id == "demo");
  CHECK(facts->is_source());
  CHECK(facts->is_sink());
  CHECK(facts->emits == culvert::plugin::kind_payload);
  CHECK(facts->accepts == (culvert::plugin::kind_payload | culvert::plugin::kind_record));
  CHECK(facts->needs == std::vector<std::string>{"network", "state"});
  CHECK(facts->options.size() == 4);
  CHECK(facts->options.front().name == "url");
  CHECK(facts->find("url")->ports == std::vector<int64_t>{1883, 8883});
  CHECK(facts->find("tls.key")->matches == "tls.cert");
  CHECK(facts->find("wait")->default_value == "1s");
  CHECK(facts->find("wait")->type == OptionType::duration);
  CHECK(facts->find("what") == nullptr);
}

TEST_CASE("facts: needs that are said are the only ones, and a plugin that says none may need anything") {
  using namespace culvert::plugin;
  Problems problems;
  const auto said = parse_facts(sink + "needs = ['files', 'devices']\n", "demo.so", problems);
  REQUIRE(said.has_value());
  CHECK(said->says_needs);
  CHECK(said->need_bits == (need_files | need_devices));
  const auto nothing = parse_facts(sink + "needs = []\n", "demo.so", problems);
  REQUIRE(nothing.has_value());
  CHECK(nothing->says_needs);
  CHECK(nothing->need_bits == 0);
  const auto silent = parse_facts(sink, "demo.so", problems);
  REQUIRE(silent.has_value());
  CHECK_FALSE(silent->says_needs);
  CHECK(silent->need_bits == all_needs);
  CHECK(problems_of(sink + "needs = ['files', 'disk']\n") ==
        "demo.so:6:9: facts: 'needs' may hold 'network', 'state', 'stdout', 'files', 'devices' or 'processes', got "
        "'disk'");
}

TEST_CASE("facts: how a path is used is read, and belongs to paths and files") {
  Problems problems;
  const auto facts =
      culvert::plugin::parse_facts(sink +
                                       "[option]\nin = { type = 'path', help = 'x', access = 'read', renewed = true }\n"
                                       "out = { type = 'path', help = 'x' }\ncert = { type = 'file', help = 'x' }\n",
                                   "demo.so", problems);
  REQUIRE(facts.has_value());
  CHECK(facts->find("in")->is_only_read);
  CHECK(facts->find("in")->is_renewed);
  CHECK_FALSE(facts->find("out")->is_only_read);
  CHECK_FALSE(facts->find("out")->is_renewed);
  CHECK(facts->find("cert")->is_only_read);
  CHECK(option_problems("type = \"path\"\nhelp = \"x\"\naccess = \"red\"\n") ==
        "demo.so:9:10: facts: option 'one': 'access' must be 'read' or 'write', got 'red', did you mean 'read'?");
  CHECK(option_problems("type = \"file\"\nhelp = \"x\"\naccess = \"read\"\n") ==
        "demo.so:9:10: facts: option 'one': 'access' has no meaning for a file");
  CHECK(option_problems("type = \"size\"\nhelp = \"x\"\nrenewed = true\n") ==
        "demo.so:9:11: facts: option 'one': 'renewed' has no meaning for a size");
}

TEST_CASE("facts: what is missing is said, all of it in one run") {
  CHECK(problems_of("") ==
        "demo.so:1:1: facts: 'id' is missing\ndemo.so:1:1: facts: 'version' is missing\n"
        "demo.so:1:1: facts: 'summary' is missing\ndemo.so:1:1: facts: 'roles' is missing");
  CHECK(problems_of(head + "roles = [\"sink\"]\n") ==
        "demo.so:1:1: facts: 'accepts' is missing: what takes messages says which");
  CHECK(problems_of(head + "roles = [\"source\"]\n") == "demo.so:1:1: facts: 'emits' is missing: what emits says what");
  CHECK(problems_of(head + "roles = []\n") == "demo.so:4:9: facts: 'roles' must name at least one role");
}

TEST_CASE("facts: a key or a word that is unknown is said with the nearest known one") {
  CHECK(problems_of(sink + "sumary = \"x\"\n") == "demo.so:6:1: facts: unknown key 'sumary', did you mean 'summary'?");
  CHECK(problems_of(head + "roles = [\"sinck\"]\n") ==
        "demo.so:4:9: facts: 'roles' may hold 'source', 'sink', 'transform' or 'connector', got 'sinck', did you mean "
        "'sink'?");
  CHECK(option_problems("type = \"text\"\nhelp = \"x\"\n") ==
        "demo.so:7:8: facts: option 'one': 'type' 'text' is unknown");
  CHECK(option_problems("type = \"string\"\nhelp = \"x\"\nhlep = 1\n") ==
        "demo.so:9:1: facts: option 'one': unknown key 'hlep', did you mean 'help'?");
}

TEST_CASE("facts: keys of the wrong kind are refused") {
  CHECK(problems_of("id = 1\n").starts_with("demo.so:1:1: facts: 'version'"));
  CHECK(problems_of("id = 1\n").find("demo.so:1:6: facts: 'id' must be one line of text, got 1") != std::string::npos);
  CHECK(problems_of(sink + "emits = [\"record\"]\n") ==
        "demo.so:6:9: facts: 'emits' is for what emits: a sink does not");
  CHECK(problems_of(sink + "regenerates = true\n") == "demo.so:6:15: facts: 'regenerates' is for a transform");
  CHECK(problems_of("id = \"a b\"\n" + sink.substr(sink.find("version"))) ==
        "demo.so:1:6: facts: 'id' must be letters, digits, '_' and '-', at most 64, got 'a b'");
  CHECK(problems_of("what is this").starts_with("demo.so:1:"));
  CHECK(problems_of(std::string(70000, ' ')) == "demo.so: facts: are larger than 64 KiB");
}

TEST_CASE("facts: an option needs a type and a help, and only keys of its type") {
  CHECK(option_problems("") ==
        "demo.so:6:9: facts: option 'one': 'type' is missing\ndemo.so:6:9: facts: option 'one': 'help' is missing");
  CHECK(option_problems("type = \"bool\"\nhelp = \"x\"\nmin = 1\n") ==
        "demo.so:9:7: facts: option 'one': 'min' has no meaning for a bool");
  CHECK(option_problems("type = \"choice\"\nhelp = \"x\"\n") ==
        "demo.so:6:9: facts: option 'one': 'values' is missing: a choice needs some");
  CHECK(option_problems("type = \"integer\"\nhelp = \"x\"\nmin = 5\nmax = 1\n") ==
        "demo.so:9:7: facts: option 'one': 'min' is above 'max'");
  CHECK(option_problems("type = \"duration\"\nhelp = \"x\"\nmin = 5\n") ==
        "demo.so:9:7: facts: option 'one': 'min' is no limit for a duration");
  CHECK(option_problems("type = \"url\"\nhelp = \"x\"\nschemes = [\"a\"]\nports = []\n") ==
        "demo.so:9:11: facts: option 'one': 'schemes' and 'ports' must be given for a url, one port for each scheme");
}

TEST_CASE("facts: defaults and examples must pass the check that they are for") {
  CHECK(option_problems("type = \"integer\"\nhelp = \"x\"\nmin = 1\nmax = 9\ndefault = 10\n") ==
        "demo.so:11:11: facts: option 'one': 'default' must be from 1 to 9, got 10");
  CHECK(option_problems("type = \"duration\"\nhelp = \"x\"\nexample = 10\n") ==
        "demo.so:9:11: facts: option 'one': 'example' must be a duration such as \"1s\", got 10");
  CHECK(option_problems("type = \"bool\"\nhelp = \"x\"\nrequired = true\ndefault = true\n") ==
        "demo.so:10:11: facts: option 'one': 'default' has no meaning where 'required' is true");
  CHECK(option_problems("type = \"string\"\nhelp = \"x\"\nlist = true\nexample = [\"a\", \"b\"]\n").empty());
}

TEST_CASE("facts: an example of a list is kept as it is written") {
  Problems problems;
  const auto facts = culvert::plugin::parse_facts(
      sink + "[option.a]\ntype = \"string\"\nhelp = \"x\"\nlist = true\nexample = [\"x\", { y = \"z\", n = 2 }]\n",
      "demo.so", problems);
  REQUIRE(facts.has_value());
  CHECK(facts->options[0].example == "[\"x\", { y = \"z\", n = 2 }]");
  CHECK(option_problems("type = \"string\"\nhelp = \"x\"\nexample = [\"x\"]\n") ==
        "demo.so:9:11: facts: option 'one': 'example' must be a plain value, got a list");
}

TEST_CASE("facts: options that name each other must be there") {
  CHECK(option_problems("type = \"bool\"\nhelp = \"x\"\nneeds_option = \"two\"\n") ==
        "demo.so:6:9: facts: option 'one': 'needs_option' names the option 'two', which is not there");
  CHECK(option_problems("type = \"filter\"\nhelp = \"x\"\nlist = true\nshort_for = \"topic\"\n") ==
        "demo.so:6:9: facts: option 'one': 'short_for' names the option 'one[].topic', which is not there");
  CHECK(
      problems_of(sink + "[option.\"two[].qos\"]\ntype = \"integer\"\nhelp = \"x\"\n") ==
      "demo.so:6:9: facts: option 'two[].qos': belongs to 'two', which must be an option with 'list' and 'short_for'");
}

TEST_CASE("facts: 'when' names values that another option can have") {
  const std::string type = "type = \"bool\"\nhelp = \"x\"\n";
  const std::string two = "[option.two]\ntype = \"choice\"\nhelp = \"x\"\nvalues = [\"a\", \"b\"]\n";
  const std::string three = "[option.three]\ntype = \"integer\"\nhelp = \"x\"\n";
  CHECK(option_problems(type + "when = \"two=a|b\"\nrequired = true\n" + two).empty());
  for (const char* text : {"two=", "=a", "two=a|", "two=|a", "!"}) {
    CAPTURE(text);
    CHECK(option_problems(type + "when = \"" + text + "\"\n" + two) ==
          "demo.so:9:8: facts: option 'one': 'when' must be an option and its values, such as 'format=text|pretty', "
          "'OPTION~PATTERN' or 'OPTION!~PATTERN', or 'OPTION' or '!OPTION' alone, got '" +
              std::string{text} + "'");
  }
  const std::string subject = "demo.so:6:9: facts: option 'one': 'when' names the ";
  CHECK(option_problems(type + "when = \"four=a\"\n" + two) == subject + "option 'four', which is not there");
  CHECK(option_problems(type + "when = \"two=c\"\n" + two) == subject + "value 'c', which option 'two' never has");
  CHECK(option_problems(type + "when = \"three=1\"\n" + three).empty());
  CHECK(option_problems(type + "when = \"three=a\"\n" + three) ==
        subject + "value 'a', which option 'three' never has");
  CHECK(option_problems(type + "when = \"three=1\"\n" + three + "list = true\n").empty());
  CHECK(option_problems(type + "when = \"three~1\"\n" + three) ==
        "demo.so:6:9: facts: option 'one': 'when' has a pattern for the option 'three', which is no text");
  CHECK(option_problems(type + "when = \"two~[a\"\n" + two)
            .starts_with("demo.so:6:9: facts: option 'one': 'when' has the pattern '[a', which is none: "));
  CHECK(option_problems(type + "when = \"one=true\"\n") ==
        subject + "option 'one', which must be another of its table or at the top");
}

TEST_CASE("facts: an option may not have a key of the host or an odd name") {
  CHECK(problems_of(sink + "[option.log_level]\ntype = \"bool\"\nhelp = \"x\"\n") ==
        "demo.so:6:9: facts: option 'log_level' is a key of the host");
  CHECK(problems_of(sink + "[option.\"a b\"]\ntype = \"bool\"\nhelp = \"x\"\n") ==
        "demo.so:6:9: facts: option 'a b' must have a name of small letters, digits and '_', such as 'tls.ca'");
  CHECK(problems_of(sink + "option = 1\n") == "demo.so:6:10: facts: 'option' must be a table, got 1");
}
