// SPDX-License-Identifier: MIT
/// Options that look at the file system while they are checked: paths, files, secrets. Nothing is kept open. Any
/// thread.
#pragma once

#include "core/plugin/option_value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::plugin {

/// `path` from the folder of `config_file`, unless it is absolute.
std::string absolute_path(const std::string& path, const std::string& config_file);

/// The whole of a regular file, or why not: "cannot be read: No such file or directory". Never more than `limit` bytes.
Checked read_file(const std::string& path, std::size_t limit);

/// Empty when the file is there, can be read, and holds what `content` of the facts asks for (nothing in particular
/// when that is empty); else what is wrong, in words that follow "option 'tls.ca' ".
std::string file_problem(const std::string& path, const std::string& content);

/// Empty when `text` holds what `content` asks for, in PEM; else why not, in words that follow the file's name.
std::string pem_problem(std::string_view text, std::string_view content);

constexpr std::size_t max_secret = 64U << 10U;
/// The most of a file that may be a secret: one, and the end of its line.
constexpr std::size_t max_secret_file = max_secret + 2;

/// The secret in what was read of a file, without the end of line that editors put behind it; or why it is none, in
/// words that follow the file's name.
Checked secret_in(Checked read);

/// A secret from its text or from where a table says it is: { env = }, { file = } or { credential = }. No problem text
/// holds any of it.
Checked read_secret(const Option& option, const config::Value& value);

/// The permissions of a file that group or others may read; nothing when they may not, or there is no such file.
std::optional<unsigned> open_mode(const std::string& file);

}  // namespace culvert::plugin
