// SPDX-License-Identifier: MIT
#include "core/plugin/certificates.hpp"

#include "core/plugin/verifier.hpp"
#include "tests/core/plugin/folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

using culvert::config::Problems;
using culvert::plugin::Facts;
using culvert::plugin::Option;
using culvert::plugin::OptionType;
using culvert::plugin::Settings;
using culvert::test::Folder;

namespace {

Option file_option(const std::string& name, const std::string& content) {
  Option option;
  option.name = name;
  option.type = OptionType::file;
  option.content = content;
  return option;
}

Facts facts() {
  Facts made;
  made.options = {file_option("tls.ca", "certificates"), file_option("tls.cert", "certificate"),
                  file_option("tls.key", "private-key")};
  made.options[2].matches = "tls.cert";
  made.options[2].password = "tls.password";
  return made;
}

/// A program that stands in for the verifier: the contract is what it is told and what it answers.
std::string script(const Folder& folder, const std::string& body) {
  const std::string path = folder.write("verify", "#!/bin/sh\n" + body + "\n");
  ::chmod(path.c_str(), 0755);
  return path;
}

std::string problems_with(const std::string& verifier, const Settings& settings) {
  Problems problems;
  const culvert::plugin::Places places{
      {"tls.ca", {"edge.toml", 3, 5}}, {"tls.cert", {"edge.toml", 4, 5}}, {"tls.key", {"edge.toml", 5, 5}}};
  culvert::plugin::check_certificates(facts(), settings, places, "node 'cloud'", verifier, problems);
  std::string all;
  for (const auto& problem : problems.sorted()) { all += (all.empty() ? "" : "\n") + to_string(problem); }
  return all;
}

Settings all_files() {
  Settings settings;
  settings.set("tls.ca", "/ca.pem", true);
  settings.set("tls.cert", "/cert.pem", true);
  settings.set("tls.key", "/key.pem", true);
  settings.set("tls.password", "hunter2", true);
  return settings;
}

}  // namespace

TEST_CASE("certificates: findings come at the option that they are about") {
  const Folder folder;
  const std::string verifier = script(folder,
                                      "case \"$*\" in *--key*) echo 'error key is not that of the certificate' ;;\n"
                                      "*) echo 'warning ca CN=x expired 3 days ago' ;; esac");
  CHECK(problems_with(verifier, all_files()) ==
        "edge.toml:3:5: warning: node 'cloud': option 'tls.ca': CN=x expired 3 days ago\n"
        "edge.toml:5:5: node 'cloud': option 'tls.key': is not that of the certificate");
}

TEST_CASE("certificates: revocation lists are looked into on their own") {
  const Folder folder;
  const std::string verifier = script(folder, "echo \"warning crl told $*\"");
  Facts made;
  made.options = {file_option("tls.crl", "crl")};
  Settings settings;
  settings.set("tls.crl", "/lists.pem", true);
  Problems problems;
  culvert::plugin::check_certificates(made, settings, {{"tls.crl", {"edge.toml", 6, 5}}}, "node 'cloud'", verifier,
                                      problems);
  REQUIRE(problems.sorted().size() == 1);
  CHECK(to_string(problems.sorted().front()) ==
        "edge.toml:6:5: warning: node 'cloud': option 'tls.crl': told pem --crl /lists.pem");
}

TEST_CASE("certificates: a pass phrase goes through a pipe and through nothing else") {
  const Folder folder;
  const std::string verifier =
      script(folder, "case \"$*\" in *--key*) ;; *) exit 0 ;; esac\necho \"$*\" > " + folder.path("arguments") +
                         "\nenv > " + folder.path("environment") + "\ncat <&3 > " + folder.path("password"));
  CHECK(problems_with(verifier, all_files()).empty());
  CHECK(culvert::test::read(folder.path("arguments")) == "pem --cert /cert.pem --key /key.pem --password-fd 3\n");
  CHECK(culvert::test::read(folder.path("password")) == "hunter2");
  CHECK(culvert::test::read(folder.path("environment")).find("hunter2") == std::string::npos);
}

TEST_CASE("certificates: nobody having looked is a warning") {
  const Folder folder;
  const auto said = [&](const std::string& verifier) {
    const std::string text = problems_with(verifier, all_files());
    CHECK(text.find("edge.toml:4:5: warning: node 'cloud': certificates of option 'tls.cert' were not looked into: ") ==
          0);
    return text.substr(text.find("into: ") + 6);
  };
  CHECK(said("") == "'culvert-verify' is not installed");
  CHECK(said(folder.path("absent")) == "'" + folder.path("absent") + "' cannot be run: No such file or directory");
  CHECK(said(script(folder, "exit 3")) == "it ended with 3");
  CHECK(said(script(folder, "echo what is this")) == "it did not answer as agreed");
  CHECK(said(script(folder, "kill -9 $$")) == "it was ended by signal 9");
}

TEST_CASE("certificates: a certificate without its key is not looked into, since that is said already") {
  Settings settings;
  settings.set("tls.cert", "/cert.pem", true);
  CHECK(problems_with("/nowhere/verify", settings).empty());
}

TEST_CASE("certificates: nothing is run where nothing is given") {
  CHECK(problems_with("/nowhere/verify", Settings{}).empty());
}
