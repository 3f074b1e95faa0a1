// SPDX-License-Identifier: MIT
// culvert-node: runs one node of a pipeline in a process of its own. A runtime starts it; it is of no use to people.
#include "core/isolation/node_server.hpp"
#include "core/util/memory.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

constexpr int exit_usage = 64;
constexpr int exit_our_bug = 70;

// Without the runtime there is nobody to work for. It may be gone already.
void die_with(uint64_t runtime) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (static_cast<uint64_t>(getppid()) != runtime) { std::_Exit(exit_usage); }
}

// Its memory holds the settings, secrets among them: another process of this user may not look into it. The leak check
// of a sanitizer has to.
void hide_memory() {
#ifndef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

}  // namespace

int main() {
  try {
    const culvert::isolation::HandOver hand_over =
        culvert::isolation::read_hand_over(culvert::isolation::hand_over_descriptor);
    die_with(hand_over.runtime);
    hide_memory();
    close(culvert::isolation::hand_over_descriptor);
    // The runtime says when this ends. A service manager and a terminal send these to every process.
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) { std::signal(signal, SIG_IGN); }
    mallopt(M_ARENA_MAX, 2);
    culvert::hold_back_memory();
    return culvert::isolation::NodeServer{hand_over}.run() ? 0 : exit_our_bug;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert-node: %s; it is started by 'culvert run', for nodes with isolate = true\n",
                 error.what());
    return exit_usage;
  }
}
