// SPDX-License-Identifier: MIT
/// The extension `culvert.doctor/1`: walks the way to each broker of a node, and tells each step. Main thread.
#pragma once

#include <culvert/plugin.h>

#include <cstdint>

namespace culvert::mqtt {

/// The extension's table.
const culvert_doctor_v1* doctor_extension() noexcept;

/// Seconds since 1970 UTC of the day on which this file was compiled, or of $SOURCE_DATE_EPOCH: no clock is before it.
int64_t build_day_s();

}  // namespace culvert::mqtt
