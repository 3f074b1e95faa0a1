// SPDX-License-Identifier: MIT
/// All routes that leave one node: places a message on every route that it matches, or on none.
///
/// `emit` may be called from any thread. Staging and `take_ended` belong to the node's thread. Routes come, change and
/// go on the main thread, `open` and `close` of one route on one thread at a time.
#pragma once

#include "core/channel/outlet.hpp"
#include "core/message/template.hpp"
#include "core/util/doorbell.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace culvert {

enum class Encoding { none, json, text, pattern };

/// A property that a route gives each of its messages, instead of the message's own of that name.
struct RouteProperty {
  std::string name, value;
  bool operator==(const RouteProperty&) const = default;
};

/// How long after the start of the box a message was measured, where its time is not known yet.
using BootTime = std::optional<int64_t>;

/// One route as its writer needs it.
struct RouteSpec {
  std::string name;                    ///< "boiler -> cloud"
  std::string filter;                  ///< empty: every topic
  std::optional<Template> topic;       ///< rewrites the topic
  Encoding encoding = Encoding::none;  ///< of records; payloads pass untouched
  std::optional<Template> pattern;     ///< of Encoding::pattern
  std::vector<RouteProperty> properties;
  bool required = true;
  bool marks_unfollowed = false;  ///< what nobody is told the end of is marked so (unfollowed_flag)
  OutletLimits limits;
  bool operator==(const RouteSpec&) const = default;
};

/// A route's queue and what it has counted, at one moment.
struct OutletStatus {
  OutletCounters counters;
  std::size_t messages = 0, bytes = 0;         ///< that are not settled
  std::size_t in_flight = 0;                   ///< messages of these that the reader was sent
  std::size_t waiting = 0, waiting_bytes = 0;  ///< of these, what is on disk only and waits for its turn
  std::size_t unwritten = 0;                   ///< entries of these that the store has not written yet
  bool durable = false;                        ///< whether there is one
};

struct FanoutCounters {
  uint64_t emitted = 0;
  uint64_t unrouted = 0;
  uint64_t bad_topics = 0;      ///< a route's `topic` made of a message what is no topic; settled as rejected there
  uint64_t too_large = 0;       ///< what a route made of a message was more than a message may be; likewise
  uint64_t cut_properties = 0;  ///< messages that lost properties of their own to those of a route
  uint64_t half_placed = 0;     ///< messages that some routes have and others not (PlacingFailed)
  uint64_t damaged = 0;         ///< what the node's own process has sent and was no frame, or no message
};

/// There was no memory in the middle of placing a message: some of its routes have it, others not.
struct PlacingFailed : std::exception {
  const char* what() const noexcept override { return "there was no memory to place a message on all of its routes"; }
};

class Fanout final : private Outlet::Listener {
 public:
  /// `doorbell` rings when an end can be taken or room has come. `node` and `runtime` are names for templates.
  Fanout(std::string node, std::string runtime, uint64_t run_id, Budget& budget, Doorbell& doorbell);

  ~Fanout() {
    close();
    finish();
  }
  Fanout(const Fanout&) = delete;
  Fanout& operator=(const Fanout&) = delete;

  /// Answers the index of the new route. `store`: of a durable one. While it is dormant it matches nothing.
  std::size_t add(RouteSpec spec, std::unique_ptr<Store> store = {}, bool is_dormant = false);
  void wake(std::size_t route);
  bool has_routes();
  /// Of each route.
  std::vector<OutletLimits> limits();
  void open(std::size_t route, const std::string& address, uint64_t epoch) { outlet(route).open(address, epoch); }
  /// The same over a socket to the process of the inbox.
  void open(std::size_t route, Descriptor socket, uint64_t epoch) { outlet(route).open(std::move(socket), epoch); }
  /// Whether it is open, and the process of its inbox sends nothing more.
  bool is_cut(std::size_t route) {
    const std::lock_guard lock{guard_};
    return places_[route]->outlet->is_cut();
  }
  /// The route keeps what it holds, and sends nothing until it is opened again.
  void close(std::size_t route) { outlet(route).close(); }

  /// The route goes on as `spec` says, which differs from its own in no name and, of a durable one, not in
  /// `newest_first`. What is in its queue stays, however much that is.
  void change(std::size_t route, RouteSpec spec);
  /// The same with another store, or with one for the first time; the old one was closed by `shelve`. While nobody
  /// emits. The route is to be opened again.
  void refit(std::size_t route, RouteSpec spec, std::unique_ptr<Store> store);
  /// Closes a durable route's way to the reader, and its store, with all that is in it. While nobody emits.
  void shelve(std::size_t route);
  /// Ends the route. What it holds in memory is dropped; what is in its store stays there.
  OutletEnd remove(std::size_t route);
  /// While it is held a route takes nothing new, whatever its policy: what matches it waits with its node.
  void hold(std::size_t route, bool is_held);
  /// While it is paused a route sends nothing more: what its reader has been sent comes to its end.
  void pause(std::size_t route, bool is_paused);
  /// The reverse of `hurry`.
  void take_time();
  void close();
  /// Writes what stores have not written yet, and closes them. Answers how many messages could not be written.
  uint64_t finish();

  /// CULVERT_OK, or CULVERT_AGAIN: a route that counts is full and `has_room` rings later, or memory is short.
  /// Throws PlacingFailed; of any other exception nothing is left behind.
  /// `boot_ns`: what routes carry instead of its time, and of that in JSON (core/message/boot_time.hpp).
  /// `is_forced`: it is placed whatever room there is, but on no route that is held.
  culvert_status emit(const culvert_message& message, Origin origin, BootTime boot_ns = {}, bool is_forced = false);

