// SPDX-License-Identifier: MIT
/// A route with both ends in one test: what is placed at the outlet is read at the inbox, through NNG.
#pragma once

#include "core/channel/address.hpp"
#include "core/channel/fanout.hpp"
#include "core/channel/inbox.hpp"
#include "core/util/clock.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

namespace culvert::test {

inline culvert_message payload(std::string_view topic, std::string_view text) {
  culvert_message message{};
  message.size = sizeof message;
  message.kind = CULVERT_PAYLOAD;
  message.time_ns = 1;
  message.topic = {topic.data(), topic.size()};
  message.payload = {text.data(), text.size()};
  return message;
}

inline std::string entry(std::string_view text) {
  std::string bytes;
  write_entry(payload("t", text), 0, bytes);
  return bytes;
}

/// Waits for `condition`, at most 5 s, woken by `doorbell`.
inline bool wait_for(Doorbell& doorbell, const std::function<bool()>& condition) {
  const int64_t deadline_ns = monotonic_ns() + 5 * one_second_ns;
  while (!condition()) {
    if (monotonic_ns() >= deadline_ns) { return false; }
    doorbell.wait_until(monotonic_ns() + 5 * one_ms_ns);
  }
  return true;
}

/// The payload of the message that the inbox offers next, and its number.
inline std::string text_of(Inbox& inbox, uint64_t number) {
  const culvert_message* message = inbox.message(number);
  return message == nullptr ? "(damaged)" : std::string{message->payload.data, message->payload.size};
}

/// Reads the next message within 5 s, without settling it.
inline uint64_t receive(Doorbell& doorbell, Inbox& inbox) {
  wait_for(doorbell, [&] {
    inbox.take_arrivals();
    inbox.answer();
    return inbox.next() != Inbox::nothing;
  });
  return inbox.next();
}

/// Reads and delivers `count` messages; answers their payloads.
inline std::vector<std::string> deliver(Doorbell& doorbell, Inbox& inbox, std::size_t count) {
  std::vector<std::string> texts;
  while (texts.size() < count) {
    const uint64_t number = receive(doorbell, inbox);
    if (number == Inbox::nothing) { break; }
    texts.push_back(text_of(inbox, number));
    inbox.hold(number, false, false, 0);
    inbox.answer();
  }
  return texts;
}

/// An address that no other test uses.
inline std::string fresh_address() {
  static uint64_t route = 0;
  return inproc_address(7, ++route, 1);
}

}  // namespace culvert::test
