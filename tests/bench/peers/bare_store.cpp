// SPDX-License-Identifier: MIT
// A backlog in bare SQLite: rows of 200 bytes of payload in groups of 64, each on disk before the next, with the table
// and the pragmas of a journal. Until SIGTERM.
//
//   bare_store --path FILE --gauge FILE [--size N]
#include "gauge.hpp"
#include "options.hpp"
#include "tests/core/lib/sqlite/bare_loop.hpp"

#include <cstdio>
#include <stdexcept>

int main(int argc, char** argv) try {
  constexpr int64_t group = 64;
  const bench::Options options{argc, argv};
  const std::string entry(static_cast<std::size_t>(options.integer("size", 200)), '.');
  bench::Gauge gauge{options.text("gauge")};
  culvert::test::BareLoop loop{options.text("path")};
  for (int64_t first = 1;; first += group) {
    loop.write(-1, -1, first, first + group - 1, entry);
    gauge.take({}, group);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "bare_store: %s\n", error.what());
  return 1;
}
