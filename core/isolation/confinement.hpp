// SPDX-License-Identifier: MIT
/// What a child process may do of all that its user may: limits, and what the facts of its plugin need. The child
/// gives up the rest before it has a second thread, so that there is none that keeps it.
#pragma once

#include "core/isolation/identity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::isolation {

/// A path that may be opened. A folder stands for all that is below it.
struct NamedPath {
  std::string path;
  bool is_written = false;
  bool is_renewed = false;  ///< another file may take its place
};

struct Confinement {
  std::optional<uint64_t> memory;  ///< bytes, resident
  std::optional<uint64_t> files;   ///< open at once
  std::optional<Identity> user;
  /// The facts say what the plugin needs; else what follows is not looked at, and only what no plugin needs is refused.
  bool is_known = false;
  bool network = false, standard_output = false, devices = false, processes = false;
  std::vector<NamedPath> paths;
};

/// More than that of private memory can't be had by a process whose limit is `memory`: a backstop for what it takes
/// between two looks at what it has. Beside what is resident it counts stacks and what nobody has touched.
uint64_t data_limit(uint64_t memory);

/// Limits of the process, its user, and its standard output. Main thread, before there are others. Throws
/// std::system_error.
void limit(const Confinement& confinement);
/// No new rights, no files and sockets but those, no system calls that no plugin needs; as far as the kernel has the
/// means. As `limit`, and after it.
void confine(const Confinement& confinement);

/// The runtime's word to its child, and the child's ear for it: the first bytes on their control channel, before either
/// end is watched by a thread. The child waits for them. `send` never waits, throws std::length_error when it is longer
/// than `max_confinement_bytes`, and leaves it to others to see that the child has ended; both throw std::system_error,
/// and `receive` std::runtime_error for what is no such word.
constexpr std::size_t max_confinement_bytes = 32 << 10;
void send_confinement(int descriptor, const Confinement& confinement);
Confinement receive_confinement(int descriptor);

/// Gives all threads that come stacks of 256 KiB: those of the system are 8 MiB, which a library that starts thirteen
/// threads takes for each.
void use_small_stacks();

}  // namespace culvert::isolation
