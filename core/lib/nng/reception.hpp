// SPDX-License-Identifier: MIT
/// One receive at a time, waited for on the monotonic clock: NNG's own time-outs follow the wall clock, which may jump.
/// Used on one thread.
#pragma once

#include "core/lib/nng/message.hpp"
#include "core/util/handle.hpp"

#include <nng/nng.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace culvert::nng {

class Reception {
 public:
  /// Throws std::system_error without memory.
  Reception();

  /// Asks for the next message. Not while one is asked for.
  void begin(nng_socket socket) noexcept;
  /// Whether a message or an error has come; it waits for one at most so long.
  bool wait_for(std::chrono::milliseconds patience);
  /// After a wait that was long enough: the message, or NNG's number of the error. Gives up what has not come.
  int end(Message& ret_message) noexcept;

 private:
  static void on_done(void* self) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_done_ = false;
  std::unique_ptr<nng_aio, FreeWith<nng_aio_free>> aio_;  ///< the last: its callback uses the others
};

}  // namespace culvert::nng
