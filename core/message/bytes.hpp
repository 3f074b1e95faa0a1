// SPDX-License-Identifier: MIT
/// Little-endian numbers in bytes at any address, and a cursor that never reads past the end. Any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace culvert {

namespace bytes_detail {
// Written out by the fold, so that compilers make one load or store of it.
template <class T, std::size_t... I>
void store(char* to, T value, std::index_sequence<I...>) noexcept {
  ((to[I] = static_cast<char>(static_cast<unsigned char>(value >> (8 * I)))), ...);
}
template <class T, std::size_t... I>
T load(const char* from, std::index_sequence<I...>) noexcept {
  return static_cast<T>(((static_cast<T>(static_cast<unsigned char>(from[I])) << (8 * I)) | ...));
}
}  // namespace bytes_detail

template <class T>
void store_le(char* to, T value) noexcept {
  static_assert(std::is_unsigned_v<T>);
  bytes_detail::store(to, value, std::make_index_sequence<sizeof(T)>{});
}

template <class T>
T load_le(const char* from) noexcept {
  static_assert(std::is_unsigned_v<T>);
  return bytes_detail::load<T>(from, std::make_index_sequence<sizeof(T)>{});
}

/// Takes bytes from the front. What is not there reads as 0 or as nothing, and `failed` says so from then on.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) noexcept : rest_{bytes} {}
  template <class T>
  T number() noexcept {
    const std::string_view bytes = take(sizeof(T));
    return bytes.empty() ? T{} : load_le<T>(bytes.data());
  }
  std::string_view take(std::size_t size) noexcept {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool failed() const noexcept { return failed_; }
  /// Whether everything was there and nothing is left.
  bool ended_well() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace culvert
