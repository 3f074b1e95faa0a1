// SPDX-License-Identifier: MIT
#include "core/plugin/describe.hpp"
#include "tests/core/plugin/checked.hpp"

using culvert::config::Problems;
using culvert::test::check_with;
using culvert::test::Outcome;

namespace {

const std::string head = R"(id = "demo"
version = "1.0"
summary = "For a test"
roles = ["connector"]
emits = ["payload"]
accepts = ["payload"]
[option]
plan = { type = "choice", help = "x", values = ["free", "paid"], default = "paid" }
clean = { type = "bool", help = "x" }
rate = { type = "number", help = "x", min = 0, default = 100 }
names = { type = "string", help = "x", list = true }
id = { type = "string", help = "x" }
key = { type = "secret", help = "x" }
wait = { type = "duration", help = "x", default = "1m" }
most = { type = "duration", help = "x", default = "5m" }
old = { type = "choice", help = "x", values = ["1.2", "1.3"], default = "1.2" }
url = { type = "url", help = "x", list = true, schemes = ["mqtt", "mqtts"], ports = [1883, 8883] }
sub = { type = "filter", help = "x", list = true, short_for = "topic" }
"sub[].topic" = { type = "filter", help = "x", required = true, example = "a" }
"sub[].qos" = { type = "integer", help = "x", min = 0, max = 2, default = 1 }
)";

/// What is wrong with the facts when a rule is added: it begins on line 22.
std::string rule_problems(const std::string& rule) { return culvert::test::facts_problems(head + "\n" + rule); }

/// One limit, and what is said of a node with these options; without what opens every line.
std::string limit(const std::string& keys, const std::string& options) {
  const std::string said =
      check_with(head + "[[limit]]\nwhen = \"plan=free\"\nhelp = \"H\"\n" + keys, options).problems;
  const std::string subject = ": warning: node 'cloud': ";
  const std::size_t at = said.find(subject);
  return at == std::string::npos ? said : said.substr(0, at) + " " + said.substr(at + subject.size());
}

}  // namespace

TEST_CASE("rules: a preset holds below what is given and above the default") {
  const std::string facts = head +
                            "[[preset]]\nwhen = \"plan=free\"\nset = { rate = 10, wait = \"30s\", clean = true }\n"
                            "[[preset]]\nwhen = [\"plan=free\"]\nset = { rate = 5, names = \"a\" }\n";
  Outcome outcome = check_with(facts, "");
  CHECK(outcome.value("rate") == "100");
  CHECK(outcome.value("clean") == "(none)");
  outcome = check_with(facts, "plan = 'free'\nwait = '2s'\n");
  CHECK(outcome.problems.empty());
  // Of two that hold the first counts.
  CHECK(outcome.value("rate") == "10");
  CHECK(outcome.value("clean") == "true");
  CHECK(outcome.value("wait") == "2000000000");
  CHECK(outcome.value("names[0]") == "a");
  CHECK_FALSE(outcome.settings.is_given("rate"));
  CHECK(outcome.settings.is_given("wait"));
}

TEST_CASE("rules: a limit counts values, levels, bytes and characters, and names place, measure, bound and help") {
  const std::string free = "plan = 'free'\n";
  CHECK(limit("of = \"count:names\"\nmax = 2\n", free + "names = ['a', 'b']\n").empty());
  CHECK(limit("of = \"count:names\"\nmax = 2\n", "names = ['a', 'b', 'c']\n").empty());
  CHECK(limit("of = \"count:names\"\nmax = 2\n", free + "names = ['a', 'b', 'c']\n") ==
        "edge.toml:2:9 option 'names' has 3 values, plan = 'free' allows at most 2: H");
  CHECK(limit("of = \"count:sub\"\nmax = 1\n", free + "sub = ['a', { topic = 'b' }]\n") ==
        "edge.toml:2:7 option 'sub' has 2 values, plan = 'free' allows at most 1: H");
  CHECK(limit("of = \"levels:sub[].topic\"\nmax = 3\n", free + "sub = ['a/b/#', '$share/g/a/b/c']\n").empty());
  CHECK(limit("of = \"levels:sub[].topic\"\nmax = 3\n", free + "sub = ['a/b', '$share/g/a/b/c/#']\n") ==
        "edge.toml:2:15 option 'sub[1].topic' has 4 levels, plan = 'free' allows at most 3: H");
  CHECK(limit("of = \"bytes:id\"\nmax = \"4B\"\n", free + "id = 'äöü'\n") ==
        "edge.toml:2:6 option 'id' has 6 bytes, plan = 'free' allows at most 4B: H");
  CHECK(limit("of = \"characters:id\"\nmax = 3\n", free + "id = 'äöü'\n").empty());
  CHECK(limit("of = \"characters:id\"\nmin = 2\nmax = 3\n", free + "id = 'a'\n") ==
        "edge.toml:2:6 option 'id' has 1 character, plan = 'free' allows 2 to 3: H");
  CHECK(limit("of = \"bytes:names\"\nmax = \"1B\"\n", free + "names = ['a', 'bc']\n") ==
        "edge.toml:2:15 option 'names[1]' has 2 bytes, plan = 'free' allows at most 1B: H");
}

