// SPDX-License-Identifier: MIT
// culvert-node: runs one node of a pipeline in a process of its own. A runtime starts it; it is of no use to people.
#include "core/isolation/confinement.hpp"
#include "core/isolation/node_server.hpp"
#include "core/isolation/process.hpp"
#include "core/util/hide_memory.hpp"
#include "core/util/memory.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace {

constexpr int exit_usage = 64;
constexpr int exit_our_bug = 70;

/// The process at the other end of the control channel; 0 when there is none.
pid_t runtime_of(int control) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  return getsockopt(control, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 ? peer.pid : 0;
}

// Without the runtime there is nobody to work for. It may be gone already.
bool die_with(pid_t runtime) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return runtime != 0 && getppid() == runtime;
}

}  // namespace

int main() {
  using namespace culvert::isolation;
  const pid_t runtime = runtime_of(control_descriptor);
  if (!die_with(runtime)) {
    std::fputs("culvert-node: it is started by 'culvert run', for nodes with isolate = true\n", stderr);
    return exit_usage;
  }
  try {
    // All this while there is one thread: another would keep what it has.
    const Confinement confinement = receive_confinement(control_descriptor);
    limit(confinement);
    use_small_stacks();
    // Both are forgotten when a process becomes another user.
    if (!die_with(runtime)) { return exit_our_bug; }
    culvert::hide_memory();
    confine(confinement);
    // The runtime says when this ends. A service manager and a terminal send these to every process.
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) { std::signal(signal, SIG_IGN); }
    mallopt(M_ARENA_MAX, 2);
    culvert::hold_back_memory();
    return NodeServer{culvert::Descriptor{control_descriptor}}.run() ? 0 : exit_our_bug;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert-node: %s\n", error.what());
    return exit_our_bug;
  }
}
