// SPDX-License-Identifier: MIT
/// The answering end of NNG's req0/rep0 over ipc: one request after another, on a thread of its own. Open and close it
/// on one thread.
#pragma once

#include <nng/nng.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace culvert::nng {

class Responder {
 public:
  struct Limits {
    std::size_t request_bytes = 64 << 10;  ///< who sends more is cut off
    int connections = 128;                 ///< at once; who comes later is cut off
    /// How often it looks whether NNG still takes connections. NNG ends that for good when somebody connects and is
    /// gone before NNG has greeted them, as a client that is killed may be; then the socket is made anew.
    std::chrono::milliseconds probe = std::chrono::seconds{5};
  };
  /// Whether that user may ask. Called on a thread of NNG's, several at once perhaps; must not wait.
  using Admit = std::function<bool(uint64_t uid)>;
  /// Answers one request; must not throw. On the responder's thread.
  using Answer = std::function<std::string(std::string_view request)>;

  /// Listens at `path`, a socket of mode 0600. Nothing may be there: NNG would look whether somebody listens, in a way
  /// that ends another's listening. Throws std::system_error.
  Responder(std::string path, const Limits& limits, Admit admit, Answer answer);
  /// Waits for the answer that is being made, and removes the socket.
  ~Responder();
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

 private:
  static void on_join(nng_pipe pipe, nng_pipe_ev event, void* self) noexcept;
  static void on_leave(nng_pipe pipe, nng_pipe_ev event, void* self) noexcept;
  void listen();
  void run() noexcept;
  void answer(std::string_view request);
  bool takes_connections();
  void heal();

  const std::string path_;
  const Limits limits_;
  const Admit admit_;
  const Answer answer_;
  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
  nng_listener listener_ = NNG_LISTENER_INITIALIZER;
  std::mutex mutex_;
  std::condition_variable joined_;
  int connections_ = 0;  ///< guarded by the mutex, as the next two
  uint64_t joins_ = 0;   ///< connections that there ever were
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace culvert::nng
