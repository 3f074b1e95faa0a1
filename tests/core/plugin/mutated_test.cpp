// SPDX-License-Identifier: MIT
#include "core/plugin/describe.hpp"
#include "tests/core/plugin/checked.hpp"
#include "tests/fuzz/mutate.hpp"

using namespace culvert;

namespace {

const std::string whole = R"(id = "demo"
version = "1"
summary = "x"
roles = ["source", "sink"]
emits = ["record"]
accepts = ["payload"]
paces = "wait"
[option]
plan = { type = "choice", help = "x", values = ["free", "paid"], default = "paid" }
clean = { type = "bool", help = "x", when = "plan=free" }
rate = { type = "number", help = "x", default = 1 }
wait = { type = "duration", help = "x", default = "1m", not_above = "most" }
most = { type = "duration", help = "x", default = "5m" }
room = { type = "size", help = "x" }
id = { type = "string", help = "x", unique_with = ["url"], content = "regex", groups = 1 }
url = { type = "url", help = "x", list = true, schemes = ["a", "b"], ports = [1, 2] }
sub = { type = "filter", help = "x", list = true, short_for = "topic" }
"sub[].topic" = { type = "filter", help = "x", required = true }
"sub[].qos" = { type = "integer", help = "x", min = 0, max = 2, default = 1 }
[[preset]]
when = "plan=free"
set = { rate = 2, most = "2m" }
[[limit]]
when = ["plan=free", "sub[].qos=1|2"]
of = "count:sub"
max = 1
help = "x"
[[limit]]
of = "levels:sub[].topic"
min = 1
max = 2
help = "x"
[[limit]]
of = "value:wait"
max = "10s"
help = "x"
[[limit]]
of = "scheme:url"
values = ["b"]
help = "x"
[[limit]]
of = "rate"
max_option = "rate"
help = "x"
[[warn]]
when = ["clean=true", "sub[].qos=1|2"]
text = "x"
)";

const std::string options =
    "plan = 'free'\nid = '(a)'\nclean = true\nurl = ['a://x', 'b://y']\nwait = '20s'\nroom = '5KiB'\nsub = ['a/b/c', "
    "{ topic = 'd', qos = 2 }]\n";

const std::vector<std::string_view> telling{
    "when",   "of",   "max",    "min",       "values", "max_option", "set",       "plan=free",  "count:",
    "value:", "rate", "levels", "sub[].qos", "sub",    "wait",       "[[limit]]", "[[preset]]", "[[warn]]",
    "=",      "|",    "\"",     "[]",        "[].",    "true",       "1e999",
};

/// Whether they are facts; those are put to use.
bool check(const std::string& text, const config::Node& node) {
  config::Problems problems;
  const auto facts = plugin::parse_facts(text, "demo.so", problems);
  CHECK(facts.has_value() == !problems.has_errors());
  if (!facts) { return false; }
  plugin::check_options(node, *facts, problems, "");
  plugin::describe({"demo.so", *facts, text});
  return true;
}

}  // namespace

TEST_CASE("facts: mutated ones are refused, or can be used to check and describe a node") {
  config::Problems problems;
  config::Node node;
  node.name = "cloud";
  node.options = *config::parse_toml(options, "edge.toml", problems)->as<config::Table>();
  REQUIRE(check(whole, node));
  Mutator mutator{1, telling};
  // Each takes some 20 times as long as a mutated frame.
  const int runs = fuzz_runs() / 20;
  int taken = 0;
  for (int i = 0; i < runs; ++i) {
    std::string text = whole;
    mutator.mutate(text);
    taken += check(text, node) ? 1 : 0;
  }
  MESSAGE(runs << " mutated facts, of which " << taken << " were still some");
  CHECK(taken < runs);
}
