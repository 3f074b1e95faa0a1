// SPDX-License-Identifier: MIT
/// The certificates that the selftest's servers show, as PEM. Their keys are public and worthless. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace culvert::mqtt::selftest {

#include "selftest_certs.inc"

}  // namespace culvert::mqtt::selftest
