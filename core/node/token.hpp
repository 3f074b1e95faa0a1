// SPDX-License-Identifier: MIT
/// The number by which a plugin names a message that it has not finished. Pure, any thread.
#pragma once

#include <cstdint>

namespace culvert {

/// Instance of the plugin (8 bits), inbox (16 bits), the message's number there (40 bits). Never 0: instances count
/// from 1 to 255, and from 1 again.
struct Token {
  uint8_t instance = 0;
  uint16_t inbox = 0;
  uint64_t number = 0;

  static constexpr uint64_t number_mask = (uint64_t{1} << 40) - 1;

  /// `count`: which instance of its node it is, from 1 on.
  static constexpr uint8_t instance_of(uint32_t count) noexcept { return static_cast<uint8_t>((count - 1) % 255 + 1); }

  constexpr uint64_t pack() const noexcept {
    return uint64_t{instance} << 56 | uint64_t{inbox} << 40 | (number & number_mask);
  }
  static constexpr Token unpack(uint64_t packed) noexcept {
    return {static_cast<uint8_t>(packed >> 56), static_cast<uint16_t>(packed >> 40), packed & number_mask};
  }
};

}  // namespace culvert
