// SPDX-License-Identifier: MIT
/// One NNG message with one owner. Used by one thread at a time.
#pragma once

#include <nng/nng.h>

#include <cstddef>
#include <string_view>
#include <utility>

namespace culvert::nng {

class Message {
 public:
  Message() noexcept = default;
  explicit Message(nng_msg* message) noexcept : message_{message} {}
  /// A new message of these two parts, one behind the other. Throws std::system_error without memory.
  Message(std::string_view head, std::string_view body);
  /// A new message of that many bytes, to be filled; empty without memory.
  static Message of_size(std::size_t bytes) noexcept {
    nng_msg* made = nullptr;
    return nng_msg_alloc(&made, bytes) == 0 ? Message{made} : Message{};
  }
  Message(Message&& other) noexcept : message_{std::exchange(other.message_, nullptr)} {}
  Message& operator=(Message&& other) noexcept {
    std::swap(message_, other.message_);
    return *this;
  }
  ~Message() {
    if (message_ != nullptr) { nng_msg_free(message_); }
  }

  /// Valid as long as the message, wherever it is moved.
  std::string_view bytes() const noexcept {
    return {static_cast<const char*>(nng_msg_body(message_)), nng_msg_len(message_)};
  }
  explicit operator bool() const noexcept { return message_ != nullptr; }
  char* data() const noexcept { return static_cast<char*>(nng_msg_body(message_)); }
  std::size_t size() const noexcept { return nng_msg_len(message_); }
  nng_msg* get() const noexcept { return message_; }
  void release() noexcept { message_ = nullptr; }

 private:
  nng_msg* message_ = nullptr;
};

}  // namespace culvert::nng
