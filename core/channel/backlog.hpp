// SPDX-License-Identifier: MIT
/// What an outlet has in its journal: what is not written yet, and what is on disk only and waits for its turn in
/// memory. The caller locks.
#pragma once

#include "core/channel/parcels.hpp"
#include "core/message/store.hpp"
#include "core/util/ranges.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace culvert {

class Backlog {
 public:
  /// What is told when it is written: the source, and the budget.
  struct Unwritten {
    uint64_t seq = 0;
    Parcels::Id parcel = Parcels::none;
    std::size_t bytes = 0;  ///< that nothing else holds in memory
    bool ended = false;
  };

  Backlog(std::unique_ptr<Store> store, bool newest_first);

  const Store::Contents& found() const noexcept { return found_; }
  Store& store() noexcept { return *store_; }
  bool has_room(std::size_t bytes) const { return store_->has_room(bytes); }

  /// An entry comes in. `waits`: it has no room in memory, and is on disk only.
  void append(uint64_t seq, const std::string& entry, uint32_t messages, Parcels::Id parcel, bool waits,
              int64_t now_ns);
  /// It has ended. Answers what nobody was told of yet: `parcel` may be none, `bytes` 0.
  Unwritten end(uint64_t seq);
  /// Takes the first of those that are written up to `seq`; false when there is none.
  bool take_written(uint64_t seq, Unwritten& ret_unwritten);
  /// Answers all that nobody was told of yet: the store has been closed, and tells nothing more.
  std::vector<Unwritten> release();
  /// Messages whose source waits for the commit.
  std::size_t unwritten() const noexcept { return unwritten_.size(); }
  /// Of these, the entries that have no room in memory otherwise.
  std::size_t waiting_unwritten() const noexcept { return waiting_unwritten_; }
  std::size_t waiting_unwritten_bytes() const noexcept { return waiting_unwritten_bytes_; }

  /// Whether nothing waits on disk for its turn; else the lowest number of what does, and how much it is. What was read
  /// ahead waits as well.
  bool empty() const noexcept { return waiting_.empty() && ahead_.empty(); }
  uint64_t first() const noexcept { return ahead_.empty() ? waiting_.all().begin()->first : ahead_.front().seq; }
  uint64_t messages() const noexcept { return messages_; }
  uint64_t bytes() const noexcept { return bytes_; }

  /// Asks for the next piece, unless there is nothing, one is there, or something is asked for already.
  void load(std::size_t max_messages, std::size_t max_bytes);
  /// False when all that waited was dropped meanwhile: then nothing of it is kept.
  bool take_loaded(Store::Piece piece, int64_t now_ns);
  /// What is there of a piece, in its order; `next` is null without any.
  const Store::Kept* next() const noexcept { return ahead_.empty() ? nullptr : &ahead_.front(); }
  Store::Kept take_next(int64_t now_ns);
  std::size_t bytes_ahead() const noexcept { return bytes_ahead_; }
  /// Asks for room, likewise.
  void make_room(bool thin);
  /// False when all that waited was dropped meanwhile.
  bool take_dropped(const Store::Dropped& dropped);
  /// Nothing waits any more: it has ended. Answers those of it that were not written yet.
  std::vector<Unwritten> drop();

 private:
  void subtract(uint64_t messages, uint64_t bytes) noexcept;

  const std::unique_ptr<Store> store_;
  const Store::Contents found_;
  const bool newest_first_;
  std::deque<Unwritten> unwritten_;  ///< by rising number; the first has not ended
  std::size_t waiting_unwritten_ = 0, waiting_unwritten_bytes_ = 0;
  Ranges waiting_;
  uint64_t messages_ = 0, bytes_ = 0;  ///< of what waits
  bool is_asked_ = false;              ///< the store is at work on `waiting_`
  bool is_void_ = false;               ///< what it is at work on was dropped
  std::deque<Store::Kept> ahead_;      ///< read back, so that none waits for the disk in its turn
  std::size_t bytes_ahead_ = 0;
  int64_t ahead_since_ns_ = 0;  ///< when it was as old as it says
};

}  // namespace culvert
