// SPDX-License-Identifier: MIT
/// The reading of configurations as a fuzz target. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Whether the text is a pipeline without errors. Aborts when a promise is broken on it: an error without its place, or
/// a pipeline without errors that is not whole.
bool check_config(std::string_view text);

/// The same in the form that fuzzers call. Answers 0.
int fuzz_config(const uint8_t* data, std::size_t size);
