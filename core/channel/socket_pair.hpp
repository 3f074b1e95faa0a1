// SPDX-License-Identifier: MIT
/// A path to another process: what an NNG pair is to two ends of one. Over one of two sockets that were connected when
/// they were made, the other of which that process has inherited, or was sent over a path that it had: there is no
/// address that somebody else could connect to.
///
/// Each message is its length (4 bytes, little-endian), 1 or 0 (4 bytes) for whether a descriptor goes with it, and its
/// bytes.
///
/// Made and destroyed on one thread, never inside a handler; the rest on any.
#pragma once

#include "core/channel/socket_loop.hpp"
#include "core/lib/nng/path.hpp"
#include "core/util/handle.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert {

/// Two sockets that are connected to each other, which no other program inherits. Throws std::system_error.
std::pair<Descriptor, Descriptor> connected_sockets();

class SocketPair final : public nng::Path, private SocketLoop::Watcher {
 public:
  /// Called for each message, one call at a time, on the thread of the loop. Must not wait, or make or destroy a
  /// SocketPair. When it throws std::bad_alloc and has taken neither, it gets both again after a moment; one that has
  /// taken the message by then has lost it, which ends the path.
  using Handler = std::function<void(nng::Message&&, Descriptor&&)>;

  /// A longer one ends the path, as one above its own limit does: above the largest frame.
  static constexpr std::size_t max_message_bytes = 2 << 20;
  /// Whether descriptors that come with messages are taken; the kernel closes them otherwise.
  enum class Descriptors { refused, taken };

  /// `on_end` is called once when nothing more will come, on the thread of the loop, or inside a call of this when the
  /// kernel does not watch the socket any more: it must not call back. Throws std::system_error.
  SocketPair(Descriptor socket, Handler handler, std::function<void()> on_end = {},
             Descriptors descriptors = Descriptors::refused, std::size_t max_bytes = max_message_bytes);
  /// Ends the handlers' calls before it returns.
  ~SocketPair() override;

  bool try_send(nng::Message& message) noexcept override { return try_send(message, nothing_); }
  /// With a descriptor, which the other process gets as one of its own. It stays with the caller as the message does.
  bool try_send(nng::Message& message, Descriptor& descriptor) noexcept;

  /// Nothing is read until `go_on`; to be called inside the handler.
  void hold_back() noexcept { is_held_ = true; }
  void go_on() noexcept;
  /// What is in the socket is still read, and then `on_end` is called, even if another process holds the other end.
  void end_input() noexcept;
  /// Whether all that will ever come was handled. Who can't be sent to any more is not heard for longer either.
  bool has_ended() const noexcept override { return has_ended_; }

 private:
  using Head = std::array<char, 8>;
  struct Outgoing {
    nng::Message message;
    Descriptor descriptor;
    Head head;
  };

  /// What comes of a step: the next may follow, nothing more is to be done, or the same again when there is memory.
  enum class Step { done, over, starved };

  void on_events(uint32_t events) noexcept override;
  void on_lost() noexcept override { end(); }
  bool read_some() noexcept;
  bool take_rest() noexcept;
  void take_bytes() noexcept;
  Step make_room() noexcept;
  Step hand_over() noexcept;
  void end() noexcept;
  void write_all() noexcept;
  bool write_some() noexcept;
  void set_interest(bool reads, bool writes) noexcept;

  const std::shared_ptr<SocketLoop> loop_;
  const Descriptor socket_;
  const Handler handler_;
  const std::function<void()> on_end_;
  const Descriptors descriptors_;
  const std::size_t max_bytes_;
  Descriptor nothing_;

  // Of the loop's thread.
  std::vector<char> buffer_;
  std::string_view rest_;  ///< of what is in the buffer: not taken yet
  Head head_{};
  std::size_t head_bytes_ = 0;
  nng::Message incoming_;
  std::size_t body_bytes_ = 0;
  std::vector<Descriptor> received_;  ///< whose messages are not whole yet; its room never grows

  std::atomic<bool> is_held_{false}, has_ended_{false};
  std::mutex mutex_;  ///< guards what follows
  std::deque<Outgoing> outgoing_;
  std::size_t sent_ = 0;  ///< of the first one's head and bytes
  bool is_broken_ = false;
  bool reads_ = false, writes_ = false;  ///< what the loop watches for

  const uint64_t number_;
};

}  // namespace culvert
