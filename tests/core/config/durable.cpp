// SPDX-License-Identifier: MIT
#include "core/config/pipeline.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>

using namespace culvert::config;

namespace {

std::string errors(std::string_view text) {
  Problems problems;
  load_text(text, "edge.toml", problems);
  return lines(problems);
}

}  // namespace

TEST_CASE("pipeline: what a durable route keeps on disk is read, and has defaults") {
  Problems problems;
  const std::string head = "[node.a]\nplugin = 'x'\n[[route]]\nfrom = 'a'\nto = 'a'\n";
  const Pipeline pipeline =
      load_text(head +
                    "durable = true\nwhen_full = 'thin'\nttl = '30d'\n[[route]]\nfrom = 'a'\nto = "
                    "'a'\ndurable = true\nsync = 'normal'\nmax_size = '1GiB'\ndrain = "
                    "'newest_first'\n[[route]]\nfrom = 'a'\nto = 'a'\ndurable = false\n",
                "edge.toml", problems);
  CHECK(lines(problems).empty());
  const Route& plain = pipeline.routes.at(0);
  REQUIRE(plain.durable);
  CHECK(plain.durable->full_sync);
  CHECK(plain.durable->max_size == 256 << 20);
  CHECK(plain.durable->drain == Drain::oldest_first);
  CHECK(plain.when_full == WhenFull::thin);
  CHECK(plain.ttl_ns == 30 * 24 * 3600 * 1'000'000'000LL);
  const Route& other = pipeline.routes.at(1);
  REQUIRE(other.durable);
  CHECK(to_string(other.durable->place) == "edge.toml:12:11");
  CHECK_FALSE(other.durable->full_sync);
  CHECK(other.durable->max_size == 1 << 30);
  CHECK(other.durable->drain == Drain::newest_first);
  CHECK(other.ttl_ns == 0);
  CHECK_FALSE(pipeline.routes.at(2).durable);
}

TEST_CASE("pipeline: the keys of a journal are refused without one, and out of their range") {
  const auto with = [](const std::string& more) {
    return errors("[node.a]\nplugin = 'x'\n[[route]]\nfrom = 'a'\nto = 'a'\n" + more);
  };
  CHECK(with("sync = 'full'\nmax_size = '8MiB'\ndrain = 'oldest_first'\n") ==
        "edge.toml:6:8: route: 'sync' is of use only with durable = true\n"
        "edge.toml:7:12: route: 'max_size' is of use only with durable = true\n"
        "edge.toml:8:9: route: 'drain' is of use only with durable = true\n");
  CHECK(with("durable = true\nsync = 'off'\nmax_size = '1KiB'\ndrain = 'last'\nttl = '31d'\n") ==
        "edge.toml:7:8: route: 'sync' must be 'full' or 'normal', got 'off'\n"
        "edge.toml:8:12: route: 'max_size' must be from 1MiB to 64GiB, got '1KiB'\n"
        "edge.toml:9:9: route: 'drain' must be 'oldest_first' or 'newest_first', got 'last'\n"
        "edge.toml:10:7: route: 'ttl' must be from 1s to 30d, got '31d'\n");
}
