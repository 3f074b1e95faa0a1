// SPDX-License-Identifier: MIT
/// The extension "culvert.counters/1" for a class that is a plugin: what its node has counted, for `culvert status`.
///
///     void counters(culvert::Counters to) const { to.add("rounds_skipped", skipped_); }
///     static const void* get_extension(const char* name) noexcept {
///       return culvert::counters_extension<MyPlugin>(name);
///     }
#pragma once

#include <culvert/plugin.hpp>

#include <cstdint>
#include <string_view>

namespace culvert {

/// Takes what a node has counted; of use during the call only.
class Counters {
 public:
  using Add = void (*)(void* context, culvert_text name, uint64_t value);
  Counters(void* context, Add take) noexcept : context_{context}, add_{take} {}
  /// 1 to 64 lower-case letters, digits and '_'.
  void add(std::string_view name, uint64_t value) const { add_(context_, text(name), value); }

 private:
  void* context_;
  Add add_;
};

/// The table for class `T` when `name` asks for it, else null.
template <class T>
const void* counters_extension(const char* name) noexcept {
  static constexpr culvert_counters_v1 table{
      sizeof(culvert_counters_v1), 0, [](void* node, void* context, Counters::Add add) {
        Boundary<T>::on(node, 0, [&](T& self) { return self.counters(Counters{context, add}), 0; });
      }};
  return std::string_view{name} == CULVERT_EXT_COUNTERS ? &table : nullptr;
}

}  // namespace culvert
