// SPDX-License-Identifier: MIT
// How the node leaves a broker: for the first one of the list, to come again, or for good.
#include "clock.hpp"
#include "connector.hpp"

#include <algorithm>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr int64_t second_ns = 1'000'000'000;
// What the broker gets at most for all that belongs to a clean end.
constexpr int64_t goodbye_ns = 2 * second_ns;

}  // namespace

void Connector::look_back() {
  failback_.pause();
  Destination first;
  first.url = endpoints_.first();
  first.reach = options_.reach;
  first.timeout_ns = options_.connect_timeout_ns;
  relay_->probe(std::move(first));
}

// Nothing new is taken; what is on its way may still be acknowledged, then follows DISCONNECT.
void Connector::leave(int64_t now) {
  enter(State::leaving);
  publisher_.close();
  subscriber_.close();
  left_ = false;
  leave_by_ns_ = now + goodbye_ns;
}

void Connector::leave_for_first(int64_t now) {
  host().info("'" + endpoints_.first().text + "' answers again: leaving '" + endpoints_.url().text + "' for it");
  returning_ = true;
  leave(now);
  status_.publish(*paho_, connack_, false);
}

// When there is room for what was left to the broker's session. Where the routes are slow for long that is soon after
// each connection: it is made no more often than one that fails.
int64_t Connector::fetch_ns() const noexcept {
  const bool has_room = overflowed_ && intake_.empty() && !flow_.is_shut();
  return has_room ? up_since_ns_ + options_.backoff_min_ns : CULVERT_NEVER;
}

// The broker sends again what was left to its session, but not before the next connection. That is no reason to be
// offline: the status stays as it is.
void Connector::fetch(int64_t now) {
  fetching_ = true;
  leave(now);
}

// What the broker keeps as the status still says online, and no will is there to change that.
void Connector::end_fetching(int64_t until) {
  for (int64_t now = now_ns(); fetching_ && !is_connected() && now < until; now = now_ns()) {
    events_.wait_until(std::min(until, poll(now)));
  }
}

bool Connector::is_connected() const noexcept {
  return state_ == State::up || state_ == State::subscribing || (state_ == State::leaving && !left_);
}

void Connector::step_leaving(int64_t now) {
  // Ends that another broker would not hear of are waited for; the session of this one knows what has not ended.
  const bool ends_to_come = returning_ && !intake_.is_settled();
  const bool under_way = publisher_.under_way() > 0 || status_.is_under_way() || ends_to_come;
  if (left_) {
    if (now >= leave_by_ns_) {
      leave_by_ns_ = CULVERT_NEVER;
      relay_->cut("left");
    }
    return;
  }
  if (under_way && now < leave_by_ns_) { return; }
  left_ = true;
  // A slow broker or link is waited for, but one that is left for another keeps nobody.
  const int64_t parting_ns = returning_ ? GuardOrders::short_parting_ns : options_.connect_timeout_ns;
  leave_by_ns_ = now + goodbye_ns + parting_ns;
  relay_->expect_disconnect(parting_ns);
  if (!paho_->disconnect()) { relay_->cut("left"); }
}

void Connector::stop() {
  if (state_ == State::idle) { return; }
  pass_settled();
  if (status_.is_wanted()) { end_fetching(now_ns() + goodbye_ns); }
  const bool connected = is_connected();
  publisher_.close();
  enter(State::stopping);
  if (connected) {
    say_goodbye(now_ns() + goodbye_ns);
  } else {
    relay_->cut("stopped");
  }
  paho_.reset();
  relay_.reset();
  id_file_.end();
  host().set_link(CULVERT_LINK_DOWN, "stopped");
}

// UNSUBSCRIBE only where the broker would forget the subscriptions anyway: it may stop sending a little sooner.
// Then the status, and DISCONNECT, so that no will is published. All of it until that time.
void Connector::say_goodbye(int64_t until) {
  const auto wait_for = [&](const auto& done, int64_t at_most_ns) {
    const int64_t by = std::min(until, now_ns() + at_most_ns);
    while (!done() && events_.wait_until(by)) { drain(now_ns()); }
  };
  if (!has_session() && !subscriber_.empty()) {
    subscriber_.leave();
    wait_for([this] { return subscriber_.is_answered() || !relay_busy_; }, second_ns);
  }
  subscriber_.close();
  relay_->take_publishes();
  status_.publish(*paho_, connack_, false);
  wait_for([this] { return !status_.is_under_way() || !relay_busy_; }, second_ns);
  relay_->expect_disconnect();
  if (!paho_->disconnect()) { relay_->cut("stopped"); }
  wait_for([this] { return !relay_busy_; }, goodbye_ns);
}

}  // namespace culvert::mqtt
