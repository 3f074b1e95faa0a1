// SPDX-License-Identifier: MIT
/// What a Pair is to two sockets of one process, between two processes: over an NNG stream, without NNG's protocol.
///
/// Over ipc:// the protocol's pipes can't be relied on to end: when NNG 1.5.2 closes one between the head and the body
/// of a message that comes in, or after a part of one that goes out, its operation never completes, the thread that
/// ends all pipes of the process waits for it, and each `nng_close` from then on. A process that is killed in the
/// middle of its messages does that about once in a hundred times.
///
/// Each message is its length (8 bytes, little-endian) and its bytes.
#pragma once

#include "core/lib/nng/message.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace culvert::nng {

class StreamPair {
 public:
  using Handler = std::function<void(Message)>;
  static constexpr std::size_t buffer_messages = 128, max_message_bytes = 2 << 20;

  /// As of a Pair; `peer` is the only process that may be the other end, as the kernel tells it. Throws
  /// std::system_error, as do `listen` and `dial`.
  StreamPair(Handler handler, uint64_t peer);
  ~StreamPair();
  StreamPair(const StreamPair&) = delete;
  StreamPair& operator=(const StreamPair&) = delete;

  void listen(const std::string& address);
  void dial(const std::string& address);
  bool try_send(Message& message) noexcept;

 private:
  struct Aio {
    Aio(void (*callback)(void*), void* self);
    ~Aio() { nng_aio_free(raw); }
    Aio(const Aio&) = delete;
    Aio& operator=(const Aio&) = delete;
    nng_aio* raw = nullptr;
  };
  struct FreeStream {
    void operator()(nng_stream* stream) const noexcept { nng_stream_free(stream); }
  };
  struct FreeListener {
    void operator()(nng_stream_listener* listener) const noexcept { nng_stream_listener_free(listener); }
  };
  using Stream = std::unique_ptr<nng_stream, FreeStream>;
  using Head = std::array<unsigned char, 8>;

  static void on_accepted(void* self) noexcept;
  static void on_received(void* self) noexcept;
  static void on_sent(void* self) noexcept;
  bool is_peer(nng_stream* stream) const noexcept;
  void begin(Stream stream) noexcept;
  void receive() noexcept;
  void send() noexcept;
  bool take_received(std::size_t count) noexcept;

  const Handler handler_;
  const uint64_t peer_;
  std::unique_ptr<nng_stream_listener, FreeListener> listener_;
  Stream stream_;  ///< set once, under the mutex

  // Of the receiving callback.
  Head head_in_{};
  Message incoming_;
  std::size_t received_ = 0;  ///< of the head and then of the message

  std::mutex mutex_;  ///< guards what follows
  std::deque<Message> outgoing_;
  Head head_out_{};
  std::size_t sent_ = 0;  ///< of the first message's head and bytes
  bool is_sending_ = false, is_broken_ = false;

  Aio accepting_, receiving_, sending_;
};

}  // namespace culvert::nng
