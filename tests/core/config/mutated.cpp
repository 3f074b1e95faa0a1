// SPDX-License-Identifier: MIT
#include "tests/fuzz/config_fuzz.hpp"
#include "tests/fuzz/mutate.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace {

// Small, so that a million of them take seconds; between them they hold everything that TOML has and the host reads.
constexpr std::array<std::string_view, 8> good{
    "[node.a]\nplugin='x'\n[[route]]\nfrom='a'\nto='a'\n",
    "[runtime]\nname=\"e\"\nmemory=\"8MiB\"\n",
    "[node.a]\nplugin=\"x\"\nt.ca=[1,{b=2}]\n",
    "node.a={plugin='x',n=1.5e3}\n",
    "[node.a]\nplugin='x'\ns=\"\"\"\n\\u00e9\\\n q\"\"\" # é\n",
    "[node.a]\nplugin='x'\nd=2026-11-23T10:00:00Z\nh=0x1F\n",
    "[node.a]\nplugin=\"${CULVERT_TEST_GONE:-x}\"\np=\"$$\"\n",
    "route=[{from='a',to=['a'],linger='5ms'}]\nnode.a.plugin='''x'''\n",
};

const std::vector<std::string_view> telling{
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "#",
    "\n",
    "\r\n",
    "\\",
    "\\u0",
    "\\",
    "$",
    "${",
    "}",
    "[[",
    "]]",
    "-",
    "0x",
    "1e",
    "inf",
    "nan",
    "true",
    "\xFF",
    "é",
    "\xEF\xBB\xBF",
    "a.a.a.a.a",
    "[[[[[[[[",
    "{a={a={a=",
    "node",
    "route",
    "from",
    "1979-05-27",
    "07:32:00",
    "5ms",
    std::string_view{"\0", 1},
};

}  // namespace

TEST_CASE("config: over a million mutated files each is an error with its place or a whole pipeline") {
  for (const std::string_view text : good) { REQUIRE(check_config(text)); }
  Mutator mutator{1, telling};
  const int runs = fuzz_runs();
  int taken = 0;
  std::string text;
  for (int i = 0; i < runs; ++i) {
    text = good[mutator.below(good.size())];
    mutator.mutate(text);
    taken += check_config(text) ? 1 : 0;
  }
  MESSAGE(runs << " mutated files, of which " << taken << " were pipelines");
  CHECK(taken < runs);
}

TEST_CASE("config: every truncation of a good file is an error with its place or a whole pipeline") {
  const std::string text = R"([runtime]
name = "edge-01"
plugin_path = ["plugins"]

[node.boiler]
plugin = "sensor"
interval = "1s"
note = """
two lines, ${HOME:-nobody} and an é"""

[node.cloud]
plugin = 'mqtt'
password = { env = "MQTT_PASSWORD" }
subscribe = ["plant/commands/#", { filter = "x", qos = 1 }]
tls.ca = "ca.crt"

[[route]]
from = "boiler"
to = ["cloud"]
topic = "plant/{runtime}/{node}"
max_bytes = "64KiB"
when_full = "drop_oldest"
)";
  REQUIRE(check_config(text));
  for (std::size_t length = 0; length < text.size(); ++length) { check_config(text.substr(0, length)); }
  for (const std::string_view small : good) {
    for (std::size_t length = 0; length < small.size(); ++length) { check_config(small.substr(0, length)); }
  }
}
