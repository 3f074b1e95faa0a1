// SPDX-License-Identifier: MIT
/// Whether this build watches itself: a sanitizer maps terabytes, needs larger stacks, and its leak check traces the
/// process and looks into all of it. Such builds are for tests.
#pragma once

namespace culvert::isolation {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace culvert::isolation
