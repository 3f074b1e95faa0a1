// SPDX-License-Identifier: MIT
/// Follows messages that were placed on several routes until the last has settled. The caller locks.
#pragma once

#include <culvert/plugin.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace culvert {

/// Who is told of an end: a source by its token, or an input of this node by its number.
struct Origin {
  enum class Kind : uint8_t { nobody, token, input };
  constexpr Origin(Kind which = Kind::nobody, uint64_t its_number = 0, uint32_t its_instance = 0) noexcept
      : kind{which}, instance{its_instance}, number{its_number} {}
  Kind kind;
  uint32_t instance;  ///< of the plugin that it came from: the next one is told nothing of it
  uint64_t number;
};

/// A message, or all children of an input, that settled on every route that counts; with the worst status.
struct Ended {
  Origin origin;
  culvert_status status = CULVERT_OK;
};

/// Of two ends the one that is worse: delivered, dropped, rejected.
constexpr culvert_status worse(culvert_status one, culvert_status other) noexcept {
  constexpr auto rank = [](culvert_status status) {
    return status == CULVERT_OK ? 0 : status == CULVERT_DROPPED ? 1 : 2;
  };
  return rank(one) >= rank(other) ? one : other;
}

class Parcels {
 public:
  using Id = uint32_t;
  static constexpr Id none = UINT32_MAX;

  /// A parcel that is held open by its maker until `release`.
  Id open(Origin origin) {
    const Id id = take_free();
    parcels_[id] = {{origin, CULVERT_OK}, 1, none};
    ++alive_;
    if (origin.kind == Origin::Kind::token) { ++tokens_; }
    return id;
  }
  /// One that stands for several, each of which was held for it: its `release` is theirs. Parcels::none for none.
  Id join(std::vector<Id> members) {
    if (members.size() < 2) { return members.empty() ? none : members.front(); }
    if (free_groups_.empty()) {
      free_groups_.push_back(static_cast<Id>(groups_.size()));
      groups_.emplace_back();
    }
    const Id id = take_free(), group = free_groups_.back();
    free_groups_.pop_back();
    groups_[group] = std::move(members);
    parcels_[id] = {{}, 1, group};
    return id;
  }
  void hold(Id id) noexcept { ++parcels_[id].holders; }
  /// One part has ended. After the last one the parcel waits to be taken.
  void release(Id id, culvert_status status) {
    Parcel& parcel = parcels_[id];
    parcel.end.status = worse(parcel.end.status, status);
    if (--parcel.holders != 0) { return; }
    free_.push_back(id);
    if (parcel.group != none) { return release_group(parcel.group, parcel.end.status); }
    ended_.push_back(parcel.end);
    --alive_;
    if (parcel.end.origin.kind == Origin::Kind::token) { --tokens_; }
  }
  /// Parcels that have not ended yet, those that stand for others left out.
  std::size_t alive() const noexcept { return alive_; }
  /// Of these, those with a source's token.
  std::size_t tokens() const noexcept { return tokens_; }
  bool has_ended() const noexcept { return !ended_.empty(); }
  /// Swaps what has ended into `ret_ended`, which must be empty.
  void take_ended(std::vector<Ended>& ret_ended) noexcept { ended_.swap(ret_ended); }

 private:
  struct Parcel {
    Ended end;
    uint32_t holders = 0;
    Id group = none;  ///< index of those that it stands for
  };
  Id take_free() {
    if (free_.empty()) {
      free_.push_back(static_cast<Id>(parcels_.size()));
      parcels_.emplace_back();
    }
    const Id id = free_.back();
    free_.pop_back();
    return id;
  }
  void release_group(Id group, culvert_status status) {
    // A member may stand for others in its turn, and take the place that becomes free.
    const std::vector<Id> members = std::exchange(groups_[group], {});
    free_groups_.push_back(group);
    for (const Id member : members) { release(member, status); }
  }
  std::vector<Parcel> parcels_;
  std::vector<Id> free_;
  std::vector<std::vector<Id>> groups_;
  std::vector<Id> free_groups_;
  std::vector<Ended> ended_;
  std::size_t alive_ = 0, tokens_ = 0;
};

}  // namespace culvert
