// SPDX-License-Identifier: MIT
/// One of two ends that send each other messages, whatever is between them. Any thread.
#pragma once

#include "core/lib/nng/message.hpp"

namespace culvert::nng {

class Path {
 public:
  Path() = default;
  virtual ~Path() = default;
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

  /// How many messages each direction buffers. Users keep what is on its way below it, so that a receive is posted.
  static constexpr int buffer_messages = 128;

  /// False when the buffer is full or the path is closed; the message stays with the caller then.
  virtual bool try_send(Message& message) noexcept = 0;
  /// Nothing more will come: the other end is gone, or has sent what it must not. False where nobody can tell.
  virtual bool has_ended() const noexcept { return false; }
};

}  // namespace culvert::nng
