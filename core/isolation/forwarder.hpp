// SPDX-License-Identifier: MIT
/// What a child emits, on its way to the routes of its node: one channel from the child, whose messages are placed on
/// all routes that they match, as if the node was in this process. So journals, batches, templates and counters of
/// routes know nothing of children, and what has arrived here outlives the child.
///
/// A message that nobody waits for is settled once it is placed, any other once its routes have ended it. Once it is
/// placed it takes no room here, so that one which a route holds for long keeps no others from coming.
///
/// Built, started, stopped and destroyed by one thread; the rest from any.
#pragma once

#include "core/channel/fanout.hpp"
#include "core/channel/inbox.hpp"
#include "core/message/boot_time.hpp"
#include "core/node/node_ends.hpp"
#include "core/util/clock_watch.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace culvert::isolation {

class Forwarder {
 public:
  /// `ends`: those of another node perhaps, which has ended before this is started.
  Forwarder(std::shared_ptr<NodeEnds> ends, const ClockWatch* clock);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  Fanout& fanout() noexcept { return fanout_; }
  /// How much a child may have emitted that it has not been told the end of: it waits then.
  struct Window {
    uint64_t messages = Inbox::window_messages, bytes = Inbox::window_bytes;
  };
  /// Once.
  void start(Window window);
  /// Ends the thread, after what has arrived is placed as far as there is room. Answers how many messages found none.
  std::size_t stop() noexcept;

  /// Begins an epoch of the channel from the child, as soon as what the last child had sent is placed.
  void open(Descriptor socket, uint64_t epoch);
  /// The child has ended, and sends nothing more.
  void end_input();
  void hurry() noexcept;
  /// From now on what comes is placed, whatever room there is, up to a whole window: another node goes on at these
  /// ends, or nobody.
  void keep_all() noexcept;

  /// How many messages of that epoch are placed, or rejected.
  uint64_t taken(uint64_t epoch) const;
  /// How many of these have come to their end, the child's answer on its way perhaps. It may be more by now.
  uint64_t ended(uint64_t epoch) const;
  /// The child sends nothing more over the present channel, though nobody has said that it has ended.
  bool is_cut() const noexcept { return is_cut_; }
  /// A channel could not be opened, for want of memory or descriptors.
  bool has_trouble() const noexcept { return has_trouble_; }

 private:
  struct Wish {
    Descriptor socket;
    uint64_t epoch = 0;
  };

  void run() noexcept;
  void step();
  bool place_some();
  void begin_epoch();
  bool is_arriving() const;
  void take_ended();
  void count_damaged();
  void place_all();
  bool place(uint64_t number);
  bool place(uint64_t number, const culvert_message& message);
  void follow(uint64_t seq, std::size_t bytes);
  void unfollow(uint64_t seq) noexcept;
  bool is_narrow() const noexcept;
  void wake_at(int64_t at_ns) noexcept;

  const std::shared_ptr<NodeEnds> ends_;
  Doorbell& doorbell_;
  Fanout& fanout_;
  uint32_t instance_ = 0;  ///< counts the children that emit there: what another has placed is not of this one
  std::optional<Inbox> inbox_;
  const ClockWatch* const clock_;
  WallTimes wall_times_;
  std::vector<Ended> ended_;
  Window window_;
  std::map<uint64_t, std::size_t> followed_;  ///< what is placed and has not ended, by its number: its size
  uint64_t followed_bytes_ = 0;
  uint64_t damaged_ = 0;  ///< of these the fan-out knows
  int64_t wake_ns_ = 0;
  bool is_open_ = false;
  bool is_forced_ = false;  ///< the next is placed, whatever room there is
  uint64_t forced_ = 0;     ///< that were
  std::atomic<bool> stop_wanted_{false}, keeps_all_{false}, has_trouble_{false}, is_cut_{false};
  mutable std::mutex mutex_;  ///< guards what follows
  std::optional<Wish> wish_;
  bool is_ending_ = false;  ///< nothing more comes in the present epoch
  uint64_t epoch_ = 0, taken_ = 0, following_ = 0;
  std::thread thread_;
};

}  // namespace culvert::isolation
