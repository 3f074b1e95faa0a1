// SPDX-License-Identifier: MIT
#include "core/node/crash_handler.hpp"

#include "core/util/clock.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <iterator>

namespace culvert {
namespace {

// What the handler itself needs, beside what the kernel puts there.
constexpr std::size_t handler_bytes = 16 << 10;
// A thread that crashes while another one's crash is being written lets it finish, so long at most.
constexpr int longest_wait_ms = 100;

// A handler of signals has no other way to them than by globals. In a program that is linked statically with this file
// a thread's own are there from its begin.
thread_local const NodeMark* here = nullptr;
std::atomic<CrashRecord*> place{nullptr};
CrashRecord begin_with;
std::atomic<bool> taken{false};
struct sigaction before[std::size(CrashHandler::signals)];

struct sigaction& before_of(int signal) noexcept {
  const auto* const found = std::find(std::begin(CrashHandler::signals), std::end(CrashHandler::signals), signal);
  return before[found - std::begin(CrashHandler::signals)];
}

template <std::size_t size>
void copy(char (&to)[size], const char* from) noexcept {
  std::size_t count = 0;
  for (; from != nullptr && from[count] != '\0' && count < size - 1; ++count) { to[count] = from[count]; }
  to[count] = '\0';
}

void write_record(CrashRecord& record, int signal, const siginfo_t& info) noexcept {
  record.state_now() = CrashRecord::begun;
  begin_with.state = CrashRecord::begun;
  record = begin_with;
  // Nobody reads it while this process runs: only the compiler could change the order.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  record.signal = signal;
  record.code = info.si_code;
  // These two share their place.
  if (info.si_code > 0) {
    record.address = reinterpret_cast<uintptr_t>(info.si_addr);
  } else {
    record.sender = info.si_pid;
  }
  record.wall_ns = wall_ns();
  record.boot_time_ns = boot_time_ns();
  prctl(PR_GET_NAME, record.thread);
  if (const NodeMark* const mark = here; mark != nullptr) {
    copy(record.node, mark->node.c_str());
    copy(record.plugin, mark->plugin.c_str());
    copy(record.call, mark->call.current());
  }
  record.state_now() = record.run;
}

// Whoever is first is the one who is named.
void take_record(int signal, const siginfo_t& info) noexcept {
  CrashRecord* const record = place;
  // A child that a plugin has forked, and that crashes before it is another program, shares the file.
  if (record == nullptr || getpid() != begin_with.pid) { return; }
  if (!taken.exchange(true)) {
    write_record(*record, signal, info);
    return;
  }
  for (int waited_ms = 0; record->state_now() != begin_with.run && waited_ms < longest_wait_ms; ++waited_ms) {
    poll(nullptr, 0, 1);
  }
}

// Back from the handler the instruction that could not be done is tried again, and fails again. What somebody sent, or
// what the kernel says once, has to be sent again.
bool comes_again(int signal, const siginfo_t& info) noexcept {
  const bool is_fault = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE;
  return is_fault && info.si_code > 0 && !(signal == SIGBUS && info.si_code == BUS_MCEERR_AO);
}

void on_signal(int signal, siginfo_t* info, void*) {
  const int error = errno;
  take_record(signal, *info);
  sigaction(signal, &before_of(signal), nullptr);
  // It waits until this handler has returned, and is the same signal to whoever handles it, sender and code included.
  if (!comes_again(signal, *info)) { syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), signal, info); }
  errno = error;
}

}  // namespace

InNode::InNode(const NodeMark& mark) noexcept : before_{here} { here = &mark; }

InNode::~InNode() { here = before_; }

SignalStack::SignalStack() noexcept {
  stack_t now{};
  // A sanitizer gives each thread one, and its own handler needs much.
  if (sigaltstack(nullptr, &now) != 0 || (now.ss_flags & SS_DISABLE) == 0) { return; }
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto least = static_cast<std::size_t>(std::max(sysconf(_SC_MINSIGSTKSZ), 0L));
  size_ = (handler_bytes + least + page - 1) / page * page + page;
  void* const got = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (got == MAP_FAILED) { return; }
  place_ = got;
  mprotect(place_, page, PROT_NONE);
  stack_t stack{};
  stack.ss_sp = static_cast<char*>(place_) + page;
  stack.ss_size = size_ - page;
  sigaltstack(&stack, nullptr);
}

SignalStack::~SignalStack() {
  if (place_ == nullptr) { return; }
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
  munmap(place_, size_);
}

CrashHandler::CrashHandler(CrashRecord& record, const CrashRecord& begin) noexcept {
  begin_with = begin;
  begin_with.pid = getpid();
  taken = false;
  place = &record;
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  for (const int signal : signals) {
    sigaction(signal, nullptr, &before_of(signal));
    const bool is_ignored = (before_of(signal).sa_flags & SA_SIGINFO) == 0 && before_of(signal).sa_handler == SIG_IGN;
    if (!is_ignored) { sigaction(signal, &action, nullptr); }
  }
}

CrashHandler::~CrashHandler() {
  for (const int signal : signals) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    // A library may have put its own in front.
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_signal) {
      sigaction(signal, &before_of(signal), nullptr);
    }
  }
  place = nullptr;
}

}  // namespace culvert
