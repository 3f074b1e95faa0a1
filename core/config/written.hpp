// SPDX-License-Identifier: MIT
/// A configuration beside what its files say, for who explains it. Main thread only, as getenv is.
#pragma once

#include "core/config/pipeline.hpp"
#include "core/config/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace culvert::config {

/// The same as `load` of pipeline.hpp; `ret_written` gets the tables of all files, taken together, before variables are
/// put in.
Pipeline load(const std::vector<std::string>& files, Problems& problems, Value& ret_written);

/// A value as TOML, on one line, that reads as the same value: what could be a variable is none.
std::string toml_text(const Value& value);
/// A text as it is written: what is a variable stays one.
std::string toml_text_with_variables(std::string_view text);

}  // namespace culvert::config
