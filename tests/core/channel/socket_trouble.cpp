// SPDX-License-Identifier: MIT
// What a socket pair does without memory, and when the kernel does not watch a socket for it. A program of its own: it
// takes these calls in hand.
#include "core/channel/socket_pair.hpp"
#include "core/util/clock.hpp"
#include "core/util/doorbell.hpp"
#include "core/util/memory.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/epoll.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <vector>

namespace {

/// So many of the next messages that a loop's thread makes room for find no memory.
std::atomic<int> rooms_missing{0};
/// So many of the next sockets that are to be watched, for the first time or for something else, are not.
std::atomic<int> watches_missing{0};
/// How many are not watched any more.
std::atomic<int> watches_ended{0};
/// What a loop waits on is gone.
std::atomic<bool> waits_fail{false};
/// Of this thread: it makes messages whatever the others find, and is the one that may find no memory for its own.
thread_local bool is_tester = false;
thread_local bool allocations_fail = false;

bool takes_one(std::atomic<int>& left) {
  int now = left;
  while (now > 0 && !left.compare_exchange_weak(now, now - 1)) {}
  return now > 0;
}

template <class Function>
Function* next(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int nng_msg_alloc(nng_msg** ret_message, std::size_t bytes) {
  if (!is_tester && takes_one(rooms_missing)) { return NNG_ENOMEM; }
  return next(nng_msg_alloc, "nng_msg_alloc")(ret_message, bytes);
}

extern "C" int epoll_ctl(int epoll, int change, int socket, epoll_event* event) noexcept {
  if (change != EPOLL_CTL_DEL && takes_one(watches_missing)) {
    errno = ENOSPC;
    return -1;
  }
  if (change == EPOLL_CTL_DEL) { ++watches_ended; }
  return next(epoll_ctl, "epoll_ctl")(epoll, change, socket, event);
}

extern "C" int epoll_wait(int epoll, epoll_event* events, int most, int timeout_ms) {
  const int count = next(epoll_wait, "epoll_wait")(epoll, events, most, timeout_ms);
  if (!waits_fail) { return count; }
  errno = EBADF;
  return -1;
}

// Not inlined: else the compiler takes malloc and delete, or new and free, for a pair that does not fit.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = allocations_fail ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) { throw std::bad_alloc{}; }
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace culvert {
namespace {

constexpr int64_t long_ns = 60 * one_second_ns;

/// One end, what came to it, and how often it has ended.
class End {
 public:
  explicit End(Descriptor socket, bool holds_back = false)
      : pair_{std::move(socket),
              [this, holds_back](nng::Message&& message, Descriptor&& descriptor) {
                {
                  const std::lock_guard lock{mutex_};
                  texts_.emplace_back(message.bytes());
                  descriptors_ += descriptor ? 1 : 0;
                }
                if (holds_back) { pair_.hold_back(); }
                bell_.ring();
              },
              [this] {
                ++ends_;
                bell_.ring();
              },
              SocketPair::Descriptors::taken} {}

  bool send(const std::string& text, Descriptor descriptor = {}) {
    nng::Message message{text, {}};
    return pair_.try_send(message, descriptor);
  }
  template <class Condition>
  void wait(Condition condition) {
    const int64_t deadline_ns = monotonic_ns() + long_ns;
    while (!condition() && monotonic_ns() < deadline_ns) { bell_.wait_until(monotonic_ns() + 10 * one_ms_ns); }
    REQUIRE(condition());
  }
  std::vector<std::string> texts() {
    const std::lock_guard lock{mutex_};
    return texts_;
  }
  int descriptors() {
    const std::lock_guard lock{mutex_};
    return descriptors_;
  }
  int ends() const { return ends_; }
  SocketPair& pair() { return pair_; }

 private:
  Doorbell bell_;
  std::mutex mutex_;
  std::vector<std::string> texts_;
  int descriptors_ = 0;
  std::atomic<int> ends_{0};
  SocketPair pair_;
};

/// What can be sent until the socket of the other end, which reads nothing, is full.
void fill(End& end) {
  const std::string text(100'000, 'x');
  for (int sent = 0; end.send(text); ++sent) { REQUIRE(sent < 1000); }
}

}  // namespace

TEST_CASE("socket pair: a message that there is no memory for is read once there is some, and nothing is lost") {
  is_tester = true;
  auto [left, right] = connected_sockets();
  auto [kept, given] = connected_sockets();
  auto one = std::make_unique<End>(std::move(left));
  End other{std::move(right)};
  const std::string large(300'000, 'x');
  rooms_missing = 4;
  CHECK(one->send("with", std::move(given)));
  CHECK(one->send(large));
  CHECK(one->send("last"));
  other.wait([&] { return other.texts().size() == 3; });
  CHECK(rooms_missing == 0);
  CHECK(other.texts() == std::vector<std::string>{"with", large, "last"});
  CHECK(other.descriptors() == 1);
  CHECK(other.ends() == 0);
  // Nor with the other end, which is gone before there is memory again.
  rooms_missing = 4;
  CHECK((one->send("fare") && one->send("well")));
  one.reset();
  other.wait([&] { return other.pair().has_ended(); });
  CHECK(rooms_missing == 0);
  CHECK(other.texts() == std::vector<std::string>{"with", large, "last", "fare", "well"});
  CHECK(other.ends() == 1);
}

TEST_CASE("socket pair: what is held back of memory is given out for a message that finds none") {
  is_tester = true;
  auto [left, right] = connected_sockets();
  End one{std::move(left)}, other{std::move(right)};
  hold_back_memory();
  rooms_missing = 1;
  CHECK(one.send("urgent"));
  other.wait([&] { return other.texts().size() == 1; });
  CHECK(rooms_missing == 0);
  CHECK_FALSE(give_out_memory());
  std::set_new_handler(nullptr);
}

TEST_CASE("socket pair: a message that finds no memory to wait in stays with who sends it") {
  is_tester = true;
  auto [left, right] = connected_sockets();
  End one{std::move(left)};
  nng::Message message{std::string(100'000, 'x'), {}};
  int sent = 0, refused = 0;
  // Room for those that wait is made for some at a time.
  while (refused == 0) {
    REQUIRE(sent < nng::Path::buffer_messages);
    allocations_fail = true;
    const bool is_sent = one.pair().try_send(message);
    allocations_fail = false;
    if (is_sent) {
      ++sent;
      message = nng::Message{std::string(100'000, 'x'), {}};
    } else {
      ++refused;
    }
  }
  CHECK(message.size() == 100'000);
  CHECK_FALSE(one.pair().has_ended());
  CHECK(one.pair().try_send(message));
  End other{std::move(right)};
  other.wait([&] { return other.texts().size() == static_cast<std::size_t>(sent) + 1; });
  CHECK(other.texts().back() == std::string(100'000, 'x'));
}

TEST_CASE("socket pair: whenever the kernel does not watch its socket it has ended, says so once, and takes nothing") {
  is_tester = true;
  const auto has_ended = [](End& end) {
    CHECK(watches_missing == 0);
    CHECK(end.pair().has_ended());
    CHECK(end.ends() == 1);
    nng::Message message{"late", {}};
    REQUIRE_FALSE(end.pair().try_send(message));
    CHECK(message.size() == 4);
  };
  // It keeps the loop, which watches something itself as it begins.
  auto [here, there] = connected_sockets();
  End sound{std::move(here)}, its_other{std::move(there)};
  SUBCASE("from its beginning") {
    auto [left, right] = connected_sockets();
    watches_missing = 1;
    End one{std::move(left)};
    has_ended(one);
  }
  SUBCASE("when the socket is full") {
    auto [left, right] = connected_sockets();
    End one{std::move(left)};
    watches_missing = 1;
    fill(one);
    has_ended(one);
  }
  SUBCASE("when it goes on") {
    auto [left, right] = connected_sockets();
    End one{std::move(left), true}, other{std::move(right)};
    const int before = watches_ended;
    CHECK(other.send("first"));
    // As long as it is watched, going on changes nothing.
    one.wait([&] { return watches_ended > before; });
    watches_missing = 1;
    one.pair().go_on();
    has_ended(one);
    CHECK(one.texts() == std::vector<std::string>{"first"});
  }
  CHECK(sound.send("nothing of it is theirs"));
  its_other.wait([&] { return its_other.texts().size() == 1; });
  CHECK(sound.ends() + its_other.ends() == 0);
}

TEST_CASE("socket pair: of a loop that has lost what it waits on all have ended, none begins, and the next one works") {
  is_tester = true;
  {
    auto [left, right] = connected_sockets();
    End one{std::move(left)}, other{std::move(right)};
    waits_fail = true;
    one.send("it wakes the loop");
    one.wait([&] { return one.pair().has_ended() && other.pair().has_ended(); });
    waits_fail = false;
    auto [here, there] = connected_sockets();
    CHECK_THROWS_AS(End{std::move(here)}, std::system_error);
    CHECK(one.ends() == 1);
    CHECK(other.ends() == 1);
  }
  auto [left, right] = connected_sockets();
  End one{std::move(left)}, other{std::move(right)};
  CHECK(one.send("anew"));
  other.wait([&] { return other.texts().size() == 1; });
}

TEST_CASE("socket loop: one that can't watch its own bell can't be made") {
  is_tester = true;
  watches_missing = 1;
  CHECK_THROWS_AS(SocketLoop{}, std::system_error);
  CHECK(watches_missing == 0);
}

}  // namespace culvert
