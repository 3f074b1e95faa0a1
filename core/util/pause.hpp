// SPDX-License-Identifier: MIT
/// How the main thread waits for something: signals are heard meanwhile, and whoever watches the process is told.
#pragma once

#include <cstdint>
#include <functional>

namespace culvert {

/// Waits for so long, or until something has happened; false when the runtime is to end. Called on the main thread.
using Pause = std::function<bool(int64_t ns)>;

}  // namespace culvert