TEST_CASE("rules: a limit compares values and schemes; of a default it is said where its condition is") {
  const std::string free = "plan = 'free'\n";
  CHECK(limit("of = \"value:wait\"\nmin = \"5s\"\n", free + "wait = '2500ms'\n") ==
        "edge.toml:2:8 option 'wait' is 2500ms, plan = 'free' allows at least 5s: H");
  CHECK(limit("of = \"value:wait\"\nmin = \"5s\"\nmax = \"60s\"\n", free).empty());
  CHECK(limit("of = \"value:wait\"\nmin = \"61s\"\n", free) ==
        "edge.toml:1:8 option 'wait' is 1m, plan = 'free' allows at least 61s: H");
  CHECK(limit("of = \"value:sub[].qos\"\nmax = 1\n", free + "sub = [{ topic = 'a', qos = 2 }, 'b']\n") ==
        "edge.toml:2:29 option 'sub[0].qos' is 2, plan = 'free' allows at most 1: H");
  CHECK(limit("of = \"scheme:url\"\nvalues = [\"mqtts\"]\n", free + "url = ['mqtts://a', 'mqtt://b']\n") ==
        "edge.toml:2:21 option 'url[1]' has the scheme 'mqtt', plan = 'free' allows only 'mqtts': H");
  CHECK(check_with(head + "[[limit]]\nof = \"count:names\"\nmax = 0\nhelp = \"H\"\n", "names = 'a'\n").problems ==
        "edge.toml:1:9: warning: node 'cloud': option 'names' has 1 value, the plugin allows at most 0: H");
}

TEST_CASE("rules: a warning comes when all of its conditions hold, at the first that is given") {
  const std::string facts = head + "[[warn]]\nwhen = [\"clean=true\", \"sub[].qos=1|2\", \"wait=1m\"]\ntext = \"T\"\n";
  CHECK(check_with(facts, "sub = 'a'\nclean = true\n").problems == "edge.toml:2:9: warning: node 'cloud': T");
  CHECK(check_with(facts, "sub = [{ topic = 'a', qos = 0 }, 'b']\nclean = true\n").problems ==
        "edge.toml:2:9: warning: node 'cloud': T");
  CHECK(check_with(facts, "sub = [{ topic = 'a', qos = 0 }]\nclean = true\n").problems.empty());
  CHECK(check_with(facts, "sub = 'a'\n").problems.empty());
  CHECK(check_with(facts, "sub = 'a'\nclean = true\nwait = '2m'\n").problems.empty());
  CHECK(check_with(facts, "sub = 'a'\nclean = true\nwait = '60s'\n").problems ==
        "edge.toml:2:9: warning: node 'cloud': T");
  const std::string other = head + "[[warn]]\nwhen = [\"plan=paid\", \"sub[].qos=1|2\"]\ntext = \"T\"\n";
  CHECK(check_with(other, "clean = true\nsub = ['a']\n").problems == "edge.toml:2:7: warning: node 'cloud': T");
  CHECK(check_with(head + "[[warn]]\nwhen = \"plan=paid\"\ntext = \"T\"\n", "").problems ==
        "edge.toml:9:7: warning: node 'cloud': T");
}

