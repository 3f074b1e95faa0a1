// SPDX-License-Identifier: MIT
/// A connection while it lives: Paho's socket, the broker's, the guard between them, keep-alive and the gathering of
/// packets into few writes. Stepped by the relay's poll loop, used on its thread only.
#pragma once

#include "guard.hpp"
#include "keep_alive.hpp"
#include "upstream.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace culvert::mqtt {

class Connection {
 public:
  struct Wish {
    short paho = 0, broker = 0;  ///< poll events
    int64_t until_ns = 0;        ///< on the monotonic clock
  };

  /// `until_ns`: by when CONNACK must have come.
  Connection(Upstream broker, Descriptor paho, Guard guard, uint16_t keep_alive_s, int64_t until_ns);
  int paho() const noexcept { return paho_.get(); }
  int broker() const noexcept { return broker_.descriptor(); }
  Wish wish(int64_t now_ns) const;
  /// Moves what can be moved. False: it is over, see `why`.
  bool step(bool paho_ready, bool broker_ready, int64_t now_ns);
  Guard& guard() noexcept { return guard_; }
  /// Whatever the guard can do now that the node says so, leaves with the next step.
  void go_on(int64_t now_ns);
  /// Messages were settled: their acknowledgements leave with the next step, and behind them PINGREQ when asked for.
  void answer(bool ping, int64_t now_ns);
  /// The broker ended it on our CONNECT without a word.
  bool closed_on_connect() const noexcept { return broker_left_ && guard_.connect_sent() && !guard_.accepted(); }
  /// The broker ended it after CONNACK, without a DISCONNECT.
  bool hung_up() const noexcept { return broker_left_ && guard_.accepted(); }
  /// Empty when both sides parted as they should.
  const std::string& why() const noexcept { return why_; }
  /// Ends the broker's side without waiting. Answers Paho's, which is still open.
  Descriptor close() noexcept;

 private:
  bool read_paho(int64_t now_ns);
  bool goes_on_without_paho();
  bool read_broker(int64_t now_ns);
  void gather(bool was_idle, int64_t now_ns) noexcept;
  bool last_words(int64_t now_ns);
  bool write_paho();
  bool write_broker(int64_t now_ns);
  bool check_clock(int64_t now_ns);
  bool over(std::string why) { return why_ = std::move(why), false; }
  bool is_parting() const noexcept { return parted_by_ns_ != 0; }
  bool step_parting(bool broker_ready, int64_t now_ns);

  Upstream broker_;
  Descriptor paho_;
  Guard guard_;
  uint16_t keep_alive_s_;
  KeepAlive keep_alive_{0, 0};
  int64_t until_ns_;
  std::unique_ptr<char[]> received_;
  Buffer from_paho_, from_broker_;
  bool paho_open_ = true, broker_left_ = false;
  Upstream::Status read_wish_ = Upstream::Status::want_read;
  Upstream::Status write_wish_ = Upstream::Status::done;
  std::size_t write_pending_ = 0;  // bytes that a write in progress must be repeated with
  int64_t gather_until_ns_ = 0, written_ns_ = 0;
  int64_t parted_by_ns_ = 0;  // from DISCONNECT on, which was the last to be written
  std::string why_;
};

}  // namespace culvert::mqtt
