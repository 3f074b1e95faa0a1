// SPDX-License-Identifier: MIT
/// The thread that waits for all sockets to other processes, and tells each owner what it can do. It runs as long as
/// somebody holds the loop. Any thread, but for the owners' answers, which come on its own.
#pragma once

#include "core/util/event_bell.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace culvert {

class SocketLoop {
 public:
  class Watcher {
   public:
    /// `events` as of epoll(7). Called on the loop's thread, for one watcher at a time; must not wait.
    virtual void on_events(uint32_t events) noexcept = 0;
    /// On the loop's thread too: nothing can be waited for any more, and this is its last call.
    virtual void on_lost() noexcept = 0;

   protected:
    ~Watcher() = default;
    /// Of the loop's thread: `on_events` is called again after a moment, with none.
    bool wants_retry_ = false;
    friend class SocketLoop;
  };

  /// The one of this process. Throws std::system_error.
  static std::shared_ptr<SocketLoop> get();
  SocketLoop();
  /// Never on its own thread.
  ~SocketLoop();
  SocketLoop(const SocketLoop&) = delete;
  SocketLoop& operator=(const SocketLoop&) = delete;

  /// Answers the number by which it is known. Nothing is watched yet. Throws std::system_error when the loop has lost
  /// what it waits on.
  uint64_t add(Watcher& watcher);
  /// From now on these are watched; with none, not even the other end's close. `was`: those of before. False when the
  /// kernel does not do it: then nothing is watched any more.
  bool watch(int socket, uint64_t number, uint32_t was, uint32_t events) noexcept;
  /// Waits until its watcher is not being called, and never will be again. Not on the loop's thread.
  void remove(uint64_t number) noexcept;

 private:
  static constexpr int retry_ms = 50;

  void run() noexcept;
  void tell(uint64_t number, uint32_t events) noexcept;
  bool retry() noexcept;
  void lose() noexcept;

  EventBell bell_;
  Descriptor epoll_;
  std::atomic<bool> stop_wanted_{false};
  std::mutex mutex_;  ///< held while a watcher is called
  std::map<uint64_t, Watcher*> watchers_;
  uint64_t last_number_ = 0;
  bool is_lost_ = false;
  std::thread thread_;
};

}  // namespace culvert
