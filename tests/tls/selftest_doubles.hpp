// SPDX-License-Identifier: MIT
/// Takes single rules out of the connector's TLS, by doubles of what it calls: the linker puts them in the place of the
/// functions that meson.build names, in this test only. One thread.
#pragma once

#include <initializer_list>
#include <string_view>

/// As long as it lives the rules with these names do not hold; selftest_doubles.cpp says which there are.
class Without {
 public:
  Without(std::initializer_list<std::string_view> rules);
  ~Without();
  Without(const Without&) = delete;
  Without& operator=(const Without&) = delete;
};