TEST_CASE(
    "rules: an option that may not be above another is refused where it is, by amount or by order of the choice") {
  std::string facts = head;
  facts.replace(facts.find("default = \"1m\""), 0, "not_above = \"most\", ");
  CHECK(check_with(facts, "wait = '5m'\n").problems.empty());
  CHECK(check_with(facts, "wait = '6m'\n").problems ==
        "edge.toml:1:8: node 'cloud': option 'wait' is 6m, above 'most', which is 5m");
  CHECK(check_with(facts, "most = '30s'\n").problems ==
        "edge.toml:1:8: node 'cloud': option 'most' is 30s, below 'wait', which is 1m");
  CHECK(check_with(facts, "most = 5\nwait = '6m'\n").problems.find("above") == std::string::npos);
  const std::string versions =
      head + "new = { type = \"choice\", help = \"x\", values = [\"1.2\", \"1.3\"], not_above = \"old\" }\n";
  CHECK(check_with(versions, "new = '1.3'\n").problems ==
        "edge.toml:1:7: node 'cloud': option 'new' is 1.3, above 'old', which is 1.2");
  CHECK(check_with(versions, "new = '1.3'\nold = '1.3'\n").problems.empty());
}

TEST_CASE("rules: a rule that names an option or a value that is none is refused") {
  const std::string at = "demo.so:2";
  CHECK(rule_problems("[[warn]]\nwhen = \"plam=free\"\ntext = \"T\"\n") ==
        at + "3:8: facts: warn: 'when' names the option 'plam', which is not there");
  CHECK(rule_problems("[[warn]]\nwhen = [\"clean=true\", \"plan=fre\"]\ntext = \"T\"\n") ==
        at + "3:8: facts: warn: 'when' names the value 'fre', which option 'plan' never has");
  CHECK(rule_problems("[[warn]]\nwhen = \"sub[].qos=3\"\ntext = \"T\"\n") ==
        at + "3:8: facts: warn: 'when' names the value '3', which option 'sub[].qos' never has");
  CHECK(rule_problems("[[warn]]\nwhen = \"sub=a\"\ntext = \"T\"\n") ==
        at + "3:8: facts: warn: 'when' names the option 'sub', which must be of plain values that may be shown");
  CHECK(rule_problems("[[warn]]\nwhen = \"rate~1\"\ntext = \"T\"\n") ==
        at + "3:8: facts: warn: 'when' has a pattern for the option 'rate', which is no text");
  CHECK(rule_problems("[[warn]]\nwhen = \"key=a\"\ntext = \"T\"\n") ==
        at + "3:8: facts: warn: 'when' names the option 'key', which must be of plain values that may be shown");
  CHECK(rule_problems("[[warn]]\ntext = \"T\"\n") ==
        at + "2:1: facts: warn: 'when' is missing: what always holds is no combination");
  CHECK(rule_problems("[[warn]]\nwhen = \"plan=free\"\ntxt = \"T\"\n") ==
        at + "2:1: facts: warn: 'text' is missing\n" + at +
            "4:1: facts: warn: unknown key 'txt', did you mean 'text'?");
  CHECK(rule_problems("[[warn]]\nwhen = 5\ntext = \"T\"\n") ==
        at + "3:8: facts: warn: 'when' must be an option and its values, such as 'format=text|pretty', "
             "'OPTION~PATTERN' or 'OPTION!~PATTERN', or 'OPTION' or '!OPTION' alone, got 5");
  CHECK(rule_problems("warn = 5\n") == "demo.so:22:1: facts: option 'warn' must be a table, got 5");
}

