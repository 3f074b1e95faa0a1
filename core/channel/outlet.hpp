// SPDX-License-Identifier: MIT
/// The writing end of a route: keeps every message until the reader has settled it.
///
/// All calls but `open`, `close`, `finish` and `give_up` are made with the guard held, the mutex that all outlets of a
/// node share; answers of the reader arrive on a thread of NNG's or on that of the sockets, those of a journal on its
/// own, and each takes it. These four are called without it, by one thread.
///
/// Without a store all that is unsettled is in memory, and bounded by that. With one, what is bounded is the part that
/// is in memory: the next to be sent and what is on its way; the rest is read back from the store when it is its turn.
#pragma once

#include "core/channel/backlog.hpp"
#include "core/channel/batch.hpp"
#include "core/channel/budget.hpp"
#include "core/channel/parcels.hpp"
#include "core/lib/nng/path.hpp"
#include "core/message/frame.hpp"
#include "core/util/handle.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace culvert {

/// What a full queue does: the writer waits; the oldest goes, or the newest; or every second of the older half does.
enum class WhenFull { block, drop_oldest, drop_newest, thin };

struct OutletLimits {
  WhenFull when_full = WhenFull::block;
  std::size_t max_messages = 1024;
  std::size_t max_bytes = 1 << 20;        ///< a message that is larger is taken when the queue is empty
  int64_t linger_ns = 0;                  ///< how long a frame waits for more
  int64_t ttl_ns = 0;                     ///< what waits longer for its turn is dropped; 0: nothing is
  bool newest_first = false;              ///< with a store: what comes goes before what waits there
  std::optional<BatchLimits> batch = {};  ///< what comes by `gather` is gathered
  bool operator==(const OutletLimits&) const = default;
};

/// Counted since the outlet was made, in messages as they were emitted: a batch counts as all that it holds.
struct OutletCounters {
  uint64_t placed = 0;
  uint64_t delivered = 0;
  uint64_t rejected = 0;
  uint64_t dropped = 0;          ///< by policy, `settled` with CULVERT_DROPPED by the reader among them
  uint64_t dropped_oldest = 0;   ///< of these, what made room for what came later
  uint64_t dropped_newest = 0;   ///< of these, what found the queue full
  uint64_t dropped_by_hand = 0;  ///< of these, what `drop` took
  uint64_t expired = 0;          ///< of these, what was too old when it was its turn
  uint64_t damaged = 0;          ///< could not be read back from the store, and is lost
  uint64_t stale_frames = 0;     ///< of another epoch, or from before its welcome
  uint64_t damaged_frames = 0;   ///< not what FRAMES.md says
  uint64_t stray_ranges = 0;     ///< that end nothing which was sent and not ended
};

/// What a `drop` took, and the messages that are on their way and stay.
struct OutletDropped {
  std::size_t messages = 0, bytes = 0, stay = 0;
};

/// How a route that is there no more has left its messages.
struct OutletEnd {
  std::size_t dropped = 0;  ///< in memory
  std::size_t kept = 0;     ///< in its store
  uint64_t unwritten = 0;   ///< which its store could not take
};

class Outlet final : private Store::Listener {
 public:
  /// What the outlet tells its owner; called with the guard held.
  class Listener {
   public:
    virtual void on_ended(Parcels::Id parcel, culvert_status status) = 0;
    /// After a batch of ends; room may have come.
    virtual void on_progress() = 0;
    /// A frame lingers, or a batch is open: `send_due` is to be called at `due_ns`, which is earlier than what it
    /// answered last.
    virtual void on_due() = 0;
    /// One parcel for those of a batch, whose end is then told once. Parcels::none for none.
    virtual Parcels::Id on_batch(std::vector<Parcels::Id> members) = 0;

   protected:
    ~Listener() = default;
  };

  /// `store`: keeps what is unsettled beyond the process; may be null.
  Outlet(const OutletLimits& limits, uint64_t run_id, Budget& budget, std::mutex& guard, Listener& listener,
         std::unique_ptr<Store> store = {});
  ~Outlet();
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  /// Begins an epoch on a new pair: what is unsettled goes again, in order. Throws std::system_error.
  void open(const std::string& address, uint64_t epoch);
  /// The same over a socket to the process of the inbox.
  void open(Descriptor socket, uint64_t epoch);
  /// Ends the epoch: nothing is sent until the next one.
  void close();
  /// Writes to the store what is not there yet, and closes it. Answers how many messages could not be written.
  uint64_t finish();

