// SPDX-License-Identifier: MIT
#include "core/app/actions.hpp"
#include "core/app/command_line.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/standard_output.hpp"
#include "core/util/memory.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace culvert {
namespace {

// Paho would send a user name and password in clear to a proxy that these name; a connector that wants a proxy is told
// so by its own option. Before any thread: the environment has no lock.
void forget_what_misleads_libraries() {
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "MQTT_C_CLIENT_TRACE",
                           "MQTT_C_CLIENT_TRACE_LEVEL", "MQTT_C_CLIENT_TRACE_MAX_LINES"}) {
    unsetenv(name);
  }
}

// glibc gives every few threads a heap of their own, up to 16 on two processors, each with pages that stay. Nodes
// allocate little of what they pass on: two heaps are enough, and a small box has the memory.
void keep_few_heaps() { mallopt(M_ARENA_MAX, 2); }

// Else a socket could get one of these numbers, and a plugin that writes to standard output would write into it. For
// reading only: who writes to what the caller has closed must get an error.
void hold_standard_descriptors() {
  int opened = open("/dev/null", O_RDONLY);
  while (opened >= 0 && opened <= STDERR_FILENO) { opened = open("/dev/null", O_RDONLY); }
  if (opened >= 0) { close(opened); }
}

int usage_error(const std::string& what) {
  std::fprintf(stderr, "culvert: %s, see 'culvert --help'\n", what.c_str());
  return exit_usage;
}

int run_main(int argc, char** argv) {
  int status = exit_done;
  try {
    const auto line = parse_command_line(argc, argv);
    if (!line) { return exit_done; }
    status = run_action(*line);
  } catch (const UsageError& error) { return usage_error(error.what()); }
  const std::string trouble = stdout_trouble();
  if (status != exit_done || trouble.empty()) { return status; }
  std::fprintf(stderr, "culvert: %s\n", trouble.c_str());
  return exit_failed;
}

}  // namespace
}  // namespace culvert

int main(int argc, char** argv) {
  culvert::hold_standard_descriptors();
  culvert::keep_few_heaps();
  culvert::hold_back_memory();
  culvert::forget_what_misleads_libraries();
  try {
    return culvert::run_main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert: internal error: %s\n", error.what());
    return culvert::exit_our_bug;
  }
}
