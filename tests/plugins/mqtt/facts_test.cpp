// SPDX-License-Identifier: MIT
// The facts as the built plugin carries them, against what its code and its page know.
#include "core/plugin/facts.hpp"

#include "tls_suites.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

using culvert::plugin::Facts;

namespace {

Facts facts_of(const std::string& path) {
  const auto notes = culvert::plugin::read_facts_notes(path);
  REQUIRE(notes.size() == 1);
  culvert::config::Problems problems;
  auto facts = culvert::plugin::parse_facts(notes[0], path, problems);
  REQUIRE(facts.has_value());
  return *facts;
}

}  // namespace

TEST_CASE("facts: tls.ciphers takes the suites that the connector knows, and no others") {
  using namespace culvert::mqtt;
  const Facts facts = facts_of(CULVERT_MQTT_PLUGIN);
  const std::vector<std::string>& values = facts.find("tls.ciphers")->values;
  for (const std::string& name : values) {
    CAPTURE(name);
    CHECK(choose_suites({&name, 1}, TlsVersion::v1_2, TlsVersion::v1_3).size() == 1);
  }
  const auto has = [&](std::string_view name) { return std::find(values.begin(), values.end(), name) != values.end(); };
  std::size_t known = 0;
  for (unsigned id = 0; id <= 0xffff; ++id) {
    const TlsSuite* suite = find_suite(static_cast<std::uint16_t>(id));
    if (suite == nullptr) { continue; }
    CAPTURE(suite->name);
    CHECK(has(suite->name));
    CHECK(has(suite->iana_name));
    ++known;
  }
  CHECK(known > 8);
}

TEST_CASE("facts: every option is on the plugin's page") {
  std::ifstream file{CULVERT_MQTT_README};
  const std::string page{std::istreambuf_iterator<char>{file}, {}};
  REQUIRE(!page.empty());
  for (const auto& option : facts_of(CULVERT_MQTT_PLUGIN).options) {
    CAPTURE(option.name);
    const std::string table = option.name.substr(0, option.name.find_first_of(".["));
    const std::string last = option.name.substr(option.name.rfind('.') + 1);
    // By its name, or by its table with its key: `will`, a table of `topic`.
    const bool is_named = page.find("`" + option.name + "`") != std::string::npos;
    const bool is_in_table =
        page.find("`" + table + "`") != std::string::npos && page.find("`" + last + "`") != std::string::npos;
    CHECK((is_named || is_in_table));
  }
}
