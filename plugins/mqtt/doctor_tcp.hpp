// SPDX-License-Identifier: MIT
/// Every address of a broker or proxy, tried at once. Main thread.
#pragma once

#include "bind.hpp"
#include "resolver.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace culvert::mqtt {

struct TcpTrial {
  std::string address;  ///< "10.0.0.1:8883"
  std::string fault;    ///< empty: it answered
  bool left = true;     ///< false: `bind` kept it on the box
  bool fits = true;     ///< false: `bind` is of another family, and it was not tried
  int64_t took_ns = 0;
};

/// Connects to all of them, and closes what answers. Waits until `until_ns` on the monotonic clock at most.
std::vector<TcpTrial> try_all(const std::vector<Address>& addresses, const Bind& bind, int64_t until_ns);

}  // namespace culvert::mqtt