TEST_CASE("rules: a limit that can not be measured is refused") {
  const std::string at = "demo.so:2";
  const auto said = [](const std::string& keys) { return rule_problems("[[limit]]\nhelp = \"H\"\n" + keys); };
  CHECK(said("of = \"speed\"\nmax = 1\n").starts_with(at + "4:6: facts: limit: 'of' must be 'count:', 'levels:', "));
  CHECK(said("of = \"count\"\nmax = 1\n").ends_with("or 'rate', 'levels', 'bytes' or 'qos' alone, got 'count'"));
  CHECK(said("of = \"count:name\"\nmax = 1\n") ==
        at + "4:6: facts: limit: 'of' names the option 'name', which is not there");
  CHECK(said("of = \"count:id\"\nmax = 1\n") ==
        at + "4:6: facts: limit: 'of' 'count:id': string options have no such measure");
  CHECK(said("of = \"levels:sub\"\nmax = 1\n") ==
        at + "4:6: facts: limit: 'of' 'levels:sub': filter options that are lists have no such measure");
  CHECK(said("of = \"value:wait\"\nmax = 1\n") == at + "5:7: facts: limit: 'max' is no bound for that: '1'");
  CHECK(said("of = \"bytes:id\"\nmax = 10\n") == at + "5:7: facts: limit: 'max' is no bound for that: '10'");
  CHECK(said("of = \"rate\"\n") == at + "4:6: facts: limit: 'of' needs 'min' or 'max'; 'values' are for a scheme");
  CHECK(said("of = \"scheme:url\"\nmax = 1\n") ==
        at + "4:6: facts: limit: 'of' needs 'values', and nothing else, for a scheme");
  CHECK(said("of = \"scheme:url\"\nvalues = [\"http\"]\n") ==
        at + "5:10: facts: limit: 'values' names the scheme 'http', which 'url' never has");
  CHECK(said("of = \"rate\"\nmax_option = \"wait\"\n") ==
        at + "5:14: facts: limit: 'max_option' must name an integer or a number that bounds a 'rate', got 'wait'");
  CHECK(said("of = \"rate\"\nmax_option = \"rate\"\n").empty());
}

TEST_CASE("rules: a preset sets options that can be preset, to values that they can have") {
  const std::string at = "demo.so:2";
  const auto said = [](const std::string& keys) { return rule_problems("[[preset]]\n" + keys); };
  CHECK(said("when = \"plan=free\"\nset = { rate = -1 }\n") ==
        at + "4:16: facts: preset: 'set': option 'rate' must be at least 0, got -1");
  CHECK(said("when = \"plan=free\"\nset = { rote = 1 }\n") ==
        at + "4:9: facts: preset: 'set': option 'rote' is none that can be preset");
  CHECK(said("when = \"plan=free\"\nset = { \"sub[].qos\" = 1 }\n") ==
        at + "4:9: facts: preset: 'set': option 'sub[].qos' is none that can be preset");
  CHECK(said("when = \"plan=free\"\nset = 1\n") ==
        at + "4:7: facts: preset: 'set' must be a table of options and their values");
  CHECK(said("set = { rate = 1 }\n") == at + "2:1: facts: preset: 'when' is missing: what always holds is a default");
  CHECK(said("when = \"rate=1\"\nset = { rate = 2 }\n") ==
        at + "2:1: facts: 'preset' depends on the option 'rate', which one sets");
  CHECK(said("when = \"sub[].qos=1\"\nset = { rate = 2 }\n") ==
        at + "2:1: facts: 'preset' depends on the option 'sub[].qos', which is of a list");
}

TEST_CASE("rules: what paces a source is one of its durations") {
  const std::string source =
      "id = \"s\"\nversion = \"1\"\nsummary = \"x\"\nroles = [\"source\"]\nemits = [\"record\"]\npaces = \"every\"\n";
  const auto said = [](const std::string& text) {
    Problems problems;
    culvert::plugin::parse_facts(text, "demo.so", problems);
    return problems.sorted().empty() ? std::string{} : to_string(problems.sorted().front());
  };
  CHECK(said(source + "[option.every]\ntype = \"duration\"\nhelp = \"x\"\n").empty());
  CHECK(said(source) == "demo.so:6:9: facts: 'paces' names the option 'every', which must be one duration");
  CHECK(said(source + "[option.every]\ntype = \"integer\"\nhelp = \"x\"\n").ends_with("which must be one duration"));
  CHECK(rule_problems("").empty());
  CHECK(said("paces = \"wait\"\n" + head) == "demo.so:1:9: facts: 'paces' is for a source");
}

