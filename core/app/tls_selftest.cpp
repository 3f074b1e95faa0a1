// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/plugin/registry.hpp"

#include <culvert/plugin.h>

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace culvert {
namespace {

using Json = nlohmann::ordered_json;

struct Word {
  const char* text;  ///< as a person reads it
  const char* key;   ///< in JSON
};
/// By the numbers of CULVERT_SELFTEST_OK and its neighbours.
constexpr std::array<Word, 3> verdicts{{{"OK", "ok"}, {"failed", "failed"}, {"not run", "not_run"}}};

std::string string_of(culvert_text text) {
  return text.size == 0 ? std::string{} : std::string{text.data, static_cast<std::size_t>(text.size)};
}

/// What one plugin said. An answer that a later version may know counts as a failure here.
class Sheet {
 public:
  explicit Sheet(bool is_aloud) : is_aloud_{is_aloud} {}

  void add(const culvert_selftest_case& one) {
    const std::size_t verdict = one.verdict < verdicts.size() ? one.verdict : uint32_t{CULVERT_SELFTEST_FAILED};
    const std::string name = string_of(one.name), tried = string_of(one.tried);
    const std::string expected = string_of(one.expected), happened = string_of(one.happened);
    ++counts_.at(verdict);
    cases_.push_back({{"case", name},
                      {"verdict", verdicts.at(verdict).key},
                      {"tried", tried},
                      {"expected", expected},
                      {"happened", happened}});
    if (!is_aloud_) { return; }
    std::printf("%-8s %s: %s: must be %s; %s\n", verdicts.at(verdict).text, name.c_str(), tried.c_str(),
                expected.c_str(), happened.c_str());
  }

  /// At least one case, and none that failed.
  bool passed() const { return counts_.at(CULVERT_SELFTEST_FAILED) == 0 && counts_.at(CULVERT_SELFTEST_OK) > 0; }
  std::string summary() const {
    std::string text;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(counts_.at(i)) + " " + verdicts.at(i).text;
    }
    return text;
  }
  Json take_json() {
    Json json;
    for (std::size_t i = 0; i < verdicts.size(); ++i) { json[verdicts.at(i).key] = counts_.at(i); }
    json["cases"] = std::move(cases_);
    return json;
  }

 private:
  bool is_aloud_;
  std::array<int, verdicts.size()> counts_{};
  Json cases_ = Json::array();
};

/// Answers whether all held; `ret_json` gets what is to be said in JSON.
bool run_one(const culvert_tls_selftest_v1& selftest, const plugin::Found& found, bool as_json, Json& ret_json) {
  const std::string library = string_of(selftest.library());
  if (!as_json) {
    std::printf("plugin '%s' in '%s', %s\n", found.facts.id.c_str(), found.path.c_str(), library.c_str());
  }
  Sheet sheet{!as_json};
  // No exception may go through the plugin: one for want of memory ends the process.
  const auto note = [](void* context, const culvert_selftest_case* one) noexcept {
    static_cast<Sheet*>(context)->add(*one);
  };
  const culvert_status status = selftest.run(&sheet, note);
  if (status != CULVERT_OK) {
    std::fprintf(stderr, "culvert: the selftest of plugin '%s' could not go on\n", found.facts.id.c_str());
  }
  if (!as_json) { std::printf("%s\n", sheet.summary().c_str()); }
  const bool passed = status == CULVERT_OK && sheet.passed();
  ret_json = {{"plugin", found.facts.id}, {"file", found.path}, {"library", library}, {"passed", passed}};
  ret_json.update(sheet.take_json());
  return passed;
}

const culvert_tls_selftest_v1* selftest_of(const culvert_descriptor& descriptor) {
  if (descriptor.get_extension == nullptr) { return nullptr; }
  return static_cast<const culvert_tls_selftest_v1*>(descriptor.get_extension(CULVERT_EXT_TLS_SELFTEST));
}

}  // namespace

int tls_selftest_command(const std::vector<std::string>& folders, bool as_json) {
  plugin::Registry registry{folders.empty() ? plugin::default_plugin_path() : folders};
  bool passed = true;
  Json said = Json::array();
  // A file that cannot be loaded here may be the one that was meant, so it is no pass.
  const auto refuse = [&passed](const std::string& why) {
    std::fprintf(stderr, "culvert: %s\n", why.c_str());
    passed = false;
  };
  for (const auto& [path, why] : registry.broken()) { refuse(why); }
  for (const plugin::Found* found : registry.all()) {
    try {
      const auto* selftest = selftest_of(*registry.load(found->facts.id).descriptor);
      if (selftest == nullptr) { continue; }
      Json json;
      passed = run_one(*selftest, *found, as_json, json) && passed;
      said.push_back(std::move(json));
    } catch (const std::exception& error) { refuse(error.what()); }
  }
  if (as_json) { std::printf("%s\n", said.dump(2, ' ', false, Json::error_handler_t::replace).c_str()); }
  if (said.empty() && passed) {
    std::fprintf(stderr, "culvert: no plugin here has rules for TLS\n");
    return exit_unavailable;
  }
  return passed ? exit_done : exit_failed;
}

}  // namespace culvert
