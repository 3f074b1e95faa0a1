// SPDX-License-Identifier: MIT
/// Where an outlet keeps its messages beyond the process: what a journal is to a channel.
///
/// The calls may come from any thread, one at a time, and never wait for the disk. What comes of them is told on a
/// thread of the store's, which holds no lock then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

class Store {
 public:
  /// What was there at the start.
  struct Contents {
    uint64_t id = 0;        ///< names the store: with a number, unique among all messages of all stores
    uint64_t next_seq = 1;  ///< no number below it may be used
    uint64_t first = 0, last = 0;
    uint64_t messages = 0, bytes = 0;
  };
  /// An entry that was read back.
  struct Kept {
    uint64_t seq;
    uint32_t messages;
    int64_t age_ns;  ///< since it was placed
    std::string entry;
  };
  /// All that is there of the numbers from `first` to `last`.
  struct Piece {
    uint64_t first = 0, last = 0;
    std::vector<Kept> entries;
    uint64_t damaged = 0;  ///< entries that can't be read; they are gone
  };
  struct Wanted {
    uint64_t first = 0, last = 0;
    bool newest = false;  ///< from the last one down, the newest first
    std::size_t max_messages = 0, max_bytes = 0;
  };
  /// What was dropped of the numbers from `first` to `last`.
  struct Dropped {
    uint64_t messages = 0, bytes = 0;
    uint64_t first = 1, last = 0;  ///< nothing is left of these: they were dropped as one
  };

  class Listener {
   public:
    /// What was appended up to that number is on disk, or had ended before.
    virtual void on_committed(uint64_t seq) = 0;
    virtual void on_read(Piece piece) = 0;
    virtual void on_room_made(const Dropped& dropped) = 0;
    /// `has_room` and `may_end` may answer otherwise now.
    virtual void on_change() = 0;

   protected:
    ~Listener() = default;
  };

  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  virtual Contents contents() const = 0;
  /// Begins its work. Before the calls below, which need one.
  virtual void start(Listener& listener) = 0;
  /// Writes what is left to write, and ends the thread; nothing is told any more. Answers how many messages could not
  /// be written.
  virtual uint64_t close() = 0;

  /// Whether an entry of that size may be appended.
  virtual bool has_room(std::size_t bytes) const = 0;
  /// Whether little room is left.
  virtual bool is_tight() const = 0;
  /// Numbers rise. `now_ns` is on the monotonic clock.
  virtual void append(uint64_t seq, std::string_view entry, uint32_t messages, int64_t now_ns) = 0;
  /// All of these have ended, and may be forgotten; those that are not on disk yet are never written. `waited_ns`: how
  /// long the last of them took.
  virtual void settle(uint64_t first, uint64_t last, int64_t waited_ns) = 0;
  /// Whether so many entries more may end before what has ended is forgotten: a crash brings all of that again. When
  /// not, it is forgotten as soon as can be, and `on_change` tells; a disk that hangs is not waited for.
  virtual bool may_end(uint64_t entries) = 0;
  /// It has ended, and is kept among the dead letters.
  virtual void reject(uint64_t seq, std::string_view reason) = 0;
  /// One at a time. Answers what is on disk then: it may look at fewer numbers than were asked for, and at none.
  virtual void read(const Wanted& wanted) = 0;
  /// Drops some of these: the oldest, or (`thin`) every second of the oldest. One at a time.
  virtual void make_room(uint64_t first, uint64_t last, bool thin) = 0;
};

}  // namespace culvert
