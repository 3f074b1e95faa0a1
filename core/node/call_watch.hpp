// SPDX-License-Identifier: MIT
/// Notices a call into a plugin that does not return, from what its CallMark shows once a second or so.
/// `look` by one thread, the main one; `stuck` by any.
#pragma once

#include "core/node/call_mark.hpp"

#include <atomic>
#include <cstdint>

namespace culvert {

class CallWatch {
 public:
  /// A call, and for how long at least it is under way.
  struct Call {
    const char* name = nullptr;  ///< null: none
    int64_t for_ns = 0;
  };
  enum class News { none, stuck, returned };

  explicit CallWatch(int64_t timeout_ns) noexcept : timeout_ns_{timeout_ns} {}

  /// Answers what is new since the last look, and in `ret_call` of which call. A call counts from the look that has
  /// seen it first: one of the same name that began since is another one.
  News look(const CallMark::Look& seen, int64_t now_ns, Call& ret_call) noexcept {
    if (seen.call != nullptr && seen.number == number_) {
      if (since_ns_ != 0 || now_ns - seen_ns_ < timeout_ns_) { return News::none; }
      name_ = seen.call;
      since_ns_ = seen_ns_;
      ret_call = {seen.call, now_ns - seen_ns_};
      return News::stuck;
    }
    ret_call = stuck(now_ns);
    since_ns_ = 0;
    number_ = seen.call == nullptr ? 0 : seen.number;
    seen_ns_ = now_ns;
    return ret_call.name == nullptr ? News::none : News::returned;
  }

  /// The call that has not returned within the timeout.
  Call stuck(int64_t now_ns) const noexcept {
    const int64_t since_ns = since_ns_;
    return since_ns == 0 ? Call{} : Call{name_, now_ns - since_ns};
  }

 private:
  const int64_t timeout_ns_;
  uint32_t number_ = 0;  ///< of the call that was seen last; no call has the number 0
  int64_t seen_ns_ = 0;
  std::atomic<const char*> name_{nullptr};
  std::atomic<int64_t> since_ns_{0};  ///< of the call that is stuck; 0: none is
};

}  // namespace culvert
