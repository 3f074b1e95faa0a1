// SPDX-License-Identifier: MIT
/// The store of one durable route: a file, and the thread that writes it.
///
/// Built by the main thread. Messages gather while a commit runs and are written as one group. What ends before it is
/// written is never written: as long as the reader keeps up, a message gets `grace_ns` for that.
#pragma once

#include "core/journal/errand.hpp"
#include "core/journal/folder.hpp"
#include "core/journal/salvage.hpp"
#include "core/message/store.hpp"
#include "core/util/doorbell.hpp"
#include "core/util/log.hpp"
#include "core/util/ranges.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace culvert::journal {

/// Counted since the journal was opened.
struct Counters {
  uint64_t written = 0;  ///< messages that were committed
  uint64_t spared = 0;   ///< messages that ended before they were written
  uint64_t commits = 0;
  uint64_t damaged = 0;    ///< rows that could not be read
  uint64_t set_aside = 0;  ///< files
  uint64_t dead = 0;       ///< dead letters, those before this opening among them
  uint64_t dead_gone = 0;  ///< that made room for newer ones
};

class Journal final : public Store {
 public:
  /// How long a message may wait to end before it is written, while the reader ends others within that time.
  static constexpr int64_t grace_ns = 20 * one_ms_ns;
  /// When none has ended within its grace for so long, the reader does not keep up, and nothing waits any more.
  static constexpr int64_t patience_ns = 200 * one_ms_ns;
  /// So many rows that have ended are erased at once; fewer after `erase_ns`, or with the next group. That is safe from
  /// a cut of power after `erase_ns` at the latest, or with the next group.
  static constexpr uint64_t erase_rows = 512;
  static constexpr int64_t erase_ns = one_second_ns;
  /// What a crash brings again at most: rows that have ended and are not erased, and all that is on its way to the
  /// reader. More when the disk takes over `erase_ns` for it: it shall not hold up messages.
  static constexpr uint64_t most_again = 1088;
  /// So many numbers at most in one transaction: what a person drops may be the whole file.
  static constexpr uint64_t erase_most = 4096;
  /// Numbers are reserved ahead, so that none is used twice that was never written.
  static constexpr uint64_t reserve_seqs = 65536;

  /// Room that is kept for what is no message, and for what pages that are not full cost.
  static constexpr int64_t margin_bytes = 24 * File::page_bytes;

  /// For people: what has gone wrong, and what became of it.
  using Say = std::function<void(LogKind, const std::string&)>;

  /// Opens `folder`/`name`.db, or makes it. Throws std::runtime_error with one line for people. `say` is called on this
  /// thread now, and later on the journal's.
  Journal(Folder& folder, const std::string& name, FileOptions options, Say say);
  ~Journal() override { close(); }

  Contents contents() const override { return contents_; }
  void start(Listener& listener) override;
  uint64_t close() override;

  bool has_room(std::size_t bytes) const override;
  bool is_tight() const override;
  void append(uint64_t seq, std::string_view entry, uint32_t messages, int64_t now_ns) override;
  void settle(uint64_t first, uint64_t last, int64_t waited_ns) override;
  bool may_end(uint64_t entries) override;
  void reject(uint64_t seq, std::string_view reason) override;
  void read(const Wanted& wanted) override;
  void make_room(uint64_t first, uint64_t last, bool thin) override;

  Counters counters() const;
  /// Whether `close` has not begun.
  bool is_open() const;
  int64_t max_bytes() const noexcept { return options_.max_bytes; }

  // For who looks in from outside, on one thread that is not the journal's: read on the journal's, between its other
  // work. They throw Unanswered when that has not been done within Errand::patience, or cannot be done now, and
  // std::system_error of sqlite::category().

  /// The entry of the first or the last message; empty when there is none.
  std::string edge(bool newest);
  /// Messages that have not ended, in order, be they on disk or not yet. `after` is 0 at first.
  Part<Row> messages(int64_t after, const PartLimits& limits);
  /// Dead letters, the oldest first.
  Part<Dead> dead(int64_t after, const PartLimits& limits);
  /// Waits until what had ended when it was called is erased; with `dead` all dead letters are erased too, `ret_dead`
  /// of them. False when that takes longer than Errand::patience: it is done all the same as soon as the disk can.
  bool erase(bool dead, uint64_t& ret_dead);

