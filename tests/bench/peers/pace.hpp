// SPDX-License-Identifier: MIT
/// When the next message is due: at a rate; or as fast as it goes, at most so many ahead of what a receiver has
/// counted. Used on one thread.
#pragma once

#include "gauge.hpp"
#include "options.hpp"

#include <ctime>
#include <memory>

namespace bench {

class Pace {
 public:
  /// Of the options `rate` (messages/s; 0 is full speed), `ahead-of` (the receiver's gauge) and `ahead` (how far).
  explicit Pace(const Options& options)
      : rate_{options.integer("rate", 0)}, ahead_{static_cast<uint64_t>(options.integer("ahead", 2000))} {
    if (const std::string path = options.text("ahead-of"); !path.empty()) { receiver_ = std::make_unique<Gauge>(path); }
  }
  /// Waits until it is the turn of the next message, and counts it. What was late is made up for.
  void wait() {
    if (rate_ > 0) { sleep_until(due_ns()); }
    while (receiver_ && sent_ >= receiver_->count() + ahead_) { sleep_until(now_ns() + 100'000); }
    ++sent_;
  }
  /// Whether `wait` would return at once.
  bool is_due() const {
    return (rate_ == 0 || now_ns() >= due_ns()) && (!receiver_ || sent_ < receiver_->count() + ahead_);
  }
  uint64_t sent() const { return sent_; }

 private:
  int64_t due_ns() const { return start_ns_ + static_cast<int64_t>(sent_) * (1'000'000'000 / rate_); }
  static void sleep_until(int64_t at_ns) {
    const timespec at{at_ns / 1'000'000'000, at_ns % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
  }

  int64_t rate_;
  uint64_t ahead_;
  std::unique_ptr<Gauge> receiver_;
  int64_t start_ns_ = now_ns();
  uint64_t sent_ = 0;
};

}  // namespace bench
