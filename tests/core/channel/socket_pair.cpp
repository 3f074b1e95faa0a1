// SPDX-License-Identifier: MIT
#include "core/channel/socket_pair.hpp"

#include "core/util/clock.hpp"
#include "core/util/doorbell.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <new>
#include <set>
#include <string>
#include <vector>

namespace culvert {
namespace {

constexpr int64_t long_ns = 60 * one_second_ns;

/// One end, and all that came to it.
class End {
 public:
  explicit End(Descriptor socket, SocketPair::Descriptors descriptors = SocketPair::Descriptors::refused,
               std::size_t max_bytes = SocketPair::max_message_bytes)
      : pair_{std::move(socket),
              [this](nng::Message&& message, Descriptor&& got) {
                if (failures-- > 0) { throw std::bad_alloc{}; }
                take(message, std::move(got));
              },
              [this] { bell_.ring(); }, descriptors, max_bytes} {}

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
  std::atomic<int> failures{0};  ///< so often there is no memory for what came

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

/// What this process has used of the processor.
int64_t process_ns() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * one_second_ns + used.tv_nsec;
}

/// The descriptors of this process that something is waited for on.
std::set<int> epolls() {
  std::set<int> numbers;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) == "anon_inode:[eventpoll]") {
      numbers.insert(std::stoi(entry.path().filename()));
    }
  }
  return numbers;
}

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

TEST_CASE("socket pair: a message above the limit of its own ends it") {
  auto [left, right] = connected_sockets();
  End one{std::move(left)};
  End other{std::move(right), SocketPair::Descriptors::refused, 100};
  CHECK(one.send(std::string(100, 'x')));
  other.wait([&] { return other.count() == 1; });
  CHECK_FALSE(other.pair().has_ended());
  CHECK(one.send(std::string(101, 'x')));
  other.wait([&] { return other.pair().has_ended(); });
  CHECK(other.count() == 1);
}

TEST_CASE("socket pair: what finds no memory is handed over again, and nothing is lost or changes places") {
  auto [left, right] = connected_sockets();
  End one{std::move(left)}, other{std::move(right), SocketPair::Descriptors::taken};
  other.failures = 3;
  auto [kept, given] = connected_sockets();
  CHECK(one.send("with", std::move(given)));
  for (int number = 0; number < 5; ++number) { CHECK(one.send(std::to_string(number))); }
  other.wait([&] { return other.count() == 6; });
  CHECK(other.texts() == std::vector<std::string>{"with", "0", "1", "2", "3", "4"});
  CHECK(other.descriptors().size() == 1);
  CHECK(other.failures <= 0);
  CHECK_FALSE(other.pair().has_ended());
}

TEST_CASE("socket pair: what waits for memory is not lost with the other end") {
  auto [left, right] = connected_sockets();
  End other{std::move(right)};
  other.failures = 3;
  {
    End one{std::move(left)};
    CHECK((one.send("last") && one.send("words")));
  }
  other.wait([&] { return other.pair().has_ended(); });
  CHECK(other.texts() == std::vector<std::string>{"last", "words"});
}

TEST_CASE("socket pair: who can't be sent to has ended, once what it said is read") {
  auto [left, right] = connected_sockets();
  End other{std::move(right)};
  const std::string_view said{"\1\0\0\0\0\0\0\0x", 9};
  REQUIRE(send(left.get(), said.data(), said.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(said.size()));
  REQUIRE(shutdown(left.get(), SHUT_RD) == 0);
  other.send("nobody hears it");
  other.wait([&] { return other.pair().has_ended(); });
  CHECK(other.count() == 1);
}

TEST_CASE("socket pair: output that waits for a peer that is gone ends with it, and nothing spins") {
  auto [left, right] = connected_sockets();
  End one{std::move(left)};
  one.holds_back = true;
  const std::string_view said{"\1\0\0\0\0\0\0\0x", 9};
  REQUIRE(send(right.get(), said.data(), said.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(said.size()));
  one.wait([&] { return one.count() == 1; });
  std::size_t sent = 0;
  while (one.send(std::string(100'000, 'x'))) { REQUIRE(++sent < 1000); }
  { const Descriptor gone = std::move(right); }
  // Its output is given up, so that nothing is waited for while it is held back.
  const int64_t deadline_ns = monotonic_ns() + long_ns;
  int64_t used_ns = INT64_MAX;
  while (used_ns > 50 * one_ms_ns && monotonic_ns() < deadline_ns) {
    const int64_t before_ns = process_ns();
    Doorbell{}.wait_until(monotonic_ns() + 500 * one_ms_ns);
    used_ns = process_ns() - before_ns;
  }
  CHECK(used_ns <= 50 * one_ms_ns);
  one.holds_back = false;
  one.pair().go_on();
  one.wait([&] { return one.pair().has_ended(); });
}

TEST_CASE("socket pair: when somebody has taken away what the loop waits on, each has ended") {
  auto [left, right] = connected_sockets();
  // Others of this process wait on some of their own.
  const std::set<int> others = epolls();
  End one{std::move(left)};
  const Descriptor nothing{open("/dev/null", O_RDWR | O_CLOEXEC)};
  std::size_t taken = 0;
  for (const int number : epolls()) {
    if (!others.contains(number)) { taken += dup3(nothing.get(), number, O_CLOEXEC) == number ? 1 : 0; }
  }
  REQUIRE(taken == 1);
  // It wakes what still waits on the one that is gone.
  const std::string_view said{"\1\0\0\0\0\0\0\0x", 9};
  REQUIRE(send(right.get(), said.data(), said.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(said.size()));
  one.wait([&] { return one.pair().has_ended(); });
}

}  // namespace culvert
