// SPDX-License-Identifier: MIT
// What the node does about each thing that the relay and Paho tell it.
#include "connector.hpp"
#include "words.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr std::size_t no_broker = SIZE_MAX;

}  // namespace

void Connector::on(event::Reached& reached, int64_t) {
  if (state_ != State::dialing) { return; }
  enter(State::connecting);
  description_ = std::move(reached.description);
}

void Connector::on(event::Accepted& accepted, int64_t) {
  connack_ = std::move(*accepted.connack);
  if (connack_.code != 0) { return; }
  endpoints_.accept(version_, connack_);
  accepted_ = true;
  // Until Paho has heard it, too, its session is one that no broker has any more.
  if (!connack_.session_present) { session_of_ = no_broker; }
  loop_guard_.set_client_id(connack_.assigned_client_id.empty() ? client_id_ : connack_.assigned_client_id);
  if (connack_.assigned_client_id.empty() || connack_.assigned_client_id == client_id_) { return; }
  client_id_ = connack_.assigned_client_id;
  try {
    client_id_file_.store(client_id_);
  } catch (const std::exception& error) {
    host().warn("the client id that the broker assigned is kept in memory only: " + std::string{error.what()});
  }
}

void Connector::on(event::Connected&, int64_t now) {
  // One that comes late is of a connection that has ended since.
  if (state_ != State::connecting || !accepted_) { return; }
  session_of_ = endpoints_.index();
  enter(State::subscribing);
  up_by_ns_ = now + options_.connect_timeout_ns;
  subscriber_.open(*paho_, {version_, connack_, client_id_, endpoints_.url().text, has_session(), fetching_},
                   up_by_ns_);
}

void Connector::on(event::Ended& ended, int64_t now) {
  relay_busy_ = false;
  overflowed_ = false;
  if (state_ == State::stopping) { return; }
  if (state_ != State::leaving) { return fail(*ended.ending, now); }
  // However it ended: the first broker is next, or the same one once more.
  if (returning_) { endpoints_.go_to_first(); }
  version_ = endpoints_.version();
  dial();
}

// The relay ends with it: its end is what counts.
void Connector::on(event::Disconnected&, int64_t now) {
  // Paho closes a connection that failed twice, and the second time without asking whether it is the same one.
  constexpr int64_t settled_after_ns = 50'000'000;
  paho_busy_ = false;
  paho_next_ns_ = std::max(paho_next_ns_, now + settled_after_ns);
}

void Connector::on(event::Probed& probed, int64_t now) {
  if (state_ != State::up || endpoints_.is_first()) { return; }
  // What still goes out at the end goes where there is a connection.
  if (flow_.is_shut()) { return; }
  if (probed.why.empty()) { return leave_for_first(now); }
  failback_.miss();
  failback_.begin(now, endpoints_.first_retry_ns());
  host().debug("'" + endpoints_.first().text + "' does not answer yet: " + probed.why);
}

void Connector::on(event::Intruder&, int64_t now) {
  if (intruder_said_ns_ != 0 && now - intruder_said_ns_ < 10 * second_ns) { return; }
  intruder_said_ns_ = now;
  host().warn("somebody else connected to the relay at 127.0.0.1:" + std::to_string(relay_->port()) +
              " and was turned away");
}

void Connector::on(event::Published& published, int64_t now) {
  if (published.slot == Status::slot) { return status_.on_published(); }
  publisher_.on_published(published.slot, published.acknowledged, now);
}
void Connector::on(event::Refused& refused, int64_t) {
  publisher_.on_refused(refused.packet_id, refused.reason);
  status_.on_refused(refused.packet_id, refused.reason);
}
// Paho takes its time when much is on its way.
void Connector::on(event::Repeated& repeated, int64_t now) {
  publisher_.on_repeated(repeated.packet_id, repeated.is_publish);
  if (state_ == State::subscribing) { up_by_ns_ = now + options_.connect_timeout_ns; }
}
void Connector::on(event::ReasonText& told, int64_t) {
  publisher_.on_reason_text(told.packet_id, told.text);
  subscriber_.on_reason_text(told.packet_id, told.text);
  status_.on_reason_text(told.packet_id, told.text);
}
void Connector::on(event::Subscribed& subscribed, int64_t now) {
  subscriber_.on_subscribed(subscribed.index, subscribed.reason, now);
}
void Connector::on(event::Unsubscribed& unsubscribed, int64_t now) {
  subscriber_.on_unsubscribed(unsubscribed.index, unsubscribed.reason, now);
}
void Connector::on(event::Overflowed&, int64_t now) {
  overflowed_ = true;
  ++counts_.left_to_session;
  if (!overflows_.is_due(now)) { return; }
  host().warn(
      "more than " + std::to_string(options_.max_unsettled) +
      " bytes wait for room in the routes from here (option 'max_unsettled'): what else comes with QoS 1 and 2 is "
      "left to the broker's session, and fetched over a new connection once there is room" +
      overflows_.others());
}
void Connector::on(event::Discarded& discarded, int64_t now) {
  intake_.say_discarded(discarded.why, discarded.what, now);
}
void Connector::on(event::IdsUsed&, int64_t) { id_file_.reserve(); }
void Connector::on(event::Confirmed& confirmed, int64_t) { intake_.confirm(confirmed.count, confirmed.is_answer); }
void Connector::on(event::Arrived& arrived, int64_t) { intake_.take(std::move(arrived.message)); }

}  // namespace culvert::mqtt
