// SPDX-License-Identifier: MIT
#include "core/runtime/graph.hpp"

#include "tests/core/runtime/checked.hpp"

using namespace culvert;
using namespace culvert::test;

namespace {

CheckedPipeline checked(const std::string& text) {
  config::Problems problems;
  CheckedPipeline made = check_pipeline(config::load_text(text, "edge.toml", problems), plugins(), problems);
  REQUIRE_FALSE(problems.has_errors());
  return made;
}

const std::string nodes =
    "[runtime]\nname = 'box'\n[node.load]\nplugin = 'sensor'\nkind = 'sine'\n[node.screen]\nplugin = 'console'\n"
    "isolate = true\n";

std::vector<std::string> words(const std::string& keys) {
  return words_of(checked(nodes + route("load", "screen", keys)).edges.at(0));
}

}  // namespace

TEST_CASE("graph: a route's words are its filter, what is kept on disk, its batch and what happens when it is full") {
  using Words = std::vector<std::string>;
  CHECK(words("") == Words{"block"});
  CHECK(words("filter = 'a/#'\nwhen_full = 'thin'") == Words{"filter a/#", "thin"});
  CHECK(words("durable = true\nmax_size = '2MiB'") == Words{"durable, 2MiB", "block"});
  CHECK(words("batch = { max = 7, within = '90s' }") == Words{"batch of 7 within 90s", "block"});
  // Nobody waits for it, so that it cannot block.
  CHECK(words("required = false") == Words{"drop_newest", "not required"});
  CHECK(words("required = false\nwhen_full = 'drop_oldest'") == Words{"drop_oldest", "not required"});
}

TEST_CASE("graph: as text each node has its routes below it") {
  const CheckedPipeline box = checked(nodes + route("load", "screen", "filter = 'a/#'"));
  const std::string text =
      "runtime 'box', 2 nodes, 1 route\n\n"
      "load    sensor\n"
      "  -> screen  filter a/#, block\n"
      "screen  console  own process\n";
  CHECK(graph({&box}, GraphFormat::text) == text);
  CHECK(graph({&box, &box}, GraphFormat::text) == text + "\n" + text);
}

TEST_CASE("graph: what a filter holds can end no text of Mermaid's or Graphviz's") {
  const CheckedPipeline box = checked(nodes + route("load", "screen", "filter = 'a\"]\\;%%&amp;<b>`'"));
  const std::string mermaid = graph({&box}, GraphFormat::mermaid);
  CHECK(mermaid.find("|\"filter a#34;#93;#92;#59;#37;#37;#38;amp#59;#60;b#62;#96;<br/>block\"| n0_1\n") !=
        std::string::npos);
  const std::string dot = graph({&box}, GraphFormat::dot);
  CHECK(dot.find("[label = \"filter a\\\"]\\\\;%%&amp;amp;<b>`\\nblock\"]\n") != std::string::npos);
}
