// SPDX-License-Identifier: MIT
/// The reading end of a route: holds what has arrived until its node has settled it.
///
/// Used by the node's thread, or by the one that forwards for a node in another process. Frames arrive on a thread of
/// NNG's, or on that of the sockets, which only queues them and rings.
#pragma once

#include "core/channel/parcels.hpp"
#include "core/lib/nng/path.hpp"
#include "core/message/frame.hpp"
#include "core/util/doorbell.hpp"
#include "core/util/handle.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace culvert {

struct InboxCounters {
  uint64_t arrived = 0;
  uint64_t missing = 0;  ///< gaps in the numbers: what the outlet dropped
  uint64_t stale_frames = 0;
  uint64_t damaged_frames = 0;
  uint64_t damaged_entries = 0;
};

class SocketPair;

class Inbox {
 public:
  /// The window: how much may be here from the oldest unsettled message on. It always lets one frame of any size pass.
  static constexpr uint64_t window_messages = 512;
  static constexpr uint64_t window_bytes = max_entry_bytes;
  static constexpr uint64_t window_frames = 64;
  static_assert(window_frames < nng::Path::buffer_messages, "a receive must always be posted");
  static_assert(window_messages >= max_frame_messages);

  explicit Inbox(Doorbell& doorbell) : doorbell_{doorbell} {}
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Begins an epoch on a new pair. What was unsettled comes again from the outlet. Throws std::system_error.
  void open(const std::string& address, uint64_t epoch);
  /// The same over a socket to the process of the outlet.
  void open(Descriptor socket, uint64_t epoch);
  void close();
  /// Closes, and gives up what is here: it comes again from the outlet, when that is opened.
  void forget();
  /// The process at the other end of the socket has ended: what it has sent is still taken in. `has_all` says whether
  /// it has been, but for what `take_arrivals` will find.
  void end_input() noexcept;
  bool has_all() const noexcept;

  /// Takes in the frames that have arrived.
  void take_arrivals();
  /// Whether nobody but the outlet is to be told of a message's end (unfollowed_flag).
  bool is_followed(uint64_t number) const noexcept;
  /// The number of a message on its route, and its size there.
  uint64_t seq(uint64_t number) const noexcept { return items_[number - base_].seq; }
  std::size_t bytes(uint64_t number) const noexcept { return items_[number - base_].entry.size(); }
  /// The number of the next message that is to be offered, or `nothing`. Numbers count arrivals, across epochs.
  uint64_t next() const noexcept;
  static constexpr uint64_t nothing = UINT64_MAX;
  /// How many messages are to be offered, when they are offered in order.
  std::size_t waiting() const noexcept { return static_cast<std::size_t>(base_ + items_.size() - cursor_); }
  /// No message before it is unsettled.
  uint64_t first() const noexcept { return base_; }
  /// That message, decoded; valid until the next call of `message`, or until it is settled. Null when its bytes are no
  /// message: then it is to be rejected.
  const culvert_message* message(uint64_t number);

  /// It was offered and taken. `pending`: `complete` will follow; `children`: `end_children` will, with the same
  /// `instance`. Neither: it is delivered.
  void hold(uint64_t number, bool pending, bool children, int64_t now_ns, uint32_t instance = 0);
  /// It was offered and is kept elsewhere from now on: others may have its room, and `end_handed_over` tells its end.
  void hand_over(uint64_t number) noexcept;
  /// With its number on the route, which is `seq`, and in the epoch that it came in.
  void end_handed_over(uint64_t seq, culvert_status status) { tell(seq, status, {}); }
  /// It was offered and can never be taken. `reason`: why, UTF-8, at most CULVERT_MAX_REASON bytes; may be empty.
  void reject(uint64_t number, const std::string& reason);
  /// The plugin has completed it: CULVERT_OK, CULVERT_REJECTED or, to have it offered again in order, CULVERT_AGAIN.
  /// False when `number` waits for no completion.
  bool complete(uint64_t number, culvert_status status, const std::string& reason = {});
  /// What that instance of the plugin turned it into has settled. False when `number` waits for no children, or for
  /// those of another offer.
  bool end_children(uint64_t number, culvert_status status, uint32_t instance = 0);
  /// Since when (as `hold` was told) the oldest message waits for its completion; INT64_MAX when none does.
  int64_t pending_since_ns() const noexcept;
  /// For the next instance of the plugin: what the last one has not finished is offered again, in order. What waits
  /// for nothing but its children is theirs to end.
  void rewind();

