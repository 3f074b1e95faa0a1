// SPDX-License-Identifier: MIT
/// NNG's error numbers as a category; those that callers ask for compare equal to std::errc. Any thread.
#pragma once

#include <system_error>

namespace culvert::nng {

const std::error_category& category() noexcept;

/// Throws std::system_error when `code` is not 0; `what` says which step: "listen on 'inproc://cloud'".
void check(int code, const char* what);

}  // namespace culvert::nng
