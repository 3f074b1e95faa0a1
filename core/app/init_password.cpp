// SPDX-License-Identifier: MIT
#include "core/app/init_password.hpp"

#include "core/config/problem.hpp"
#include "core/plugin/option_file.hpp"

#include <iostream>
#include <stdexcept>

namespace culvert {
namespace {

plugin::Checked read_input() {
  std::string text(plugin::max_secret_file + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (std::cin.bad()) { return plugin::wrong("cannot be read"); }
  return {text, {}};
}

}  // namespace

std::string read_password(const std::string& file) {
  const bool is_input = file == standard_input;
  const plugin::Checked read =
      plugin::secret_in(is_input ? read_input() : plugin::read_file(file, plugin::max_secret_file));
  if (read.is_good()) { return read.value; }
  const std::string what =
      is_input ? "the password on standard input " : "the password file " + config::quoted(file) + ' ';
  throw std::runtime_error{what + read.why};
}

}  // namespace culvert
