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

   protected:
    ~Watcher() = default;
  };

  /// The one of this process. Throws std::system_error.
  static std::shared_ptr<SocketLoop> get();
  SocketLoop();
  /// Never on its own thread.
  ~SocketLoop();
  SocketLoop(const SocketLoop&) = delete;
  SocketLoop& operator=(const SocketLoop&) = delete;

  /// Answers the number by which it is known. Nothing is watched yet.
  uint64_t add(Watcher& watcher);
  /// From now on these are watched; with none, not even the other end's close. `was`: those of before.
  void watch(int socket, uint64_t number, uint32_t was, uint32_t events) noexcept;
  /// Waits until its watcher is not being called, and never will be again. Not on the loop's thread.
  void remove(uint64_t number) noexcept;

 private:
  void run() noexcept;

  EventBell bell_;
  Descriptor epoll_;
  std::atomic<bool> stop_wanted_{false};
  std::mutex mutex_;  ///< held while a watcher is called
  std::map<uint64_t, Watcher*> watchers_;
  uint64_t last_number_ = 0;
  std::thread thread_;
};

}  // namespace culvert
