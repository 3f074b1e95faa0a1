// SPDX-License-Identifier: MIT
/// Packet ids on the wire. Paho's begin at 1 in each process; a broker may still hold one of a former process, and
/// would take a new message of QoS 2 under it for the old one. So ours are moved by an offset that is remembered. Used
/// on the relay's thread, but `next`, which any thread may call.
#pragma once

#include <atomic>
#include <cstdint>

namespace culvert::mqtt {

class PacketIds {
 public:
  /// Ids are 1 to 65535.
  static constexpr unsigned count = 65535;
  /// After so many `use` says that `next` has to be stored, and a process that was killed begins `reserve` behind that:
  /// more than `store_every`, and in the golden section of all ids, so that many processes in a row that were killed
  /// early begin far from one another. Each of them may have left some ids with the broker.
  static constexpr unsigned store_every = 16384, reserve = 25031;

  /// Where the first id stands, from 0. Before the relay runs.
  void begin_at(unsigned place) noexcept {
    offset_ = place % count;
    next_ = offset_;
  }
  /// Paho's next id will be 1 again: it was made anew, or begins a session.
  void renew() noexcept {
    offset_ = next_;
    last_ = 0;
  }
  uint16_t to_wire(uint16_t id) const noexcept { return static_cast<uint16_t>((id - 1u + offset_) % count + 1); }
  uint16_t from_wire(uint16_t id) const noexcept {
    return static_cast<uint16_t>((id - 1u + count - offset_) % count + 1);
  }
  /// How far this id of Paho's lies ahead of the last one that it has used; what it sends again lies behind, at 0 or
  /// less. Paho gives ids in the order of the messages.
  int ahead(uint16_t id) const noexcept {
    const auto far = static_cast<int>((id + count - last_) % count);
    return far > static_cast<int>(count / 2) ? far - static_cast<int>(count) : far;
  }
  /// Paho has used this id. Answers true once for each `store_every` ids.
  bool use(uint16_t id) noexcept {
    const int far = ahead(id);
    if (far <= 0) { return false; }
    last_ = id;
    next_ = (offset_ + id) % count;
    used_ += static_cast<unsigned>(far);
    if (used_ < store_every) { return false; }
    used_ = 0;
    return true;
  }
  /// Where the first id stands that was not used.
  unsigned next() const noexcept { return next_; }

 private:
  unsigned offset_ = 0, last_ = 0, used_ = 0;
  std::atomic<unsigned> next_ = 0;
};

}  // namespace culvert::mqtt
