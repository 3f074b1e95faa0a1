// SPDX-License-Identifier: MIT
/// Holds the acknowledgement of each message of the broker until the node has settled it. MQTT 5.0, sections 4.3, 4.4
/// and 4.6; nothing differs for 3.1.1. No sockets and no clock; it outlives connections, and is used on the relay's
/// thread only.
#pragma once

#include "buffer.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace culvert::mqtt {

class Gate {
 public:
  /// How many messages above QoS 0 a broker of MQTT 5 is asked to send without an acknowledgement at most. It is not
  /// held to it: Mosquitto 2.0.11 sends up to so many more after each PUBACK.
  static constexpr uint16_t receive_maximum = 64;

  /// A PUBLISH above QoS 0. `digest`: of what does not change when it is sent again.
  struct Arrival {
    uint8_t qos = 1;
    uint16_t id = 0;
    bool duplicate = false;
    uint64_t digest = 0;
  };

  /// The broker that is asked from now on. When it accepts and is another than before, all is forgotten: its session is
  /// another, too.
  void choose(std::string_view broker) { dialed_ = broker; }
  /// A connection was accepted. Without its session all is forgotten.
  void begin(bool session_present);
  /// The connection is over. What was acknowledged on it may have been lost.
  void leave();
  /// The broker has answered a PINGREQ, and read so many of the PUBACKs that were `sent` on this connection. What it
  /// gives again of former connections it has given.
  void read(uint64_t count) noexcept;
  uint64_t sent() const noexcept { return sent_; }
  /// A PUBACK waits for the broker to have read others.
  bool is_held() const noexcept;
  /// Whether it is one that the node has, or has had, and need not be given again.
  bool knows(const Arrival& arrival) const noexcept;
  /// Takes it in. Answers its number, or 0 for one that it knows.
  uint64_t arrive(const Arrival& arrival);
  /// Takes in one that the node will never see: it is acknowledged in its turn.
  void refuse(const Arrival& arrival);
  /// The node is done with this number. One of a session that is gone changes nothing.
  void settle(uint64_t number) noexcept;
  /// How many numbers were settled so far.
  uint64_t settled() const noexcept { return settled_; }
  /// The same without those whose acknowledgement is still to come: after that of a message before them, or when the
  /// broker gives them again.
  uint64_t answered() const noexcept;
  /// PUBREL: the broker will not send this one again.
  void release(uint16_t id) noexcept;
  /// Appends every PUBACK and PUBREC that may leave now, each kind in the order of its PUBLISHes. No more than 64
  /// PUBACKs are on their way that the broker is not known to have read: those are lost when the connection breaks.
  void answer(Buffer& to_broker);
  /// So much of what was ever appended to that buffer is on its way.
  void written(uint64_t count);
  /// Messages whose exchange is not over, those of former connections among them.
  std::size_t size() const noexcept { return tables_[0].size() + tables_[1].size(); }

 private:
  /// `answered`: the PUBREC was sent, a PUBACK stands in the buffer, or the broker will not wait for one. A PUBACK that
  /// never left the buffer does not count.
  enum class State : uint8_t { open, settled, answered };
  struct Entry {
    uint64_t number = 0, digest = 0;
    State state = State::open;
    bool here = false;    // it came over the present connection
    bool counts = false;  // for `answered`: the node has it or has had it, and it was not confirmed before
  };
  using Table = std::unordered_map<uint16_t, Entry>;

  Entry* find(uint64_t number) noexcept;
  static bool is_same(const Entry& entry, const Arrival& arrival) noexcept;
  static void confirm(Entry& entry) noexcept;
  void join(const Arrival& arrival, Entry& entry);

  std::string broker_, dialed_;                          // whose session this is, and who is asked now
  std::array<Table, 2> tables_;                          // of QoS 1 and of QoS 2
  std::array<std::deque<uint16_t>, 2> order_;            // what came over the present connection and is not answered
  std::deque<std::pair<uint64_t, uint64_t>> unwritten_;  // where a PUBACK ends in the buffer, and its number
  uint64_t last_ = 0, settled_ = 0;
  uint64_t sent_ = 0, read_ = 0;  // PUBACKs of the present connection
  bool caught_up_ = false;
};

}  // namespace culvert::mqtt
