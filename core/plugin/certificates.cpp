// SPDX-License-Identifier: MIT
#include "core/plugin/certificates.hpp"

#include "core/plugin/verifier.hpp"

#include <algorithm>
#include <vector>

namespace culvert::plugin {
namespace {

/// One run of the verifier: which option stands behind each part of its answer.
struct Job {
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> options;  ///< part, option's name
  std::string password;

  void add(const std::string& part, const std::string& option, const std::string& path) {
    arguments.insert(arguments.end(), {"--" + part, path});
    options.emplace_back(part, option);
  }
};

std::string part_of(const std::string& content) {
  if (content == "crl") { return content; }
  return content == "certificates" ? "ca" : "cert";
}

std::vector<Job> jobs_of(const Facts& facts, const Settings& settings) {
  std::vector<Job> jobs;
  std::vector<std::string> matched;
  for (const Option& option : facts.options) {
    matched.push_back(option.matches);
    const std::string* path = settings.find(option.name);
    if (option.content != "private-key" || path == nullptr) { continue; }
    Job job;
    if (!option.matches.empty()) {
      const std::string* certificate = settings.find(option.matches);
      // That one of the two is missing, or no good, was said before.
      if (certificate == nullptr) { continue; }
      job.add("cert", option.matches, *certificate);
    }
    job.add("key", option.name, *path);
    const std::string* password = option.password.empty() ? nullptr : settings.find(option.password);
    if (password != nullptr) { job.password = *password; }
    jobs.push_back(job);
  }
  for (const Option& option : facts.options) {
    const std::string* path = settings.find(option.name);
    if (path == nullptr || option.type != OptionType::file) { continue; }
    if (option.content.empty() || option.content == "private-key") { continue; }
    if (std::find(matched.begin(), matched.end(), option.name) != matched.end()) { continue; }
    Job job;
    job.add(part_of(option.content), option.name, *path);
    jobs.push_back(job);
  }
  return jobs;
}

}  // namespace

void check_certificates(const Facts& facts, const Settings& settings, const Places& places, const std::string& subject,
                        const std::string& verifier, config::Problems& problems) {
  const auto place_of = [&](const std::string& option) {
    const auto place = places.find(option);
    return place == places.end() ? config::Place{} : place->second;
  };
  for (const Job& job : jobs_of(facts, settings)) {
    const std::string& first = job.options.front().second;
    try {
      if (verifier.empty()) { throw VerifierError{"'culvert-verify' is not installed"}; }
      for (const Finding& finding : run_verifier(verifier, job.arguments, job.password)) {
        const auto option = std::find_if(job.options.begin(), job.options.end(),
                                         [&](const auto& one) { return one.first == finding.part; });
        const std::string& name = option == job.options.end() ? first : option->second;
        const std::string text = subject + ": option '" + name + "': " + finding.text;
        finding.is_error ? problems.error(place_of(name), text) : problems.warning(place_of(name), text);
      }
    } catch (const VerifierError& error) {
      problems.warning(place_of(first),
                       subject + ": certificates of option '" + first + "' were not looked into: " + error.what());
      // What keeps one run from working keeps the next one as well.
      return;
    }
  }
}

}  // namespace culvert::plugin
