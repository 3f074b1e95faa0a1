// SPDX-License-Identifier: MIT
/// For a class that takes new values of its `live` options while its node runs:
///
///     culvert_status reconfigure(const culvert::Settings& settings);
///     static const void* get_extension(const char* name) noexcept {
///       return culvert::reconfigure_extension<MyPlugin>(name);
///     }
#pragma once

#include <culvert/plugin.hpp>

#include <string_view>

namespace culvert {

/// The table for class `T` when `name` asks for it, else null.
template <class T>
const void* reconfigure_extension(const char* name) noexcept {
  static constexpr culvert_reconfigure_v1 table{
      sizeof(culvert_reconfigure_v1), 0, [](void* node, const culvert_settings* settings) {
        return Boundary<T>::on(node, culvert_status{CULVERT_FAILED},
                               [&](T& self) -> culvert_status { return self.reconfigure(Settings{*settings}); });
      }};
  return std::string_view{name} == CULVERT_EXT_RECONFIGURE ? &table : nullptr;
}

}  // namespace culvert
