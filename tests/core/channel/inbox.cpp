// SPDX-License-Identifier: MIT
#include "core/channel/inbox.hpp"

#include "core/channel/socket_pair.hpp"
#include "core/lib/nng/pair.hpp"
#include "tests/core/channel/rig.hpp"

namespace culvert::test {
namespace {

/// An inbox whose outlet is the test itself, frame by frame.
struct Rig {
  Rig()
      : peer{[this](nng::Message message) {
          const std::lock_guard lock{mutex};
          answers.emplace_back(message.bytes());
          answered.ring();
        }},
        inbox{doorbell} {
    const std::string address = fresh_address();
    inbox.open(address, 5);
    peer.dial(address);
  }
  void send(const std::string& frame) {
    nng::Message message{frame, {}};
    REQUIRE(peer.try_send(message));
  }
  void hello(uint64_t epoch = 5) {
    std::string frame;
    write_hello(epoch, {42, 1}, frame);
    send(frame);
  }
  void messages(uint64_t first, uint32_t count, uint64_t epoch = 5) {
    std::string frame;
    write_messages_header(epoch, count, frame);
    for (uint64_t seq = first; seq < first + count; ++seq) {
      const std::string text = std::to_string(seq);
      write_entry(payload("t", text), seq, frame);
    }
    send(frame);
  }
  bool arrives(std::size_t unsettled) {
    return wait_for(doorbell, [&] { return inbox.take_arrivals(), inbox.unsettled() == unsettled; });
  }
  /// The ranges of all answers since the last call.
  std::vector<SettledRange> ranges(std::size_t count) {
    std::vector<SettledRange> all;
    wait_for(answered, [&] {
      const std::lock_guard lock{mutex};
      for (const std::string& answer : answers) {
        Settled settled;
        if (read_settled(answer, settled)) { all.insert(all.end(), settled.ranges.begin(), settled.ranges.end()); }
      }
      answers.clear();
      return all.size() >= count;
    });
    return all;
  }
  std::mutex mutex;
  std::vector<std::string> answers;
  Doorbell answered, doorbell;
  nng::Pair peer;
  Inbox inbox;
};

}  // namespace

TEST_CASE("inbox: a hello is answered with the first credit") {
  Rig rig;
  rig.hello();
  CHECK(wait_for(rig.answered, [&] {
    rig.inbox.take_arrivals();
    const std::lock_guard lock{rig.mutex};
    return !rig.answers.empty();
  }));
  const auto credit = read_welcome(rig.answers.at(0));
  REQUIRE(credit);
  CHECK(credit->messages == Inbox::window_messages);
  CHECK(credit->frames == Inbox::window_frames);
}

TEST_CASE("inbox: frames before the hello and of another epoch are thrown away and counted") {
  Rig rig;
  rig.messages(1, 1);
  rig.hello(4);
  rig.hello();
  rig.messages(1, 1, 6);
  rig.messages(1, 2);
  CHECK(rig.arrives(2));
  CHECK(rig.inbox.counters().stale_frames == 3);
}

TEST_CASE("inbox: bytes that are no frame are counted and harm nothing") {
  Rig rig;
  rig.hello();
  rig.send("nonsense");
  rig.send(std::string(100, '\0'));
  rig.messages(1, 1);
  CHECK(rig.arrives(1));
  CHECK(rig.inbox.counters().damaged_frames == 2);
}

TEST_CASE("inbox: completions out of order settle as ranges, each message once") {
  Rig rig;
  rig.hello();
  rig.messages(1, 4);
  REQUIRE(rig.arrives(4));
  for (int i = 0; i < 4; ++i) { rig.inbox.hold(rig.inbox.next(), true, false, 0); }
  CHECK(rig.inbox.next() == Inbox::nothing);
  for (const uint64_t number : {3, 1, 0, 2}) { CHECK(rig.inbox.complete(number, CULVERT_OK)); }
  CHECK_FALSE(rig.inbox.complete(2, CULVERT_OK));
  rig.inbox.answer();
  uint64_t settled = 0;
  for (const SettledRange& range : rig.ranges(3)) { settled += range.last - range.first + 1; }
  CHECK(settled == 4);
  CHECK(rig.inbox.unsettled() == 0);
}

TEST_CASE("inbox: what is put back is offered again, in order") {
  Rig rig;
  rig.hello();
  rig.messages(1, 4);
  REQUIRE(rig.arrives(4));
  for (int i = 0; i < 3; ++i) { rig.inbox.hold(rig.inbox.next(), true, false, 0); }
  CHECK(rig.inbox.complete(2, CULVERT_AGAIN));
  CHECK(rig.inbox.complete(1, CULVERT_AGAIN));
  std::vector<std::string> order;
  while (rig.inbox.next() != Inbox::nothing) {
    const uint64_t number = rig.inbox.next();
    order.push_back(text_of(rig.inbox, number));
    rig.inbox.hold(number, true, false, 0);
  }
  CHECK(order == std::vector<std::string>{"2", "3", "4"});
}

TEST_CASE("inbox: a message with children settles after both its own end and theirs, with the worst status") {
  Rig rig;
  rig.hello();
  rig.messages(1, 1);
  REQUIRE(rig.arrives(1));
  rig.inbox.hold(0, true, true, 0);
  CHECK(rig.inbox.end_children(0, CULVERT_REJECTED));
  CHECK_FALSE(rig.inbox.end_children(0, CULVERT_OK));
  CHECK(rig.inbox.unsettled() == 1);
  CHECK(rig.inbox.complete(0, CULVERT_OK));
  rig.inbox.answer();
  const auto ranges = rig.ranges(1);
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].status == CULVERT_REJECTED);
  CHECK(ranges[0].reason == "what it was turned into was rejected");
}

