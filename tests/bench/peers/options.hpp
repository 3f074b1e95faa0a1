// SPDX-License-Identifier: MIT
/// The command lines of the programs here: `--name value` pairs, all optional. For the harness, which writes them.
#pragma once

#include <map>
#include <stdexcept>
#include <string>

namespace bench {

class Options {
 public:
  /// Throws std::runtime_error.
  Options(int argc, char** argv) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      if (!name.starts_with("--") || i + 1 == argc) { throw std::runtime_error{"'" + name + "' is no --name value"}; }
      values_[name.substr(2)] = argv[i + 1];
    }
  }
  std::string text(const std::string& name, const std::string& otherwise = {}) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }
  int64_t integer(const std::string& name, int64_t otherwise) const {
    const std::string value = text(name);
    return value.empty() ? otherwise : std::stoll(value);
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace bench
