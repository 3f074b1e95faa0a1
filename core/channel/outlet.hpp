// SPDX-License-Identifier: MIT
/// The writing end of a route: keeps every message until the reader has settled it.
///
/// All calls but `open` and `close` are made with the guard held, the mutex that all outlets of a node share; answers
/// of the reader arrive on a thread of NNG's, which takes it. `open` and `close` are called without it, by one thread.
#pragma once

#include "core/channel/budget.hpp"
#include "core/channel/parcels.hpp"
#include "core/lib/nng/pair.hpp"
#include "core/message/frame.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace culvert {

enum class WhenFull { block, drop_oldest, drop_newest };

struct OutletLimits {
  WhenFull when_full = WhenFull::block;
  std::size_t max_messages = 1024;
  std::size_t max_bytes = 1 << 20;  ///< a message that is larger is taken when the queue is empty
  int64_t linger_ns = 0;
};

/// Counted since the outlet was made.
struct OutletCounters {
  uint64_t placed = 0;
  uint64_t delivered = 0;
  uint64_t rejected = 0;
  uint64_t dropped = 0;         ///< by policy, `settled` with CULVERT_DROPPED by the reader among them
  uint64_t stale_frames = 0;    ///< of another epoch, or from before its welcome
  uint64_t damaged_frames = 0;  ///< not what FRAMES.md says
  uint64_t stray_ranges = 0;    ///< that end nothing which was sent and not ended
};

class Outlet {
 public:
  /// What the outlet tells its owner; called with the guard held.
  class Listener {
   public:
    virtual void on_ended(Parcels::Id parcel, culvert_status status) = 0;
    /// After a batch of ends; room may have come.
    virtual void on_progress() = 0;
    /// A frame lingers: `send_due` is to be called at `due_ns`.
    virtual void on_linger() = 0;

   protected:
    ~Listener() = default;
  };

  Outlet(const OutletLimits& limits, uint64_t run_id, Budget& budget, std::mutex& guard, Listener& listener);
  ~Outlet();
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  /// Begins an epoch on a new pair: what is unsettled goes again, in order. Throws std::system_error.
  void open(const std::string& address, uint64_t epoch);
  void close();

  /// Whether a message of that size can be placed without a loss.
  bool has_room(std::size_t entry_bytes) const noexcept;
  /// Takes one entry (write_entry made it); gives it its number. With a full queue it acts by the policy: with `block`
  /// it is taken all the same. `parcel` may be Parcels::none. `now_ns` is on the monotonic clock.
  void put(std::string& entry, Parcels::Id parcel, int64_t now_ns);
  /// When a lingering frame is due, or INT64_MAX.
  int64_t due_ns() const noexcept { return due_ns_; }
  void send_due(int64_t now_ns);

  /// The number that the next message gets.
  uint64_t next_seq() const noexcept { return next_seq_; }
  std::size_t unsettled() const noexcept { return unsettled_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// Entries in its books: the unsettled, and at most as many that have ended behind one of these.
  std::size_t kept() const noexcept { return slots_.size(); }
  const OutletCounters& counters() const noexcept { return counters_; }

 private:
  /// A message that is kept. What is dropped at once has a number, but no slot.
  struct Slot {
    uint64_t seq;
    Parcels::Id parcel;
    uint32_t bytes;
    bool ended;
  };
  /// Entries that travel in one frame.
  struct Chunk {
    uint64_t first_seq;
    uint32_t count;
    bool closed;
    int64_t started_ns;
    std::string entries;
  };

  void on_message(nng::Message message);
  void take_welcome(std::string_view frame);
  void take_settled(std::string_view frame);
  void on_answer(const Credit& credit);
  bool make_room(std::size_t entry_bytes);
  void end(Slot& slot, culvert_status status);
  void count_end(Parcels::Id parcel, culvert_status status);
  bool end_range(const SettledRange& range);
  void forget_ended();
  void compact();
  void append(const std::string& entry, uint64_t seq, int64_t now_ns);
  void send(int64_t now_ns);
  bool may_send(const Chunk& chunk, int64_t now_ns);
  bool send_chunk(Chunk& chunk);
  std::deque<Slot>::iterator slot_from(uint64_t seq) noexcept;
  bool is_live(uint64_t seq) noexcept;
  uint32_t count_live(const Chunk& chunk) noexcept;
  /// No message before it is unsettled.
  uint64_t base_seq() const noexcept { return slots_.empty() ? next_seq_ : slots_.front().seq; }
  uint64_t first_unsent_seq() const noexcept {
    return unsent_chunk_ < chunks_.size() ? chunks_[unsent_chunk_].first_seq : next_seq_;
  }
  std::string_view live_entries(const Chunk& chunk, uint32_t& ret_count);
  bool is_idle() const noexcept { return frames_sent_ + frames_window_ <= credit_.frames; }

  const OutletLimits limits_;
  const uint64_t run_id_;
  Budget& budget_;
  std::mutex& guard_;
  Listener& listener_;
  std::unique_ptr<nng::Pair> pair_;

  uint64_t epoch_ = 0;
  bool welcomed_ = false;
  Credit credit_;
  uint64_t frames_window_ = 0;                                     ///< the credit in frames of an idle reader
  uint64_t messages_sent_ = 0, bytes_sent_ = 0, frames_sent_ = 0;  ///< in this epoch

  uint64_t next_seq_ = 1;
  uint64_t drop_from_seq_ = 1;  ///< unsent messages before it were dropped
  std::deque<Slot> slots_;      ///< by rising number; the first has not ended
  std::deque<Chunk> chunks_;
  std::size_t unsent_chunk_ = 0;  ///< index of the first chunk that has not been sent in this epoch
  std::size_t unsettled_ = 0, bytes_ = 0;
  std::size_t in_flight_ = 0;  ///< sent and not settled
  int64_t due_ns_ = INT64_MAX;
  int64_t told_due_ns_ = INT64_MAX;
  OutletCounters counters_;
  std::string scratch_;
};

}  // namespace culvert
