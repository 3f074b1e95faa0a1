// SPDX-License-Identifier: MIT
#include "core/plugin/option_file.hpp"

#include <cstdlib>

namespace culvert::plugin {
namespace {

Checked from_file(const std::string& path, const std::string& subject) {
  Checked read = secret_in(read_file(path, max_secret_file));
  return read.is_good() ? read : wrong(subject + ", which " + read.why);
}

Checked from_environment(const std::string& name) {
  const char* text = name.find('\0') == std::string::npos ? std::getenv(name.c_str()) : nullptr;
  if (text == nullptr) { return wrong("names the environment variable " + ticked(name) + ", which is not set"); }
  if (*text == '\0') { return wrong("names the environment variable " + ticked(name) + ", which is empty"); }
  return {text, {}};
}

Checked from_credential(const std::string& name) {
  const std::string subject = "names the credential " + ticked(name);
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of(std::string_view{"/\0", 2}) != std::string::npos) {
    return wrong(subject + ", which is no name of one");
  }
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0') {
    return wrong(subject + ", but $CREDENTIALS_DIRECTORY is not set (systemd sets it for LoadCredential=)");
  }
  return from_file(std::string{folder} + "/" + name, subject);
}

Checked from_table(const config::Table& table) {
  const std::string wish =
      "must be a text or one of { env = \"NAME\" }, { file = \"PATH\" }, { credential = \"NAME\" }";
  if (table.size() != 1) { return wrong(wish + ", got a table with " + std::to_string(table.size()) + " keys"); }
  const config::Entry& entry = table.front();
  static const std::vector<std::string_view> known{"credential", "env", "file"};
  if (entry.key != "env" && entry.key != "file" && entry.key != "credential") {
    return wrong(wish + ", got the key " + ticked(entry.key) + config::suggestion(entry.key, known));
  }
  const auto* name = entry.value.as<std::string>();
  if (name == nullptr || name->empty()) { return wrong(wish + ", got " + ticked(entry.key) + " without a text"); }
  if (entry.key == "env") { return from_environment(*name); }
  if (entry.key == "credential") { return from_credential(*name); }
  if (name->find('\0') != std::string::npos) { return wrong("names a file with a NUL character in its name"); }
  const std::string path = absolute_path(*name, entry.value.place.file);
  return from_file(path, "names the file " + ticked(path));
}

}  // namespace

Checked secret_in(Checked read) {
  if (!read.is_good()) { return read; }
  if (read.value.ends_with('\n')) { read.value.pop_back(); }
  if (read.value.ends_with('\r')) { read.value.pop_back(); }
  if (read.value.empty()) { return wrong("is empty"); }
  if (read.value.size() > max_secret) { return wrong("is larger than 64 KiB"); }
  return read;
}

Checked read_secret(const Option& option, const config::Value& value) {
  const auto* table = value.as<config::Table>();
  if (table == nullptr) { return check_value(option, value); }
  Checked read = from_table(*table);
  if (!read.is_good()) { return read; }
  return check_value(option, config::Value{value.place, read.value});
}

}  // namespace culvert::plugin
