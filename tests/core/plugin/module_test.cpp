// SPDX-License-Identifier: MIT
#include "core/plugin/module.hpp"

#include "core/plugin/describe.hpp"
#include "core/plugin/install_paths.hpp"
#include "core/plugin/registry.hpp"
#include "tests/core/plugin/folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

using culvert::plugin::Registry;
using culvert::test::Folder;

namespace {

const std::string fixtures = CULVERT_FIXTURES;
const std::string bad = fixtures + "/bad";

/// What loading a plugin says.
std::string refusal(Registry& registry, std::string_view id) {
  try {
    registry.load(id);
  } catch (const std::runtime_error& error) { return error.what(); }
  return "loaded";
}

/// The same for a fixture with something wrong, of which no code may have run.
std::string refusal_of(const std::string& id) {
  ::unsetenv("CULVERT_FIXTURE_RAN");
  Registry registry{{bad}};
  const std::string text = refusal(registry, id);
  const std::string start = "'" + bad + "/" + id + ".so' ";
  CHECK(text.starts_with(start));
  CHECK(text.find('\n') == std::string::npos);
  return text.substr(std::min(start.size(), text.size()));
}

bool ran() { return std::getenv("CULVERT_FIXTURE_RAN") != nullptr; }

}  // namespace

TEST_CASE("registry: plugins are found in folders and in the folders below them") {
  const Registry registry{{fixtures}};
  REQUIRE(registry.find("shout") != nullptr);
  CHECK(registry.find("shout")->path == fixtures + "/shout.so");
  CHECK(registry.find("older")->path == bad + "/older.so");
  CHECK(registry.find("first")->path == registry.find("second")->path);
  CHECK(registry.find("nothing") == nullptr);
  const auto ids = registry.ids();
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(ids.size() == registry.all().size());
}

TEST_CASE("registry: the first folder that has a plugin wins") {
  const Folder folder;
  std::filesystem::copy_file(fixtures + "/shout.so", folder.path("mine.so"));
  CHECK(Registry{{folder.path(), fixtures}}.find("shout")->path == folder.path("mine.so"));
  CHECK(Registry{{fixtures, folder.path()}}.find("shout")->path == fixtures + "/shout.so");
}

TEST_CASE("registry: what is broken is kept with its reason and said to who asks for it") {
  const Folder folder;
  folder.write("note.so", "not a plugin");
  folder.write("deep/readme.txt", "no plugin at all");
  const Registry registry{{folder.path(), folder.path("absent"), bad}};
  CHECK(registry.broken()[0].first == folder.path("note.so"));
  CHECK(registry.broken()[0].second == "'" + folder.path("note.so") + "' is not an ELF file");
  CHECK(registry.broken()[1].second == "'" + folder.path("absent") + "' cannot be read: No such file or directory");
  CHECK(registry.why_missing("note") == "plugin 'note': '" + folder.path("note.so") + "' is not an ELF file");
  CHECK(registry.why_missing("oldre").ends_with("'" + bad + "', did you mean 'older'?"));
  const std::string usual = bad.substr(0, bad.rfind('/'));
  CHECK(Registry{{folder.path()}, {usual}}.why_missing("slow") == "there is no plugin 'slow' in '" + folder.path() +
                                                                      "', 'plugin_path' replaces the usual folder '" +
                                                                      usual + "'");
  CHECK(registry.why_missing("broken_facts") ==
        "plugin 'broken_facts': " + bad + "/broken_facts.so:1:1: facts: 'roles' is missing (and 1 more)");
}

TEST_CASE("registry: a plugin that is loaded twice is the same") {
  Registry registry{{fixtures}};
  const auto shout = registry.load("shout");
  CHECK(shout.descriptor == registry.load("shout").descriptor);
  CHECK(shout.facts == &registry.find("shout")->facts);
  CHECK((shout.descriptor->process != nullptr));
  CHECK((shout.descriptor->poll == nullptr));
}

