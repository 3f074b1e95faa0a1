// SPDX-License-Identifier: MIT
/// The host's extensions, found by name. Any thread.
#pragma once

namespace culvert {

/// The table of "culvert.name/1", or null.
const void* find_extension(const char* name) noexcept;

}  // namespace culvert
