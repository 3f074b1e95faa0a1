// SPDX-License-Identifier: MIT
#include "core/util/memory.hpp"

#include "core/util/clock.hpp"
#include "core/util/doorbell.hpp"

#include <doctest/doctest.h>

#include <new>

namespace culvert {

TEST_CASE("memory: what is held back is given out once, then it is short, until as much could be put aside again") {
  CHECK_FALSE(is_memory_short());
  CHECK_FALSE(give_out_memory());
  hold_back_memory();
  CHECK_FALSE(is_memory_short());
  CHECK(give_out_memory());
  CHECK_FALSE(give_out_memory());
  CHECK(is_memory_short());
  Doorbell never;
  const int64_t deadline_ns = monotonic_ns() + 20 * one_second_ns;
  while (is_memory_short() && monotonic_ns() < deadline_ns) { never.wait_until(monotonic_ns() + 10 * one_ms_ns); }
  CHECK_FALSE(is_memory_short());
  // The standard library asks it for more, until it has no more.
  const std::new_handler handler = std::get_new_handler();
  const bool has_handler = handler != nullptr;
  REQUIRE(has_handler);
  CHECK_NOTHROW(handler());
  CHECK(is_memory_short());
  CHECK_THROWS_AS(handler(), std::bad_alloc);
  std::set_new_handler(nullptr);
}

}  // namespace culvert