TEST_CASE("rules: a description shows presets beside defaults, and limits and warnings under what they depend on") {
  const std::string facts_text = head +
                                 "[[preset]]\nwhen = \"plan=free\"\nset = { rate = 10, wait = \"30s\" }\n"
                                 "[[limit]]\nwhen = \"plan=free\"\nof = \"rate\"\nmax = 10\nhelp = \"Slow down\"\n"
                                 "[[limit]]\nwhen = \"plan=free\"\nof = \"count:sub\"\nmax = 5\nhelp = \"Join some\"\n"
                                 "[[limit]]\nof = \"bytes\"\nmax = \"1MiB\"\nhelp = \"Too large\"\n"
                                 "[[refuse]]\nwhen = [\"id\", \"!key\"]\ntext = \"Locked\"\n"
                                 "[[warn]]\nwhen = [\"clean=true\", \"sub[].qos=1|2\"]\ntext = \"Lost\"\n";
  Problems problems;
  const auto facts = culvert::plugin::parse_facts(facts_text, "demo.so", problems);
  REQUIRE(facts.has_value());
  const std::string text = culvert::plugin::describe({"demo.so", *facts, facts_text});
  CHECK(text.find("      default   100\n      preset    10 with plan = 'free'\n") != std::string::npos);
  CHECK(text.find("      default   \"1m\"\n      preset    \"30s\" with plan = 'free'\n") != std::string::npos);
  CHECK(
      text.ends_with("\nLimits that check warns of, with plan = 'free':\n"
                     "\n  what routes bring: at most 10 messages/s\n      Slow down\n"
                     "\n  sub: at most 5 values\n      Join some\n"
                     "\nLimits that check warns of, always:\n"
                     "\n  batches that routes bring: at most 1MiB\n      Too large\n"
                     "\nCombinations that check warns of:\n"
                     "\n  clean = true and sub[].qos = 1 or 2\n      Lost\n"
                     "\nCombinations that check refuses:\n"
                     "\n  a 'id' and no 'key'\n      Locked\n"));
}

TEST_CASE("rules: a condition may ask whether an option has any value, or none; of a list any element is one") {
  const std::string facts = head + "[[refuse]]\nwhen = [\"id\", \"!names\", \"sub\", \"!key\"]\ntext = \"T\"\n";
  const std::string met = "id = 'a'\nsub = 'a'\n";
  CHECK(check_with(facts, met).problems == "edge.toml:1:6: node 'cloud': T");
  CHECK(check_with(facts, met + "names = 'a'\n").problems.empty());
  CHECK(check_with(facts, met + "key = { env = 'PATH' }\n").problems.empty());
  CHECK(check_with(facts, "id = 'a'\n").problems.empty());
  CHECK(check_with(facts, "sub = 'a'\n").problems.empty());
  CHECK(rule_problems("[[refuse]]\nwhen = \"!nme\"\ntext = \"T\"\n") ==
        "demo.so:23:8: facts: refuse: 'when' names the option 'nme', which is not there");
}

TEST_CASE("rules: an option may be of use only with, or without, another that has any value") {
  const std::string facts = head +
                            "a = { type = \"string\", help = \"x\", when = \"!b\" }\n"
                            "b = { type = \"integer\", help = \"x\" }\n"
                            "c = { type = \"bool\", help = \"x\", when = \"names\", required = true }\n";
  CHECK(check_with(facts, "a = 'x'\n").problems.empty());
  CHECK(check_with(facts, "a = 'x'\nb = 1\n").problems ==
        "edge.toml:1:1: node 'cloud': option 'a' is of use only without 'b'");
  CHECK(check_with(facts, "a = 'x'\nb = 'y'\n").problems.find("without") == std::string::npos);
  CHECK(check_with(facts, "c = true\n").problems ==
        "edge.toml:1:1: node 'cloud': option 'c' is of use only together with 'names'");
  CHECK(check_with(facts, "names = 'x'\n").problems ==
        "edge.toml:9:7: node 'cloud': option 'c' is missing, which names needs");
  CHECK(check_with(facts, "names = 'x'\nc = true\n").problems.empty());
}
