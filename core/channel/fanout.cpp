// SPDX-License-Identifier: MIT
#include "core/channel/fanout.hpp"

#include "core/util/clock.hpp"
#include "core/util/memory.hpp"

#include <algorithm>

namespace culvert {

Fanout::Fanout(std::string node, std::string runtime, uint64_t run_id, Budget& budget, Doorbell& doorbell)
    : node_{std::move(node)}, runtime_{std::move(runtime)}, run_id_{run_id}, budget_{budget}, doorbell_{doorbell} {}

void Fanout::close() {
  for (Route* route : routes_) { route->outlet->close(); }
}

uint64_t Fanout::finish() {
  uint64_t lost = 0;
  for (Route* route : routes_) { lost += route->outlet->finish(); }
  return lost;
}

void Fanout::count(const Match& match) noexcept {
  ++counters_.emitted;
  counters_.bad_topics += match.bad_topics;
  counters_.too_large += match.too_large;
  counters_.cut_properties += match.cut_properties;
  if (match.routed + match.bad_topics + match.too_large == 0) { ++counters_.unrouted; }
}

void Fanout::place(Route& route, std::string& entry, bool gathers, Parcels::Id parcel, int64_t now_ns) {
  const bool counts = route.spec.required && parcel != Parcels::none;
  if (counts) { parcels_.hold(parcel); }
  const Parcels::Id held = counts ? parcel : Parcels::none;
  if (route.spec.marks_unfollowed && held == Parcels::none) { add_entry_flags(entry, unfollowed_flag); }
  gathers ? route.outlet->gather(entry, held, now_ns) : route.outlet->put(entry, held, now_ns);
}

culvert_status Fanout::emit(const culvert_message& message, Origin origin, BootTime boot_ns, bool is_forced) {
  if (is_memory_short()) { return CULVERT_AGAIN; }
  const std::lock_guard lock{guard_};
  const Match match = match_all(message, boot_ns, false);
  for (Route* route : routes_) {
    if (is_forced) { route->matched = route->matched && !route->is_held; }
    if (!route->matched || is_forced) { continue; }
    const bool blocks = route->spec.limits.when_full == WhenFull::block;
    if (route->is_held || (blocks && !route->outlet->has_room(route->entry.size()))) {
      room_wanted_ = true;
      route->refused_bytes = std::max(route->refused_bytes, route->entry.size());
      route->outlet->flush(monotonic_ns());
      return CULVERT_AGAIN;
    }
  }
  try {
    place_all(match, origin);
  } catch (...) {
    ++counters_.half_placed;
    throw PlacingFailed{};
  }
  return CULVERT_OK;
}

void Fanout::place_all(const Match& match, Origin origin) {
  count(match);
  const bool followed = origin.kind != Origin::Kind::nobody;
  const Parcels::Id parcel = followed ? parcels_.open(origin) : Parcels::none;
  const int64_t now_ns = monotonic_ns();
  for (Route* route : routes_) {
    if (route->matched) { place(*route, route->entry, route->gathers, parcel, now_ns); }
  }
  if (followed) { parcels_.release(parcel, match.rejected ? CULVERT_REJECTED : CULVERT_OK); }
  if (parcels_.has_ended()) { doorbell_.ring(); }
}

culvert_status Fanout::stage(const culvert_message& message, BootTime boot_ns) {
  const std::lock_guard lock{guard_};
  const Match match = match_all(message, boot_ns, true);
  for (const Route* route : routes_) {
    if (!route->matched) { continue; }
    const std::size_t count = route->staged_messages + 1, bytes = route->staged_bytes + route->entry.size();
    // An input is placed whole or not at all, so its children together must fit an empty queue.
    if (count > route->spec.limits.max_messages || (count > 1 && bytes > route->spec.limits.max_bytes)) {
      return CULVERT_REJECTED;
    }
  }
  staged_matches_.push_back(match);
  stage_rejected_ = stage_rejected_ || match.rejected;
  for (std::size_t index = 0; index < places_.size(); ++index) {
    Route* route = places_[index].get();
    if (route == nullptr || !route->matched) { continue; }
    staged_.push_back({index, route->entry, route->gathers});
    ++route->staged_messages;
    route->staged_bytes += route->entry.size();
  }
  return CULVERT_OK;
}

bool Fanout::commit(uint64_t input, uint32_t instance) {
  if (staged_matches_.empty()) { return false; }
  const std::lock_guard lock{guard_};
  for (const Match& match : staged_matches_) { count(match); }
  const bool follows = !staged_.empty() || stage_rejected_;
  if (follows) {
    const Parcels::Id parcel = parcels_.open({Origin::Kind::input, input, instance});
    const int64_t now_ns = monotonic_ns();
    for (Staged& child : staged_) {
      // A route that was removed since does not match it any more.
      if (Route* route = places_[child.route].get()) { place(*route, child.entry, child.gathers, parcel, now_ns); }
    }
    parcels_.release(parcel, stage_rejected_ ? CULVERT_REJECTED : CULVERT_OK);
    // Where no route counts, or all dropped, the end is here already and nobody else announces it.
    if (parcels_.has_ended()) { doorbell_.ring(); }
  }
  forget_staged();
  return follows;
}

void Fanout::discard() {
  if (staged_matches_.empty()) { return; }
  const std::lock_guard lock{guard_};
  forget_staged();
}

void Fanout::forget_staged() {
  for (const Staged& child : staged_) {
    Route* const route = places_[child.route].get();
    if (route != nullptr) { route->staged_messages = route->staged_bytes = 0; }
  }
  staged_.clear();
  staged_matches_.clear();
  stage_rejected_ = false;
}

bool Fanout::has_room() {
  const std::lock_guard lock{guard_};
  for (Route* route : routes_) {
    if (route->is_dormant) { continue; }
    if (route->is_held) {
      room_wanted_ = true;
      return false;
    }
    if (route->spec.limits.when_full != WhenFull::block) { continue; }
    const bool is_below = room_wanted_ ? route->outlet->has_spare(route->refused_bytes) : route->outlet->has_room(1);
    if (!is_below) {
      room_wanted_ = true;
      route->outlet->flush(monotonic_ns());
      return false;
    }
  }
  if (room_wanted_) {
    for (Route* route : routes_) { route->refused_bytes = 0; }
  }
  room_wanted_ = false;
  return true;
}

void Fanout::take_ended(std::vector<Ended>& ret_ended) {
  const std::lock_guard lock{guard_};
  parcels_.take_ended(ret_ended);
}

int64_t Fanout::send_due(int64_t now_ns) {
  if (!waits_) { return INT64_MAX; }
  const std::lock_guard lock{guard_};
  int64_t next_ns = INT64_MAX;
  for (Route* route : routes_) { next_ns = std::min(next_ns, route->outlet->send_due(now_ns)); }
  return next_ns;
}

void Fanout::flush() {
  const std::lock_guard lock{guard_};
  const int64_t now_ns = monotonic_ns();
  for (Route* route : routes_) { route->outlet->flush(now_ns); }
}

void Fanout::hurry() {
  if (!waits_) { return; }
  const std::lock_guard lock{guard_};
  const int64_t now_ns = monotonic_ns();
  for (Route* route : routes_) { route->outlet->hurry(now_ns); }
}

std::size_t Fanout::unsettled() {
  const std::lock_guard lock{guard_};
  std::size_t count = parcels_.alive() + (parcels_.has_ended() ? 1 : 0);
  for (Route* route : routes_) { count += route->outlet->unsettled(); }
  return count;
}

bool Fanout::has_routes() {
  const std::lock_guard lock{guard_};
  return !routes_.empty();
}

std::size_t Fanout::followed() {
  const std::lock_guard lock{guard_};
  return parcels_.alive();
}

std::size_t Fanout::tokens() {
  const std::lock_guard lock{guard_};
  return parcels_.tokens();
}

FanoutCounters Fanout::counters() {
  const std::lock_guard lock{guard_};
  return counters_;
}

void Fanout::count_damaged(uint64_t more) {
  const std::lock_guard lock{guard_};
  counters_.damaged += more;
}

std::string Fanout::bad_topic() {
  const std::lock_guard lock{guard_};
  return bad_topic_;
}

OutletDropped Fanout::drop(std::size_t route) {
  const std::lock_guard lock{guard_};
  return places_[route]->outlet->drop(monotonic_ns());
}

OutletCounters Fanout::outlet_counters(std::size_t route) {
  const std::lock_guard lock{guard_};
  return places_[route]->outlet->counters();
}

OutletStatus Fanout::outlet_status(std::size_t route) {
  const std::lock_guard lock{guard_};
  const Outlet& outlet = *places_[route]->outlet;
  return {.counters = outlet.counters(),
          .messages = outlet.unsettled(),
          .bytes = outlet.bytes(),
          .in_flight = outlet.in_flight(),
          .waiting = outlet.waiting(),
          .waiting_bytes = outlet.waiting_bytes(),
          .unwritten = outlet.unwritten(),
          .durable = outlet.is_durable()};
}

std::size_t Fanout::outlet_unsettled(std::size_t route) {
  const std::lock_guard lock{guard_};
  return places_[route]->outlet->unsettled();
}

uint64_t Fanout::ended(std::size_t route) {
  const std::lock_guard lock{guard_};
  const OutletCounters& counters = places_[route]->outlet->counters();
  return counters.delivered + counters.rejected + counters.dropped + counters.damaged;
}

void Fanout::on_ended(Parcels::Id parcel, culvert_status status) { parcels_.release(parcel, status); }

void Fanout::on_progress() {
  if (room_wanted_ || parcels_.has_ended()) { doorbell_.ring(); }
}

}  // namespace culvert