TEST_CASE("registry: every good fixture loads, in C and in C++") {
  Registry registry{{fixtures}};
  for (const char* id : {"first", "lines_c", "reject", "relay_transform", "second", "shout", "slow", "stuck", "swallow",
                         "thrower", "tokens", "unruly"}) {
    CHECK(refusal(registry, id) == "loaded");
  }
}

TEST_CASE("registry: each plugin of an object gets its own descriptor") {
  Registry registry{{fixtures}};
  CHECK(std::string_view{registry.load("first").descriptor->facts}.starts_with("id = 'first'"));
  CHECK(std::string_view{registry.load("second").descriptor->facts}.starts_with("id = 'second'"));
}

TEST_CASE("registry: a descriptor of an older minor version is filled up with nothing") {
  Registry registry{{bad}};
  const auto older = registry.load("older");
  CHECK(older.descriptor->size == sizeof(culvert_descriptor));
  CHECK((older.descriptor->process != nullptr));
  CHECK((older.descriptor->flush == nullptr));
  CHECK((older.descriptor->get_extension == nullptr));
}

TEST_CASE("registry: a plugin for a newer or another ABI is refused before any of its code runs") {
  CHECK(refusal_of("too_new") == "was built for ABI 1.3, this culvert has 1.0");
  CHECK_FALSE(ran());
  CHECK(refusal_of("next_major") == "was built for ABI 2, this culvert has 1.0");
  CHECK_FALSE(ran());
  CHECK(refusal_of("hidden") == "does not export 'culvert_module_v1'");
  CHECK_FALSE(ran());
}

TEST_CASE("registry: an undefined symbol is named") {
  CHECK(refusal_of("undefined") == "needs the symbol 'culvert_fixture_is_nowhere', which nothing provides");
  CHECK_FALSE(ran());
}

TEST_CASE("registry: a descriptor that lacks something is refused") {
  CHECK(refusal_of("shorter").starts_with("has a descriptor of "));
  CHECK(refusal_of("no_create") == "has no function 'create' of plugin 'no_create'");
  CHECK(refusal_of("no_process") == "has no function 'process' of plugin 'no_process', which takes messages");
}

TEST_CASE("registry: facts that differ from the note are refused, and the field is named") {
  CHECK(refusal_of("other_facts") == "has facts that differ from its note in 'version': '1.0' and '1.1'");
}

TEST_CASE("registry: a plugin for another processor can be read but not loaded") {
  const Folder folder;
  std::string object = culvert::test::read(fixtures + "/shout.so");
  object[18] = static_cast<char>(object[18] == '\x3e' ? 183 : 62);
  object[19] = 0;
  folder.write("shout.so", object);
  Registry registry{{folder.path()}};
  REQUIRE(registry.find("shout") != nullptr);
  const std::string text = refusal(registry, "shout");
#ifdef __x86_64__
  CHECK(text == "'" + folder.path("shout.so") + "' is for AArch64, this is x86-64");
#endif
  CHECK(text.find("' is for ") != std::string::npos);
}

TEST_CASE("facts: a difference is named by its field, else by its line") {
  using culvert::plugin::first_difference;
  CHECK(first_difference("a = 1\nb.c = [1, 2]", "a = 1\nb.c = [1, 3]") == "'b.c[1]': '2' and '3'");
  CHECK(first_difference("a = 1", "a = 1\nb = 2") == "'b': nothing and '2'");
  CHECK(first_difference("a = 1\nb = 2", "a = 1") == "'b': '2' and nothing");
  CHECK(first_difference("a = 1\nb = 2", "a = 1\nb  = 2") == "line 2");
  CHECK(first_difference("a = 1\n=", "a = 1\n?") == "line 2");
}

