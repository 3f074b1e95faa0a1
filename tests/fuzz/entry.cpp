// SPDX-License-Identifier: MIT
/// Hands libFuzzer's inputs to the function that the build names.
#include <cstddef>
#include <cstdint>

int CULVERT_FUZZ_TARGET(const uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) { return CULVERT_FUZZ_TARGET(data, size); }