  /// Whether a message of that size can be placed without a loss. What open batches hold counts as well.
  bool has_room(std::size_t entry_bytes) const;
  /// The same, with some to spare: it pays to go on.
  bool has_spare(std::size_t entry_bytes) const;
  /// Takes one entry (write_entry made it); gives it its number. With a full queue it acts by the policy: with `block`
  /// it is taken all the same. `parcel` may be Parcels::none. `now_ns` is on the monotonic clock.
  void put(std::string& entry, Parcels::Id parcel, int64_t now_ns);
  /// The same, on a route with a `batch`, for an entry whose payload is a JSON array of one element: it may travel in a
  /// longer one. Nothing else of its topic passes it. It has no number of its own: the batch gets one when it is
  /// closed.
  void gather(const std::string& entry, Parcels::Id parcel, int64_t now_ns);
  /// Closes all open batches: a full queue gathers no more.
  void flush(int64_t now_ns);
  /// Drops all that is not on its way to the reader, in memory and in the store, which erases it in its own time.
  OutletDropped drop(int64_t now_ns);
  /// Closes and sends what waits for more to travel with; from now on nothing waits longer than to the next `send_due`.
  void hurry(int64_t now_ns);
  /// The reverse of `hurry`.
  void take_time(int64_t now_ns);
  /// Other limits from now on, but for `newest_first`, which stays. What is here stays, however much that is.
  void change(const OutletLimits& limits, int64_t now_ns);
  /// While it is paused nothing more is sent.
  void pause(bool is_paused, int64_t now_ns);
  /// Closes the way to the reader, and the store with what is in it. What is in memory only ends as dropped.
  OutletEnd give_up();
  /// What is in memory only goes to `next`, which has the same guard and listener; this one is empty and closed then.
  void move_to(Outlet& next);
  /// When a batch or a lingering frame is due, or INT64_MAX.
  int64_t due_ns() const noexcept { return std::min(due_ns_, gathering_ ? gathering_->due_ns() : INT64_MAX); }
  /// Closes and sends what is due; answers when the next is.
  int64_t send_due(int64_t now_ns);

  /// The number that the next entry gets.
  uint64_t next_seq() const noexcept { return next_seq_; }
  /// Messages, each of a batch by itself.
  std::size_t unsettled() const noexcept { return unsettled_ + waiting(); }
  std::size_t bytes() const noexcept { return bytes_ + waiting_bytes(); }
  /// Of these, what is in the store only and waits for its turn.
  std::size_t waiting() const noexcept { return backlog_ ? backlog_->messages() : 0; }
  std::size_t waiting_bytes() const noexcept { return backlog_ ? backlog_->bytes() : 0; }
  /// Of these, what the store has not written yet.
  std::size_t unwritten() const noexcept { return backlog_ ? backlog_->unwritten() : 0; }
  /// The process of its reader sends nothing more: what is sent now is for nobody.
  bool is_cut() const noexcept { return path_ && path_->has_ended(); }
  bool is_durable() const noexcept { return backlog_.has_value(); }
  /// Of these, the messages that were sent in this epoch.
  std::size_t in_flight() const noexcept { return in_flight_; }
  /// Entries in its books: the unsettled, and at most as many that have ended behind one of these.
  std::size_t kept() const noexcept { return slots_.size(); }
  const OutletCounters& counters() const noexcept { return counters_; }

 private:
  /// An entry that is kept: a message or a batch. What is dropped at once has a number, but no slot.
  struct Slot {
    uint64_t seq;
    uint64_t key;  ///< its number in the store
    int64_t at_ns;
    Parcels::Id parcel;
    uint32_t bytes;
    uint32_t messages;
    bool ended;
  };
  /// How much of a chunk has not ended.
  struct Live {
    uint32_t entries = 0, messages = 0;
  };
  /// Entries that travel in one frame.
  struct Chunk {
    uint64_t first_seq;
    uint64_t end_seq;   ///< behind the last one; there may be gaps
    uint32_t count;     ///< of entries
    uint32_t messages;  ///< in them
    bool closed;
    int64_t started_ns;
    std::string entries;
  };

