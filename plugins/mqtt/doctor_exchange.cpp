// SPDX-License-Identifier: MIT
#include "doctor_exchange.hpp"

#include "clock.hpp"
#include "inbound.hpp"
#include "reasons.hpp"
#include "words.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace culvert::mqtt {

namespace {

constexpr std::size_t most_answers = 64;

[[noreturn]] void fail(const std::string& words, bool closed = false) { throw ExchangeError{words, closed}; }

}  // namespace

bool Exchange::wait(Upstream::Status wish, int64_t until_ns) const {
  const int64_t left_ms = (until_ns - now_ns() + 999'999) / 1'000'000;
  pollfd entry{upstream_.descriptor(), static_cast<short>(wish == Upstream::Status::want_write ? POLLOUT : POLLIN), 0};
  return left_ms > 0 &&
         (::poll(&entry, 1, static_cast<int>(std::min<int64_t>(left_ms, 1'000'000))) >= 0 || errno == EINTR);
}

void Exchange::send(std::string_view bytes, int64_t until_ns) {
  try {
    while (!bytes.empty()) {
      std::size_t put = 0;
      const auto status = upstream_.write(bytes, put);
      if (status == Upstream::Status::closed) { fail("the broker closed the connection", true); }
      if (status != Upstream::Status::done && !wait(status, until_ns)) { fail("the broker takes nothing"); }
      bytes.remove_prefix(put);
    }
  } catch (const TlsError& error) { fail(error.what()); } catch (const std::system_error& error) {
    fail("the broker cut the connection: " + error.code().message(), true);
  }
}

bool Exchange::receive(int64_t until_ns) {
  std::array<char, 16384> bytes{};
  std::size_t got = 0;
  try {
    const auto status = upstream_.read(bytes, got);
    if (status == Upstream::Status::closed) { fail("the broker closed the connection", true); }
    if (status != Upstream::Status::done) { return wait(status, until_ns); }
  } catch (const TlsError& error) { fail(error.what()); } catch (const std::system_error& error) {
    fail("the broker cut the connection: " + error.code().message(), true);
  }
  in_.append({bytes.data(), got});
  for (;;) {
    Packet packet;
    std::size_t size = 0;
    const Cut cut = cut_packet(in_.view(), packet, size);
    if (cut == Cut::more) { return true; }
    if (cut == Cut::broken) { fail("the broker sent a packet with a malformed length"); }
    if (cut == Cut::oversize) {
      fail("the broker sent a packet of " + std::to_string(size) + " bytes, more than " + std::to_string(max_packet));
    }
    if (auto fault = fault_of(packet, version_); !fault.empty()) { fail("the broker broke the protocol: " + fault); }
    take(packet, until_ns);
    in_.consume(size);
  }
}

// What the subscriptions bring is acknowledged, so that a broker that waits for that goes on.
void Exchange::take(const Packet& packet, int64_t until_ns) {
  switch (packet.type()) {
    case PacketType::publish: {
      PublishView message;
      if (auto fault = read_publish(packet, version_, message); !fault.empty()) {
        fail("the broker broke the protocol: " + fault);
      }
      has_come_ = has_come_ || (!topic_.empty() && message.topic == topic_ && message.payload == payload_);
      if (message.qos == 1) { send(encode_ack(PacketType::puback, message.id), until_ns); }
      if (message.qos == 2) { send(encode_ack(PacketType::pubrec, message.id), until_ns); }
      break;
    }
    case PacketType::pubrel:
      send(encode_ack(PacketType::pubcomp, packet_id(packet)), until_ns);
      break;
    case PacketType::disconnect: {
      const auto told = parse_disconnect(packet);
      fail("the broker disconnected: " + reason_words(told.reason) + quoted(told.text));
    }
    default:
      if (answers_.size() == most_answers) { fail("the broker answers more than was asked"); }
      answers_.emplace_back(packet.whole);
  }
}

std::string Exchange::await(PacketType type, int64_t until_ns) {
  for (;;) {
    while (!answers_.empty()) {
      std::string first = std::move(answers_.front());
      answers_.pop_front();
      if (Packet{first, {}}.type() == type) { return first; }
    }
    if (!receive(until_ns)) { fail("no answer in time"); }
  }
}

void Exchange::look_out_for(std::string topic, std::string payload) {
  topic_ = std::move(topic);
  payload_ = std::move(payload);
}

bool Exchange::await_message(int64_t until_ns) {
  while (!has_come_) {
    if (!receive(until_ns)) { return false; }
  }
  return true;
}

}  // namespace culvert::mqtt
