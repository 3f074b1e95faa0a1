// SPDX-License-Identifier: MIT
/// The frame codec as a fuzz target. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Whether the bytes are a frame or an entry. Aborts when the codec breaks a promise on them.
bool check_frame(std::string_view bytes);

/// The same in the form that fuzzers call. Answers 0.
int fuzz_frame(const uint8_t* data, std::size_t size);
