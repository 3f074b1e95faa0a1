// SPDX-License-Identifier: MIT
/// One end of an NNG pair0. Open and close it on one thread, never inside the handler; `try_send` from any.
#pragma once

#include "core/lib/nng/path.hpp"

#include <functional>
#include <string>

namespace culvert::nng {

class Pair final : public Path {
 public:
  /// Called for each message on a thread of NNG's, one call at a time. Must not wait, close or open a Pair.
  using Handler = std::function<void(Message)>;

  /// Throws std::system_error, as do `listen` and `dial`.
  explicit Pair(Handler handler);
  /// Ends the handler's calls before it returns.
  ~Pair() override;

  void listen(const std::string& address);
  /// The other end must listen already. NNG's own redial is never of use: a new pair is a new address.
  void dial(const std::string& address);

  bool try_send(Message& message) noexcept override;

 private:
  static void on_receive(void* self) noexcept;
  void receive() noexcept { nng_recv_aio(socket_, aio_); }

  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
  nng_aio* aio_ = nullptr;
  Handler handler_;
};

}  // namespace culvert::nng
