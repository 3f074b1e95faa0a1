// SPDX-License-Identifier: MIT
#include "core/channel/socket_pair.hpp"

#include "core/util/clock.hpp"
#include "core/util/doorbell.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace culvert {
namespace {

constexpr int64_t long_ns = 60 * one_second_ns;

/// One end, and all that came to it.
class End {
 public:
  explicit End(Descriptor socket, SocketPair::Descriptors descriptors = SocketPair::Descriptors::refused)
      : pair_{std::move(socket), [this](nng::Message message, Descriptor got) { take(message, std::move(got)); },
              [this] { bell_.ring(); }, descriptors} {}

  bool send(const std::string& text) {
    nng::Message message{text, {}};
    return pair_.try_send(message);
  }
  bool send(const std::string& text, Descriptor descriptor) {
    nng::Message message{text, {}};
    return pair_.try_send(message, descriptor);
  }
  template <class Condition>
  void wait(Condition condition) {
    const int64_t deadline_ns = monotonic_ns() + long_ns;
    bool is_met = condition();
    while (!is_met && monotonic_ns() < deadline_ns) {
      bell_.wait_until(monotonic_ns() + 10 * one_ms_ns);
      is_met = condition();
    }
    REQUIRE(is_met);
  }
  std::size_t count() {
    const std::lock_guard lock{mutex_};
    return texts_.size();
  }
  std::vector<std::string> texts() {
    const std::lock_guard lock{mutex_};
    return texts_;
  }
  std::vector<Descriptor> descriptors() {
    const std::lock_guard lock{mutex_};
    return std::move(descriptors_);
  }
  SocketPair& pair() { return pair_; }
  std::atomic<bool> holds_back{false};

 private:
  void take(const nng::Message& message, Descriptor got) {
    {
      const std::lock_guard lock{mutex_};
      texts_.emplace_back(message.bytes());
      if (got) { descriptors_.push_back(std::move(got)); }
    }
    if (holds_back) { pair_.hold_back(); }
    bell_.ring();
  }

  Doorbell bell_;
  std::mutex mutex_;
  std::vector<std::string> texts_;
  std::vector<Descriptor> descriptors_;
  SocketPair pair_;
};

/// Many of all sizes around those at which something begins anew, and larger than a socket holds.
std::vector<std::string> many() {
  std::vector<std::string> texts;
  for (const std::size_t size : {1, 2, 7, 8, 9, 4000, 16'375, 16'376, 16'377, 65'536, 300'000, 1'000'000}) {
    for (int copies = 0; copies < 5; ++copies) { texts.emplace_back(size, static_cast<char>('a' + texts.size() % 26)); }
  }
  return texts;
}

}  // namespace

TEST_CASE("socket pair: messages of any size come whole and in order, both ways") {
  auto [left, right] = connected_sockets();
  End one{std::move(left)}, other{std::move(right)};
  const std::vector<std::string> texts = many();
  for (const std::string& text : texts) {
    one.wait([&] { return one.send(text); });
    other.wait([&] { return other.send(text); });
  }
  one.wait([&] { return one.count() == texts.size(); });
  other.wait([&] { return other.count() == texts.size(); });
  CHECK(one.texts() == texts);
  CHECK(other.texts() == texts);
}

TEST_CASE("socket pair: who is not read is answered, and all goes on when it is") {
  auto [left, right] = connected_sockets();
  End one{std::move(left)}, other{std::move(right)};
  other.holds_back = true;
  const std::string text(10'000, 'x');
  std::size_t sent = 0;
  // What is in the socket, in the queue and in one read.
  while (one.send(text)) { REQUIRE(++sent < 1000); }
  CHECK(sent >= nng::Path::buffer_messages);
  CHECK(other.count() < sent);
  other.holds_back = false;
  other.pair().go_on();
  other.wait([&] { return other.count() == sent; });
  CHECK(one.send(text));
}

TEST_CASE("socket pair: a descriptor goes with its message, and is closed where none is taken") {
  auto [left, right] = connected_sockets();
  End one{std::move(left)}, other{std::move(right), SocketPair::Descriptors::taken};
  std::vector<Descriptor> ours;
  for (int number = 0; number < 20; ++number) {
    auto [kept, given] = connected_sockets();
    CHECK(one.send("before " + std::to_string(number)));
    CHECK(one.send("with " + std::to_string(number), std::move(given)));
    ours.push_back(std::move(kept));
  }
  other.wait([&] { return other.count() == 40; });
  const std::vector<Descriptor> got = other.descriptors();
  REQUIRE(got.size() == 20);
  for (std::size_t number = 0; number < got.size(); ++number) {
    const char said = static_cast<char>('a' + number);
    REQUIRE(write(ours[number].get(), &said, 1) == 1);
    char heard = 0;
    REQUIRE(read(got[number].get(), &heard, 1) == 1);
    CHECK(heard == said);
  }
  auto [kept, given] = connected_sockets();
  CHECK(other.send("with one", std::move(given)));
  one.wait([&] { return one.pair().has_ended(); });
  CHECK(one.count() == 0);
  char nothing = 0;
  CHECK(read(kept.get(), &nothing, 1) == 0);
}

TEST_CASE("socket pair: what was sent before the other end closed is still read, and then its end is told") {
  auto [left, right] = connected_sockets();
  End other{std::move(right)};
  {
    End one{std::move(left)};
    for (int number = 0; number < 10; ++number) { CHECK(one.send(std::to_string(number))); }
  }
  other.wait([&] { return other.pair().has_ended(); });
  CHECK(other.count() == 10);
  CHECK_FALSE((other.send("late") && other.send("later")));
}

TEST_CASE("socket pair: its input can be ended while somebody else holds the other end") {
  auto [left, right] = connected_sockets();
  const Descriptor heir{dup(left.get())};
  End other{std::move(right)};
  {
    End one{std::move(left)};
    CHECK(one.send("last words"));
  }
  other.wait([&] { return other.count() == 1; });
  CHECK_FALSE(other.pair().has_ended());
  other.pair().end_input();
  other.wait([&] { return other.pair().has_ended(); });
}

TEST_CASE("socket pair: garbage ends it, whatever is in it") {
  for (const std::string_view wrong :
       {std::string_view{"\0\0\0\0\0\0\0\0", 8}, std::string_view{"\377\377\377\177\0\0\0\0", 8},
        std::string_view{"\1\0\0\0\1\0\0\0x", 9}, std::string_view{"\1\0\0\0\2\0\0\0x", 9}}) {
    auto [left, right] = connected_sockets();
    End other{std::move(right), SocketPair::Descriptors::taken};
    REQUIRE(send(left.get(), wrong.data(), wrong.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(wrong.size()));
    other.wait([&] { return other.pair().has_ended(); });
    CHECK(other.count() == 0);
  }
}

}  // namespace culvert
