// SPDX-License-Identifier: MIT
#include "trouble.hpp"

#include <utility>

namespace culvert::sensor {

void Trouble::bad_reading(std::string why) {
  if (bad_ == 0) { why_ = std::move(why); }
  ++bad_;
  ++all_bad_;
  round_is_bad_ = true;
}

void Trouble::say(Host host, int64_t now_ns) {
  const bool bad_now = std::exchange(round_is_bad_, false);
  const bool recovered = degraded_ && !bad_now;
  const bool something = bad_ > 0 || skipped_ > 0 || recovered;
  if (!something || (said_once_ && now_ns - said_ns_ < trouble_interval_ns)) { return; }
  said_once_ = true;
  said_ns_ = now_ns;
  const std::string text = line();
  if (recovered) {
    host.report(CULVERT_OK, text.empty() ? "reads again" : "reads again; before: " + text);
    degraded_ = false;
  } else if (bad_now && !degraded_) {
    host.report(CULVERT_AGAIN, text);
    degraded_ = true;
  } else {
    host.warn(text);
  }
  bad_ = 0;
  skipped_ = 0;
}

std::string Trouble::line() const {
  std::string text = bad_ > 0 ? why_ : std::string{};
  if (bad_ > 1) { text += ", " + std::to_string(bad_) + " readings without a value"; }
  if (skipped_ > 0) {
    if (!text.empty()) { text += ", "; }
    text += std::to_string(skipped_) + (skipped_ == 1 ? " round" : " rounds") +
            " skipped, because a round took longer than 'interval' or a route was full";
  }
  return text;
}

}  // namespace culvert::sensor