TEST_CASE("plugin path: a build folder is known by its shape, else it is relative to the program") {
  const Folder folder;
  std::filesystem::create_directories(folder.path("core/app"));
  CHECK(culvert::plugin::plugin_folder_for(folder.path("core/app/culvert")) != folder.path("plugins"));
  std::filesystem::create_directories(folder.path("plugins"));
  CHECK(culvert::plugin::plugin_folder_for(folder.path("core/app/culvert")) == folder.path("plugins"));
  const std::string installed = culvert::plugin::plugin_folder_for("/opt/moved/bin/culvert");
  CHECK(installed.starts_with("/opt/moved/"));
  CHECK(installed.ends_with("/culvert/plugins"));
  CHECK(culvert::plugin::verifier_for("/nowhere/bin/culvert").empty());
}

TEST_CASE("inspect: the list has a line for each plugin and says what is not usable") {
  const std::string text = culvert::plugin::describe_all(Registry{{fixtures}});
  CHECK(text.find("\nshout            1.0  transform  Writes payloads in capitals\n") != std::string::npos);
  CHECK(text.find("Not usable:\n") != std::string::npos);
  CHECK(text.find("no_facts.so' has no Culvert facts") != std::string::npos);
}

TEST_CASE("inspect: one plugin is told with all that its options declare") {
  const std::string text = culvert::plugin::describe(*Registry{{fixtures}}.find("slow"));
  CHECK(text == "slow 1.0\n  Takes its time for each message\n\n  file      " + fixtures +
                    "/slow.so\n  roles     sink\n  accepts   record, payload\n"
                    "  needs     does not say: isolated, it gets all but what no plugin needs\n\nOptions:\n\n"
                    "  delay  (duration)\n      How long each message takes\n      range     at least 0s\n"
                    "      default   \"10ms\"\n      example   \"1s\"\n");
  CHECK(culvert::plugin::describe_file(fixtures + "/slow.so") == text);
  CHECK_THROWS_AS(culvert::plugin::describe_file(bad + "/broken_facts.so"), std::runtime_error);
}

TEST_CASE("inspect: what a plugin needs of its box is told, nothing and not said too, and how it uses its paths") {
  const std::string head = "id = 'demo'\nversion = '1'\nsummary = 'x'\nroles = ['sink']\naccepts = ['payload']\n";
  const auto told = [&](const std::string& more) {
    culvert::config::Problems problems;
    const auto facts = culvert::plugin::parse_facts(head + more, "demo.so", problems);
    REQUIRE(facts.has_value());
    return culvert::plugin::describe({"demo.so", *facts, head + more});
  };
  CHECK(told("needs = ['network', 'devices', 'processes']\n").find("\n  needs     network, devices, processes\n") !=
        std::string::npos);
  CHECK(told("needs = []\n").find("\n  needs     nothing\n") != std::string::npos);
  CHECK(told("").find("\n  needs     does not say: isolated, it gets all but what no plugin needs\n") !=
        std::string::npos);
  const std::string option = "[option]\nread = { type = 'path', help = 'x', access = 'read', renewed = true }\n";
  CHECK(
      told(option).ends_with("      access    it is only read\n"
                             "      renewed   another may take its place: isolated, its folder can be read\n"));
}

TEST_CASE("describe: what an option is of use with is shown") {
  const std::string facts_text =
      "id = \"demo\"\nversion = \"1\"\nsummary = \"x\"\nroles = [\"sink\"]\naccepts = [\"payload\"]\n[option]\n"
      "kind = { type = \"choice\", help = \"x\", values = [\"a\", \"b\", \"c\"] }\n"
      "read = { type = \"path\", help = \"The file\", required = true, when = \"kind=a|c\" }\n";
  culvert::config::Problems problems;
  const auto facts = culvert::plugin::parse_facts(facts_text, "demo.so", problems);
  REQUIRE(facts.has_value());
  const std::string text = culvert::plugin::describe({"demo.so", *facts, facts_text});
  CHECK(text.ends_with(
      "  read  (path, required with kind = 'a' or 'c')\n      The file\n      only with kind = 'a' or 'c'\n"));
}