 private:
  /// `full`: neither the disk nor the limit takes more. `broken`: the file can be neither read nor written.
  enum class State { sound, full, broken };
  struct Pending {
    uint64_t seq;
    int64_t placed_ns;
    uint32_t messages;
    bool ended;
    std::string entry;
  };
  struct Burial {
    uint64_t seq;
    std::string entry;  ///< empty: it is a row
    std::string reason;
  };
  struct Room {
    uint64_t first, last;
    bool thin;
  };

  /// What an entry needs of the file at most: large ones have pages of their own.
  static constexpr std::size_t cost_of(std::size_t bytes) noexcept {
    constexpr auto page = static_cast<std::size_t>(File::page_bytes);
    return bytes < page ? 2 * bytes + 64 : bytes + 2 * page;
  }

  Opened open();

  // Under the mutex.
  bool is_readable() const;
  bool must_reserve() const;
  /// The first that is not before it.
  std::deque<Pending>::iterator pending_from(uint64_t seq);
  void spare(Pending& pending);
  void forget_ended_front();
  void trim(std::deque<Burial>& burials);
  bool has_gone(uint64_t seq) const;

  // On the thread.
  void run() noexcept;
  int64_t due_ns() const;
  void work(bool is_last);
  /// Whether what was taken to be written failed.
  bool is_unfinished() const { return !group_.empty() || !erasing_.empty() || !burying_.empty() || dropping_dead_; }
  void take_group(bool is_last);
  void write(bool is_last);
  void write_group(uint64_t reserved);
  void tell_written(uint64_t reserved);
  void serve_read();
  void serve_room();
  void heal(bool is_last);
  void erase_in_pieces();
  void try_again();
  void start_anew(const std::string& why);
  void on_trouble(const std::system_error& error);
  void on_full();
  void on_broken(const std::string& why);
  File& open_file();
  Part<Row> read_part(int64_t after, const PartLimits& limits);
  /// Whether that was all of it.
  bool add_unwritten(const PartLimits& limits, Part<Row>& ret_part);
  Row first_row();
  Row last_row();

  template <class Work>
  auto ask(Work work) {
    return errand_.ask(std::move(work), [this] { doorbell_.ring(); });
  }

  Folder& folder_;
  const std::string path_;
  FileOptions options_;
  const Say say_;
  Contents contents_;
  Listener* listener_ = nullptr;
  mutable Doorbell doorbell_;
  Errand errand_;
  std::thread thread_;

  mutable std::mutex mutex_;  ///< a leaf; guards what follows
  bool stop_ = false;
  State state_ = State::sound;
  int64_t retry_ns_ = 0;
  std::deque<Pending> pending_;
  std::size_t pending_cost_ = 0;
  Ranges ended_;  ///< numbers of rows to erase
  int64_t ended_since_ns_ = 0;
  uint64_t erasing_count_ = 0;         ///< taken from `ended_`, and not erased yet
  std::optional<int64_t> hurried_ns_;  ///< since when somebody waits for what has ended to be erased
  std::deque<Burial> burials_;         ///< no more than there may be dead letters
  std::optional<Wanted> wanted_;
  std::optional<Room> room_;
  bool keeps_up_ = false;
  int64_t in_time_ns_ = 0;  ///< when one ended within its grace
  uint64_t last_seq_ = 0, reserved_ = 0, committed_ = 0;
  int64_t used_bytes_ = 0;
  Counters counters_;
  std::condition_variable erased_;
  uint64_t erase_asked_ = 0, erase_done_ = 0;  ///< calls of `erase`
  bool drops_dead_ = false;
  uint64_t dead_dropped_ = 0;

  // The thread's own.
  std::unique_ptr<File> file_;
  Clock clock_;                 ///< the file's and its successors'
  std::vector<Pending> group_;  ///< taken off `pending_`, and not written yet
  Ranges erasing_;
  bool dropping_dead_ = false;
  uint64_t erase_taken_ = 0;  ///< so many calls of `erase` are fulfilled with it
  std::deque<Burial> burying_;
  uint64_t group_last_ = 0;
  int64_t lasted_ns_ = 0;                 ///< when it was made safe from a cut of power last
  bool is_unsynced_ = false;              ///< something was erased since
  uint64_t thin_from_ = 0, thin_to_ = 0;  ///< what is left of the half that is thinned
  uint64_t lost_ = 0;                     ///< rows that were damaged and are not told yet
  int64_t back_off_ns_ = 0;
  int64_t full_ns_ = INT64_MIN / 2;  ///< when it was full last
  bool is_short_ = false;            ///< the disk is full, and it was said
  std::string why_;                  ///< the file was given up, and has no successor yet
};

}  // namespace culvert::journal
