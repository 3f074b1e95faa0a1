// SPDX-License-Identifier: MIT
/// Records the signal that ends the process, and whose fault it may be; then what was there before decides, so that
/// who waits for the process sees that signal, and a core dump or a sanitizer's report is whole.
#pragma once

#include "core/node/call_mark.hpp"
#include "core/node/crash_record.hpp"

#include <csignal>
#include <cstddef>
#include <string>

namespace culvert {

/// The node that a thread works for. All of it outlives its use.
struct NodeMark {
  const std::string& node;
  const std::string& plugin;
  const CallMark& call;
};

/// As long as this lives, its thread works for that node. It costs a store.
class InNode {
 public:
  explicit InNode(const NodeMark& mark) noexcept;
  ~InNode();
  InNode(const InNode&) = delete;
  InNode& operator=(const InNode&) = delete;

 private:
  const NodeMark* const before_;
};

/// A stack for handlers of signals, for as long as this lives on its thread: that the thread's own is used up is a
/// signal too. A thread that has one keeps it; without memory it gets none.
class SignalStack {
 public:
  SignalStack() noexcept;
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  void* place_ = nullptr;
  std::size_t size_ = 0;
};

/// For the whole process, one at a time: made and destroyed by the main thread while it is the only one.
class CrashHandler {
 public:
  static constexpr int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};

  /// Where the record goes, and what it begins with. A signal that is ignored stays ignored.
  CrashHandler(CrashRecord& record, const CrashRecord& begin) noexcept;
  ~CrashHandler();
  CrashHandler(const CrashHandler&) = delete;
  CrashHandler& operator=(const CrashHandler&) = delete;

 private:
  const SignalStack stack_;  ///< the main thread's
};

}  // namespace culvert