  void begin(std::unique_ptr<nng::Path> path, uint64_t epoch);
  void on_message(nng::Message message);
  void take_welcome(std::string_view frame);
  void take_settled(std::string_view frame);
  void on_answer(const Credit& credit);
  bool memory_has_room(std::size_t entry_bytes) const noexcept;
  bool make_room(std::size_t entry_bytes);
  void drop_oldest(std::size_t entry_bytes);
  void thin();
  void purge_unsent();
  void drop_waiting();
  bool admit(std::size_t entry_bytes, Parcels::Id parcel, int64_t now_ns);
  void take_in(std::size_t bytes);
  void take_over(std::string& entry, Parcels::Id parcel, uint32_t messages, int64_t at_ns);
  void close_batches(int64_t now_ns);
  void begin_gathering();
  void keep(std::string& entry, Parcels::Id parcel, uint32_t messages, int64_t now_ns);
  void hold(std::string& entry, uint64_t key, Parcels::Id parcel, uint32_t messages, int64_t at_ns, int64_t now_ns);
  bool keep_closed(int64_t now_ns);
  void announce_due();
  void end(Slot& slot, culvert_status status, std::string_view reason = {});
  void count_end(Parcels::Id parcel, uint32_t messages, culvert_status status);
  void expire(uint64_t first_seq, uint64_t end_seq, int64_t now_ns);
  bool journal(const std::string& entry, uint64_t seq, Parcels::Id parcel, uint32_t messages, int64_t now_ns);
  void end_in_store(const Slot& slot, culvert_status status, std::string_view reason);
  void settle_in_store(uint64_t key, int64_t at_ns);
  void tell_store();
  void load();
  void hold_again(Store::Kept kept, int64_t now_ns);
  void on_committed(uint64_t seq) override;
  void on_read(Store::Piece piece) override;
  void on_room_made(const Store::Dropped& dropped) override;
  void on_change() override;
  bool end_range(const SettledRange& range);
  void forget_ended();
  void compact();
  void append(const std::string& entry, uint64_t seq, uint32_t messages, int64_t now_ns);
  void send(int64_t now_ns);
  bool may_send(const Chunk& chunk, int64_t now_ns);
  bool send_chunk(Chunk& chunk, int64_t now_ns);
  std::deque<Slot>::iterator slot_from(uint64_t seq) noexcept;
  bool is_live(uint64_t seq) noexcept;
  Live count_live(const Chunk& chunk) noexcept;
  /// No message before it is unsettled.
  uint64_t base_seq() const noexcept {
    if (!slots_.empty()) { return slots_.front().seq; }
    return backlog_ && !limits_.newest_first && !backlog_->empty() ? backlog_->first() : end_seq();
  }
  /// Behind the last number that was given to what is in memory.
  uint64_t end_seq() const noexcept { return limits_.newest_first ? next_sent_ : next_seq_; }
  uint64_t first_unsent_seq() const noexcept {
    return unsent_chunk_ < chunks_.size() ? chunks_[unsent_chunk_].first_seq : end_seq();
  }
  std::string_view live_entries(const Chunk& chunk, uint32_t live);
  bool is_idle() const noexcept { return frames_sent_ + frames_window_ <= credit_.frames; }

  OutletLimits limits_;
  uint64_t run_id_;
  Budget& budget_;
  std::mutex& guard_;
  Listener& listener_;
  std::unique_ptr<nng::Path> path_;

  uint64_t epoch_ = 0;
  bool welcomed_ = false;
  Credit credit_;
  uint64_t frames_window_ = 0;                                     ///< the credit in frames of an idle reader
  uint64_t messages_sent_ = 0, bytes_sent_ = 0, frames_sent_ = 0;  ///< in this epoch

  std::optional<Backlog> backlog_;
  uint64_t settled_first_ = 1, settled_last_ = 0;  ///< numbers that the store is to be told of; none
  int64_t settled_at_ns_ = 0;                      ///< when the last of them was placed

  uint64_t next_seq_ = 1;
  uint64_t next_sent_ = 1;      ///< with `newest_first` numbers are given anew, in the order of sending
  uint64_t drop_from_seq_ = 1;  ///< unsent messages before it were dropped
  std::deque<Slot> slots_;      ///< by rising number; the first has not ended
  std::size_t live_slots_ = 0;  ///< of them, those that have not ended
  std::deque<Chunk> chunks_;
  std::size_t unsent_chunk_ = 0;  ///< index of the first chunk that has not been sent in this epoch
  std::optional<Gathering> gathering_;
  std::vector<Batch> closed_;              ///< scratch
  std::size_t unsettled_ = 0, bytes_ = 0;  ///< of messages; open batches among them
  std::size_t in_flight_ = 0;              ///< messages that were sent and are not settled
  std::size_t entries_in_flight_ = 0;      ///< the entries that hold them
  int64_t due_ns_ = INT64_MAX;             ///< of a lingering frame
  int64_t promised_ns_ = INT64_MAX;        ///< when `send_due` will be called without another word
  bool hurried_ = false, is_paused_ = false;
  OutletCounters counters_;
  std::string scratch_;
};

}  // namespace culvert
