// SPDX-License-Identifier: MIT
/// What a child emits, on its way to the routes of its node: one channel from the child, whose messages are placed on
/// all routes that they match, as if the node was in this process. So journals, batches, templates and counters of
/// routes know nothing of children, and what is taken in here outlives the child.
///
/// Built, started, stopped and destroyed by one thread; `open` may be called by another one.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/channel/inbox.hpp"
#include "core/message/boot_time.hpp"
#include "core/util/clock_watch.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace culvert::isolation {

class Forwarder {
 public:
  Forwarder(const std::string& node, const std::string& runtime, uint64_t run_id, Budget& budget,
            const ClockWatch* clock);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  Fanout& fanout() noexcept { return fanout_; }
  void start();
  /// Ends the thread, after what has arrived is placed as far as there is room.
  void stop() noexcept;

  /// Begins an epoch of the channel from the child, and waits until its end listens here. While it runs. Throws
  /// std::system_error.
  void open(const std::string& address, uint64_t epoch, uint64_t peer);
  /// Ends it: what has arrived and is not placed is the child's again.
  void close();
  void hurry() noexcept;

 private:
  /// To be done on the forwarder's thread.
  struct Wish {
    std::string address;  ///< empty: close
    uint64_t epoch = 0, peer = 0;
  };

  void run() noexcept;
  void obey();
  void ask(Wish wish);
  void take_ended();
  void place_all();
  bool place(uint64_t number);
  void step();

  Doorbell doorbell_;
  Fanout fanout_;
  Inbox inbox_;
  const ClockWatch* const clock_;
  WallTimes wall_times_;
  std::vector<Ended> ended_;
  int64_t wake_ns_ = 0;
  std::atomic<bool> stop_wanted_{false};
  std::mutex mutex_;
  std::condition_variable obeyed_;
  std::optional<Wish> wish_;  ///< guarded by the mutex, as the next
  std::error_code trouble_;
  std::thread thread_;
};

}  // namespace culvert::isolation