TEST_CASE("inbox: rewinding offers again all that is not settled, and forgets who waited") {
  Rig rig;
  rig.hello();
  rig.messages(1, 3);
  REQUIRE(rig.arrives(3));
  rig.inbox.hold(0, false, false, 0);
  rig.inbox.hold(1, true, false, 7);
  CHECK(rig.inbox.pending_since_ns() == 7);
  rig.inbox.rewind();
  CHECK_FALSE(rig.inbox.complete(1, CULVERT_OK));
  CHECK(rig.inbox.next() == 1);
  CHECK(rig.inbox.pending_since_ns() == INT64_MAX);
}

TEST_CASE("inbox: a frame that repeats a number is damaged") {
  Rig rig;
  rig.hello();
  rig.messages(1, 2);
  rig.messages(2, 1);
  rig.messages(3, 1);
  REQUIRE(rig.arrives(3));
  CHECK(rig.inbox.counters().damaged_frames == 1);
}

TEST_CASE("inbox: numbers that were left out are counted as missing") {
  Rig rig;
  rig.hello();
  rig.messages(1, 1);
  rig.messages(5, 1);
  REQUIRE(rig.arrives(2));
  CHECK(rig.inbox.counters().missing == 3);
}

TEST_CASE("inbox: one message that takes for ever holds up its route, and nothing piles up behind it") {
  Rig rig;
  rig.hello();
  rig.messages(1, 3);
  REQUIRE(rig.arrives(3));
  for (int i = 0; i < 3; ++i) { rig.inbox.hold(rig.inbox.next(), i == 0, false, 0); }
  const auto credit = [&](std::size_t answers) {
    rig.inbox.answer();
    wait_for(rig.answered, [&] {
      const std::lock_guard lock{rig.mutex};
      return rig.answers.size() >= answers;
    });
    Settled settled;
    const std::lock_guard lock{rig.mutex};
    CHECK(read_settled(rig.answers.back(), settled));
    return settled.credit.messages;
  };
  CHECK(credit(2) == Inbox::window_messages);
  CHECK(rig.inbox.complete(0, CULVERT_OK));
  CHECK(credit(3) == Inbox::window_messages + 3);
}

TEST_CASE("inbox: more messages than its credit allows are not taken") {
  Rig rig;
  rig.hello();
  rig.messages(1, 256);
  rig.messages(257, 256);
  rig.messages(513, 1);
  CHECK(wait_for(rig.doorbell, [&] { return rig.inbox.take_arrivals(), rig.inbox.counters().damaged_frames == 1; }));
  CHECK(rig.inbox.unsettled() == Inbox::window_messages);
  rig.inbox.hold(rig.inbox.next(), false, false, 0);
  // There is room again, and what follows is taken.
  rig.messages(514, 1);
  CHECK(rig.arrives(Inbox::window_messages));
}

TEST_CASE("inbox: another process that sends beyond its credit is not heard any more") {
  auto [left, right] = connected_sockets();
  Doorbell doorbell;
  Inbox inbox{doorbell};
  inbox.open(std::move(left), 5);
  SocketPair peer{std::move(right), [](nng::Message&&, Descriptor&&) {}};
  const auto send = [&](const std::string& frame) {
    nng::Message message{frame, {}};
    REQUIRE(peer.try_send(message));
  };
  std::string hello;
  write_hello(5, {42, 1}, hello);
  send(hello);
  uint64_t seq = 1;
  const auto messages = [&](uint32_t count, std::size_t bytes) {
    std::string frame;
    write_messages_header(5, count, frame);
    const std::string text(bytes, 'x');
    for (uint32_t left_over = count; left_over > 0; --left_over) { write_entry(payload("t", text), seq++, frame); }
    send(frame);
  };
  messages(1, 1'000'000);
  messages(1, 500'000);
  CHECK(wait_for(doorbell, [&] { return inbox.take_arrivals(), inbox.counters().damaged_frames == 1; }));
  CHECK(inbox.unsettled() == 1);
  CHECK(wait_for(doorbell, [&] { return inbox.has_all(); }));
  // Nor in what was on its way: one that would find room is none of the epoch's any more.
  inbox.hold(inbox.next(), false, false, 0);
  inbox.take_arrivals();
  CHECK(inbox.unsettled() == 0);
  auto [again, other] = connected_sockets();
  inbox.open(std::move(again), 6);
  SocketPair sound{std::move(other), [](nng::Message&&, Descriptor&&) {}};
  std::string anew, frame;
  write_hello(6, {42, 1}, anew);
  write_messages_header(6, 1, frame);
  write_entry(payload("t", "sound"), 1, frame);
  for (const std::string& sent : {anew, frame}) {
    nng::Message message{sent, {}};
    REQUIRE(sound.try_send(message));
  }
  CHECK(wait_for(doorbell, [&] { return inbox.take_arrivals(), inbox.unsettled() == 1; }));
}

}  // namespace culvert::test