  /// Tells the outlet what has ended and how far it may send, if there is anything to tell. False when the path is
  /// full: call it again soon.
  bool answer();

  /// Whether so much is here from the oldest unsettled message on that the outlet may have to wait with its next frame.
  bool is_narrow() const noexcept {
    return items_.size() + max_frame_messages > window_messages || bytes_ + max_frame_bytes > window_bytes;
  }
  /// Messages that are here and not settled.
  std::size_t unsettled() const noexcept { return unsettled_; }
  const InboxCounters& counters() const noexcept { return counters_; }

 private:
  struct Item {
    uint64_t seq;
    std::string_view entry;
    uint32_t frame;  ///< counts frames; frames_.front() is frame_base_
    culvert_status worst = CULVERT_OK;
    bool offered = false;
    bool pending = false;   ///< waits for the plugin
    bool children = false;  ///< waits for what it was turned into
    bool again = false;     ///< is offered again once it waits for nothing
    bool settled = false;
    int64_t held_ns = 0;
    uint32_t instance = 0;    ///< that took it
    std::string reason = {};  ///< why it is rejected
  };

  Item& item(uint64_t number) noexcept { return items_[number - base_]; }
  Item* find(uint64_t number) noexcept { return number - base_ < items_.size() ? &items_[number - base_] : nullptr; }
  void end(Item& item, uint64_t number);
  void take_frame(nng::Message frame);
  void take_hello(std::string_view frame);
  void take_messages(nng::Message frame);
  void settle(Item& item);
  void tell(uint64_t seq, culvert_status status, std::string reason);
  void forget_settled();
  void advance() noexcept;
  bool send_settled(const Settled& settled);
  bool send(const std::string& frame);

  void begin(uint64_t epoch);
  void queue(nng::Message&& frame) noexcept;
  void take_messages_of_credit(nng::Message frame);
  bool is_within_credit(std::string_view frame) noexcept;
  void spoil() noexcept;

  Doorbell& doorbell_;
  std::unique_ptr<nng::Path> path_;
  SocketPair* socket_ = nullptr;  ///< the path, if it leads to another process
  std::mutex arrivals_mutex_;
  std::vector<nng::Message> arrivals_;  ///< under arrivals_mutex_, as is the next
  std::size_t arrival_bytes_ = 0;
  uint64_t flooded_ = 0;  ///< frames beyond all credit
  std::vector<nng::Message> taken_;

  uint64_t epoch_ = 0;
  bool welcomed_ = false;
  uint64_t run_id_ = 0;
  uint64_t expected_seq_ = 0;
  std::deque<Item> items_;
  uint64_t base_ = 0;    ///< the number of items_.front()
  uint64_t cursor_ = 0;  ///< no message before it is to be offered
  std::deque<nng::Message> frames_;
  uint32_t frame_base_ = 0;
  std::size_t unsettled_ = 0;
  uint64_t bytes_ = 0;        ///< of items_
  uint64_t frames_came_ = 0;  ///< of messages, in this epoch
  bool is_spoiled_ = false;   ///< another process has sent beyond its credit: nothing more of this epoch is taken
  Settled told_;              ///< the credit as of now, and the ranges since the last answer
  bool changed_ = false;
  EntryReader reader_;
  DecodedMessage decoded_;
  InboxCounters counters_;
};

}  // namespace culvert
