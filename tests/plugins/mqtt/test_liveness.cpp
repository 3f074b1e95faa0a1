// SPDX-License-Identifier: MIT
// Whatever has happened to a connection, its session and the node before: with a broker and a node that are well again,
// everything that the broker has is emitted and acknowledged; and as long as no connection is lost no more is emitted
// than may come twice. Seeded histories of guard, gate and intake, as the relay and the connector join them.
#include "harness/session_model.hpp"
#include "harness/walk.hpp"
#include "intake.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <variant>

using namespace culvert::mqtt;
using culvert::test::SessionModel;

namespace {

/// What the relay's thread tells the node's, in its order.
struct Told final : GuardListener {
  struct Overflowed {};
  struct Confirmed {
    uint64_t count;
    bool is_answer;
  };
  std::deque<std::variant<std::unique_ptr<Inbound>, Confirmed, Overflowed>> events;
  void on_connack(const Connack&) override {}
  void on_publish_refused(uint16_t, uint8_t) override {}
  void on_message(std::unique_ptr<Inbound> message) override { events.emplace_back(std::move(message)); }
  void on_discard(Discard, const std::string&) override {}
  void on_overflow() override { events.emplace_back(Overflowed{}); }
  void on_confirmed(uint64_t count, bool is_answer) override { events.emplace_back(Confirmed{count, is_answer}); }
  void on_ids_used() override {}
};

class History {
 public:
  /// `loses`: connections break.
  History(unsigned seed, bool loses) : loses_{loses}, random_{seed} {
    manner_.version = chance(2) ? Version::v5 : Version::v3;
    manner_.window = manner_.version == Version::v5 ? 64 : 20 + below(150);
    manner_.gives_new_first = chance(4);
    manner_.shuffles = chance(4);
    qos_ = static_cast<uint8_t>(below(4));
    flow_.emplace(chance(4) ? 20'000 : 1 << 20);
    fill_host();
    intake_.emplace(culvert::Host{&host_}, *flow_, loop_guard_, counts_);
    session_.emplace(
        manner_, [this](std::size_t limit) { return below(limit); }, [this](uint64_t number) { acknowledge(number); });
    connect(true);
  }
  void go_on() {
    for (int i = 0; i < 400; ++i) { step(); }
  }
  // Turns until a turn changes nothing. Every queue is emptied in each.
  void heal() {
    rejects_ = false;
    if (!guard_) { connect(true); }
    constexpr int most = 1000;
    for (int idle = 0, turns = 0; idle < 3 && turns < most; ++turns) {
      const uint64_t before = changes_;
      from_session(SIZE_MAX, true);
      to_session(SIZE_MAX, true);
      node_turn(SIZE_MAX);
      end(SIZE_MAX);
      make_room();
      node_turn(SIZE_MAX);
      relay_turn();
      if (overflowed_ && intake_->empty() && told_.events.empty()) {
        lose();
        connect(true);
      }
      idle = changes_ == before ? idle + 1 : 0;
    }
  }
  bool is_done() const { return session_->is_done() && intake_->empty() && intake_->is_settled() && held_.empty(); }
  bool all_came() const {
    return std::all_of(wanted_.begin(), wanted_.end(), [&](uint64_t number) { return emitted_.count(number) > 0; });
  }
  bool is_sound() const { return !too_soon_ && !is_cut_; }
  /// Of what was emitted above QoS 0, the most that the broker had not read an acknowledgement of.
  std::size_t most_unread() const { return most_unread_; }
  /// Connections, those among them that were given up for lack of room.
  std::size_t lost() const { return lost_; }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  bool chance(std::size_t of) { return below(of) == 0; }
  void fill_host();
  void step();
  culvert_status emit(const culvert_message& message, uint64_t token);

  void publish() {
    for (std::size_t count = below(60); count > 0; --count) {
      const auto qos = static_cast<uint8_t>(qos_ == 3 ? below(3) : qos_);
      session_->publish(qos, ++published_);
      if (qos > 0) { wanted_.insert(published_); }
    }
  }
  void connect(bool kept) {
    if (!kept) { wanted_.clear(); }
    session_->connect(kept);
    overflowed_ = false;
    guard_.emplace(manner_.version, "", false, GuardWorld{*flow_, gate_, ids_, told_, orders_});
    from_broker_ = Buffer{};
    Buffer paho;
    paho.append(culvert::test::packet({0x10, 0}));
    REQUIRE(guard_->from_paho(paho));
    guard_->to_broker().clear();
    const unsigned present = kept ? 1 : 0;
    give(manner_.version == Version::v5 ? culvert::test::packet({0x20, 3, present, 0, 0})
                                        : culvert::test::packet({0x20, 2, present, 0}));
    REQUIRE(guard_->accepted());
  }
  void lose() {
    ++lost_;
    guard_.reset();
    gate_.leave();
    told_.on_confirmed(gate_.answered(), true);
  }
  void give(const std::string& bytes) {
    if (bytes.empty()) { return; }
    ++changes_;
    from_broker_.append(bytes);
    is_cut_ = !guard_->from_broker(from_broker_) || is_cut_;
  }
  void from_session(std::size_t count, bool answers) {
    for (; count > 0; --count) {
      const auto bytes = session_->next();
      if (bytes.empty()) { break; }
      give(bytes);
    }
    for (auto pong = answers ? session_->pong() : ""; !pong.empty(); pong = session_->pong()) { give(pong); }
  }
  // What leaves the buffer may be lost all the same.
  void to_session(std::size_t most, bool arrives) {
    Buffer& out = guard_->to_broker();
    const std::size_t count = std::min(most, out.size());
    if (count == 0) { return; }
    ++changes_;
    const std::string bytes{out.view().substr(0, count)};
    out.consume(count);
    guard_->written();
    if (arrives) { give(session_->read(bytes)); }
  }
  void node_turn(std::size_t most) {
    for (; most > 0 && !told_.events.empty(); --most) {
      auto event = std::move(told_.events.front());
      told_.events.pop_front();
      ++changes_;
      if (auto* const message = std::get_if<std::unique_ptr<Inbound>>(&event)) {
        intake_->take(std::move(*message));
      } else if (const auto* const confirmed = std::get_if<Told::Confirmed>(&event)) {
        intake_->confirm(confirmed->count, confirmed->is_answer);
      } else {
        overflowed_ = true;
      }
    }
    intake_->drain(now_ns_ += 1'000'000);
    for (const uint64_t number : intake_->take_settled()) { settled_.push_back(number); }
    confirm_ |= intake_->ask_to_confirm();
  }
  void relay_turn() {
    if (settled_.empty() && !confirm_) { return; }
    ++changes_;
    for (const uint64_t number : settled_) { gate_.settle(number); }
    settled_.clear();
    const bool confirm = std::exchange(confirm_, false);
    if (!guard_) { return; }
    guard_->answer();
    if (confirm) { guard_->ping(true); }
  }
  void end(std::size_t count) {
    for (; count > 0 && !held_.empty(); --count) {
      const auto at = held_.begin() + static_cast<std::ptrdiff_t>(below(held_.size()));
      ended_.insert(at->second);
      intake_->settle(at->first);
      held_.erase(at);
      ++changes_;
    }
  }
  void make_room() {
    full_ = false;
    intake_->room();
  }
  void acknowledge(uint64_t number) {
    too_soon_ = too_soon_ || ended_.count(number) == 0;
    unread_.erase(number);
  }

  const bool loses_;
  std::minstd_rand random_;
  SessionModel::Manner manner_;
  uint8_t qos_ = 0;  // 3: any
  culvert_host host_{};
  std::optional<Flow> flow_;
  LoopGuard loop_guard_{false};
  Gate gate_;
  PacketIds ids_;
  GuardOrders orders_;
  Told told_;
  Counts counts_;
  std::optional<Intake> intake_;
  std::optional<SessionModel> session_;
  std::optional<Guard> guard_;
  Buffer from_broker_;
  std::vector<uint64_t> settled_;  // on their way to the relay
  bool confirm_ = false, overflowed_ = false, full_ = false, rejects_ = true;
  bool too_soon_ = false, is_cut_ = false;
  std::vector<std::pair<uint64_t, uint64_t>> held_;  // by the node: tokens and numbers
  std::set<uint64_t> wanted_, emitted_, ended_, unread_;
  std::size_t most_unread_ = 0, lost_ = 0;
  uint64_t published_ = 0, changes_ = 0;
  int64_t now_ns_ = 0;
};

void History::fill_host() {
  host_.size = sizeof host_;
  host_.context = this;
  host_.emit = [](const culvert_host* host, const culvert_message* message, uint64_t token) {
    return static_cast<History*>(host->context)->emit(*message, token);
  };
  host_.log = [](const culvert_host*, uint32_t, culvert_text) {};
}

culvert_status History::emit(const culvert_message& raw, uint64_t token) {
  if (full_) { return CULVERT_AGAIN; }
  ++changes_;
  const uint64_t number = std::stoull(std::string{culvert::MessageView{raw}.payload()});
  emitted_.insert(number);
  if (token != 0) { unread_.insert(number); }
  most_unread_ = std::max(most_unread_, unread_.size());
  if (rejects_ && chance(20)) {
    ended_.insert(number);
    return CULVERT_REJECTED;
  }
  if (token != 0) { held_.emplace_back(token, number); }
  return CULVERT_OK;
}

void History::step() {
  switch (below(11)) {
    case 0:
      return publish();
    case 1:
    case 2:
      return guard_ ? from_session(below(40), chance(3)) : connect(true);
    case 3:
    case 4:
      if (guard_) { to_session(below(200), true); }
      return;
    case 5:
      return node_turn(below(80));
    case 6:
    case 7:
      return end(below(50));
    case 8:
      return relay_turn();
    case 9:
      full_ = chance(2);
      return full_ ? void() : make_room();
    default:
      if (!loses_ || !guard_ || !chance(4)) { return; }
      // The last that was written does not arrive.
      to_session(below(400), false);
      lose();
      if (chance(2)) { connect(!chance(20)); }
  }
}

}  // namespace

TEST_CASE(
    "inbound: after any history all that a broker has is emitted and acknowledged once it and the node are well") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    History history{seed, true};
    for (int times = 0; times < 3; ++times) {
      history.go_on();
      history.heal();
      REQUIRE(history.is_done());
      REQUIRE(history.all_came());
      REQUIRE(history.is_sound());
    }
  }
}

TEST_CASE("inbound: as long as no connection is lost at most 64 are emitted whose acknowledgement no broker has read") {
  std::size_t most = 0, whole = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    History history{seed, false};
    history.go_on();
    history.heal();
    REQUIRE(history.is_done());
    if (history.lost() > 0) { continue; }
    REQUIRE(history.most_unread() <= Gate::receive_maximum);
    most = std::max(most, history.most_unread());
    ++whole;
  }
  CHECK(most == Gate::receive_maximum);
  CHECK(whole > 100);
}