  /// Keeps a child of the input that is being processed. CULVERT_REJECTED when the input has more children than a
  /// route's queue can ever hold.
  culvert_status stage(const culvert_message& message, BootTime boot_ns = {});
  /// Places what was staged. Answers false when there was nothing: then no end follows for `input`.
  bool commit(uint64_t input, uint32_t instance = 0);
  void discard();

  /// Whether every route that counts has room. Once it was refused, by this or by `emit`, only with some to spare, so
  /// that it pays to go on; the doorbell rings when that may have come.
  bool has_room();
  /// Swaps what has ended into `ret_ended`, which must be empty.
  void take_ended(std::vector<Ended>& ret_ended);
  /// Sends the frames whose linger is over and the batches that are due; answers when the next is, INT64_MAX when none.
  int64_t send_due(int64_t now_ns);
  /// Whether any route has batches; and sends what gathers in open ones.
  bool gathers() const noexcept { return gathers_; }
  void flush();
  /// Sends all that waits for more to travel with; from now on nothing waits longer than to the next `send_due`.
  void hurry();

  /// Messages that are in some outlet, unsettled, each of a batch by itself; and parcels whose origin has not been
  /// told.
  std::size_t unsettled();
  /// Messages that have not ended on their routes, and whose origin is told when they have.
  std::size_t followed();
  /// Of these the messages that a source has given a token.
  std::size_t tokens();
  FanoutCounters counters();
  void count_damaged(uint64_t more);
  /// Which route made no topic of a message last, and why; empty when none did.
  std::string bad_topic();
  /// Drops all that is not on its way to the reader.
  OutletDropped drop(std::size_t route);
  OutletCounters outlet_counters(std::size_t route);
  OutletStatus outlet_status(std::size_t route);
  /// On the main thread, or on one that it waits for.
  const RouteSpec& spec(std::size_t route) const noexcept { return places_[route]->spec; }
  std::size_t outlet_unsettled(std::size_t route);
  /// Messages that have ended on that route, in whatever way.
  uint64_t ended(std::size_t route);

 private:
  struct Route {
    RouteSpec spec;
    std::unique_ptr<Outlet> outlet;  ///< never null
    bool is_held = false, is_dormant = false;
    std::string entry;  ///< scratch
    bool matched = false;
    bool gathers = false;                               ///< whether the entry may be part of a batch
    std::size_t refused_bytes = 0;                      ///< of the largest entry that `emit` found no room for
    std::size_t staged_messages = 0, staged_bytes = 0;  ///< the node thread's own
  };
  struct Staged {
    std::size_t route;
    std::string entry;
    bool gathers;
  };

  static RouteSpec made(RouteSpec spec);
  Outlet& outlet(std::size_t route);
  std::unique_ptr<Outlet> make_outlet(const RouteSpec& spec, std::unique_ptr<Store> store);
  void look_at_routes();
  void forget_staged();
  void on_ended(Parcels::Id parcel, culvert_status status) override;
  void on_progress() override;
  void on_due() override {
    waits_ = true;
    doorbell_.ring();
  }
  Parcels::Id on_batch(std::vector<Parcels::Id> members) override { return parcels_.join(std::move(members)); }
  /// What became of a message, to be counted once it is placed.
  struct Match {
    uint64_t routed = 0, bad_topics = 0, too_large = 0, cut_properties = 0;
    bool rejected = false;
  };
  /// `is_child`: it will be placed behind what is staged.
  Match match_all(const culvert_message& message, BootTime boot_ns, bool is_child);
  void count(const Match& match) noexcept;
  /// `ahead`: how many messages will be placed on that route before this one. False when it cannot be carried; why is
  /// counted in `match`.
  bool make_entry(Route& route, const culvert_message& message, BootTime boot_ns, uint64_t ahead, Match& match);
  /// Renders into `topic_scratch_`. False when it is no topic, or a name in it gave nothing.
  bool make_topic(const RouteSpec& spec, const culvert_message& numbered);
  void encode(const RouteSpec& spec, const culvert_message& numbered, BootTime boot_ns, culvert_message& sent);
  /// Answers whether properties of the message itself had to be left out.
  bool set_properties(const RouteSpec& spec, culvert_message& sent);
  /// What was matched, on all routes that it matched.
  void place_all(const Match& match, Origin origin);
  void place(Route& route, std::string& entry, bool gathers, Parcels::Id parcel, int64_t now_ns);

  const std::string node_, runtime_;
  const uint64_t run_id_;
  Budget& budget_;
  Doorbell& doorbell_;
  std::mutex guard_;
  std::vector<std::unique_ptr<Route>> places_;  ///< by index; null where a route was removed
  std::vector<Route*> routes_;                  ///< those that there are
  Parcels parcels_;
  FanoutCounters counters_;
  bool room_wanted_ = false;
  std::string topic_scratch_, payload_scratch_, array_scratch_, bad_topic_;
  std::vector<culvert_property> properties_scratch_;
  std::vector<Staged> staged_;  ///< the node thread's own
  std::vector<Match> staged_matches_;
  bool stage_rejected_ = false;
  std::atomic<bool> gathers_{false};  ///< whether any route has batches
  std::atomic<bool> waits_{false};    ///< whether any has these or a linger, or found no memory to send with
};

}  // namespace culvert
