// SPDX-License-Identifier: MIT
// Writes lines to stdout, each of `size` bytes with the time of its making at its head: for programs that publish what
// they read. Ends when nobody reads.
//
//   feed_lines [--size N] [--rate N | --ahead-of FILE --ahead N]
#include "pace.hpp"

#include <cstdio>
#include <stdexcept>

namespace {

using namespace bench;

// As much as a pipe takes at once.
constexpr std::size_t write_bytes = 4096;

void feed(const Options& options) {
  Pace pace{options};
  std::string line(static_cast<std::size_t>(options.integer("size", 128)), '.');
  line += '\n';
  for (std::string out;; out.clear()) {
    do {
      pace.wait();
      write_stamp(line.data(), now_ns());
      out += line;
    } while (out.size() < write_bytes && pace.is_due());
    for (std::string_view left{out}; !left.empty();) {
      const ssize_t done = write(1, left.data(), left.size());
      if (done < 0) { return; }
      left.remove_prefix(static_cast<std::size_t>(done));
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  feed(Options{argc, argv});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "feed_lines: %s\n", error.what());
  return 1;
}
