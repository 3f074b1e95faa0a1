// SPDX-License-Identifier: MIT
/// The relay's walk over packets, with its gate, as a fuzz target: bytes of a broker and of Paho, connections that
/// break, and a node that settles. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Runs a scenario; any bytes are one. Aborts when the walk breaks a promise. Answers how many connections ended
/// because a side broke the protocol.
int check_relay(std::string_view scenario);

/// The same in the form that fuzzers call. Answers 0.
int fuzz_relay(const uint8_t* data, std::size_t size);
