// SPDX-License-Identifier: MIT
/// What a child process is given at its start, through a pipe: where its runtime listens for it, and the secret by
/// which that knows it. Nothing of it is in the arguments or the environment, which others can read. Any thread.
#pragma once

#include "core/util/handle.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace culvert::isolation {

using Secret = std::array<char, 32>;

/// Of the kernel's random numbers. Throws std::system_error.
Secret make_secret();

struct HandOver {
  uint64_t runtime = 0;  ///< the process that listens
  Secret secret{};
  std::string address;  ///< of the control channel
};

/// The child's end of the pipe.
constexpr int hand_over_descriptor = 3;

struct Pipe {
  Descriptor read_end, write_end;
};
/// Throws std::system_error.
Pipe make_pipe();

/// Never waits: it fits any pipe. Throws std::system_error.
void write_hand_over(const Descriptor& write_end, const HandOver& hand_over);
/// Waits until all of it is there. Throws std::runtime_error when the other end is closed before, or has written
/// something else.
HandOver read_hand_over(int descriptor);

}  // namespace culvert::isolation
