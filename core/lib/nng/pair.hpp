// SPDX-License-Identifier: MIT
/// One of two ends that send each other messages: of an NNG pair0 within a process, of a StreamPair between two. Open
/// and close it on one thread, never inside the handler; `try_send` from any.
#pragma once

#include "core/lib/nng/stream_pair.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace culvert::nng {

class Pair {
 public:
  /// Called for each message on a thread of NNG's, one call at a time. Must not wait, close or open a Pair.
  using Handler = std::function<void(Message)>;

  /// How many messages each direction buffers. Users keep what is on its way below it, so that a receive is posted.
  static constexpr int buffer_messages = StreamPair::buffer_messages;

  /// A longer message of another process ends the connection: above the largest frame.
  static constexpr std::size_t max_message_bytes = StreamPair::max_message_bytes;

  /// `peer`: the only process that may be the other end, by its id as the kernel tells it; needed over ipc://, where
  /// others can connect. 0 over inproc://. Throws std::system_error, as do `listen` and `dial`.
  explicit Pair(Handler handler, uint64_t peer = 0);
  /// Ends the handler's calls before it returns.
  ~Pair();
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  /// Over ipc:// the socket has mode 0600 and must not be there yet.
  void listen(const std::string& address);
  /// The other end must listen already.
  void dial(const std::string& address);

  /// False when the buffer is full or the pair is closed; the message stays with the caller then.
  bool try_send(Message& message) noexcept;

 private:
  static void on_receive(void* self) noexcept;
  void receive() noexcept { nng_recv_aio(socket_, aio_); }

  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
  nng_aio* aio_ = nullptr;
  Handler handler_;
  std::unique_ptr<StreamPair> stream_;  ///< instead of the socket
};

}  // namespace culvert::nng
