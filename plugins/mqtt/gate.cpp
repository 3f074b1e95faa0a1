// SPDX-License-Identifier: MIT
#include "gate.hpp"

#include "packet.hpp"

#include <algorithm>

namespace culvert::mqtt {

namespace {

// A number holds where its entry is: the packet id, the QoS above it, and then the count of messages so far.
constexpr unsigned id_bits = 16, key_bits = id_bits + 1;

constexpr std::size_t table_of(uint64_t number) noexcept { return number >> id_bits & 1; }
constexpr uint16_t id_of(uint64_t number) noexcept { return static_cast<uint16_t>(number); }

}  // namespace

void Gate::begin(bool session_present) {
  leave();
  if (!session_present || dialed_ != broker_) {
    for (Table& table : tables_) { table.clear(); }
  }
  broker_ = dialed_;
}

void Gate::leave() {
  for (Table& table : tables_) {
    for (auto& [id, entry] : table) { entry.here = false; }
  }
  sent_ = read_ = 0;
  caught_up_ = false;
  // What did not leave in whole was not received: the broker still has the message, and may not use its id for another.
  for (const auto& [end, number] : unwritten_) {
    if (Entry* const entry = find(number)) { entry->state = State::settled; }
  }
  unwritten_.clear();
  for (auto& order : order_) { order.clear(); }
}

Gate::Entry* Gate::find(uint64_t number) noexcept {
  Table& table = tables_[table_of(number)];
  const auto found = table.find(id_of(number));
  return found != table.end() && found->second.number == number ? &found->second : nullptr;
}

// What comes again at QoS 1 is marked; at QoS 2 the id alone says so until PUBREL. A broker that has forgotten a part
// of its session, or let a message expire, may use an id too early: another message is never taken for this one.
bool Gate::is_same(const Entry& entry, const Arrival& arrival) noexcept {
  return entry.digest == arrival.digest && (arrival.duplicate || arrival.qos == 2);
}

bool Gate::knows(const Arrival& arrival) const noexcept {
  const Table& table = tables_[arrival.qos - 1u];
  const auto found = table.find(arrival.id);
  return found != table.end() && is_same(found->second, arrival);
}

uint64_t Gate::arrive(const Arrival& arrival) {
  const std::size_t which = arrival.qos - 1u;
  const auto [found, fresh] = tables_[which].try_emplace(arrival.id);
  Entry& entry = found->second;
  if (!fresh && is_same(entry, arrival)) {
    join(arrival, entry);
    return 0;
  }
  if (!fresh && entry.here) { std::erase(order_[which], arrival.id); }
  entry.number = ++last_ << key_bits | uint64_t{which} << id_bits | arrival.id;
  entry.digest = arrival.digest;
  entry.state = State::open;
  entry.here = entry.counts = true;
  order_[which].push_back(arrival.id);
  return entry.number;
}

void Gate::refuse(const Arrival& arrival) {
  if (const uint64_t number = arrive(arrival); number != 0) {
    Entry& entry = *find(number);
    entry.state = State::settled;
    entry.counts = false;
  }
}

void Gate::join(const Arrival& arrival, Entry& entry) {
  // Its answer is on the way, or will be.
  if (entry.here && (entry.state != State::answered || arrival.qos == 1)) { return; }
  entry.here = true;
  order_[arrival.qos - 1u].push_back(arrival.id);
}

void Gate::settle(uint64_t number) noexcept {
  ++settled_;
  Entry* const entry = find(number);
  if (entry == nullptr || entry->state != State::open) { return; }
  entry->state = State::settled;
  if (!entry->here && caught_up_) { confirm(*entry); }
}

uint64_t Gate::answered() const noexcept {
  uint64_t held = 0;
  for (const Table& table : tables_) {
    for (const auto& [id, entry] : table) { held += entry.state == State::settled && entry.counts ? 1 : 0; }
  }
  return settled_ - held;
}

void Gate::release(uint16_t id) noexcept {
  Table& table = tables_[1];
  const auto found = table.find(id);
  if (found == table.end()) { return; }
  std::erase(order_[1], id);
  table.erase(found);
}

void Gate::answer(Buffer& to_broker) {
  for (std::size_t which = 0; which < tables_.size(); ++which) {
    auto& order = order_[which];
    for (; !order.empty(); order.pop_front()) {
      Entry& entry = tables_[which].at(order.front());
      if (entry.state == State::open || (which == 0 && sent_ - read_ >= receive_maximum)) { break; }
      to_broker.append(encode_ack(which == 0 ? PacketType::puback : PacketType::pubrec, order.front()));
      if (which == 0) {
        unwritten_.emplace_back(to_broker.appended(), entry.number);
        ++sent_;
      }
      entry.state = State::answered;
    }
  }
}

// The broker does not wait for its answer. It gets one all the same, should it give the message once more.
void Gate::confirm(Entry& entry) noexcept {
  entry.state = State::answered;
  entry.counts = false;
}

bool Gate::is_held() const noexcept {
  const auto& order = order_[0];
  return sent_ - read_ >= receive_maximum && !order.empty() && tables_[0].at(order.front()).state != State::open;
}

void Gate::read(uint64_t count) noexcept {
  read_ = count;
  if (caught_up_) { return; }
  caught_up_ = true;
  for (Table& table : tables_) {
    for (auto& [id, entry] : table) {
      if (entry.state == State::settled && !entry.here) { confirm(entry); }
    }
  }
}

void Gate::written(uint64_t count) {
  for (; !unwritten_.empty() && unwritten_.front().first <= count; unwritten_.pop_front()) {
    const uint64_t number = unwritten_.front().second;
    if (find(number) != nullptr) { tables_[table_of(number)].erase(id_of(number)); }
  }
}

}  // namespace culvert::mqtt
