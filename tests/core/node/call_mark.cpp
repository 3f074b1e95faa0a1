// SPDX-License-Identifier: MIT
#include "core/node/call_mark.hpp"

#include "tests/core/node/rig.hpp"

#include <csignal>
#include <string_view>
#include <thread>

namespace culvert::test {
namespace {

std::atomic<const char*> seen_by_handler{nullptr};
CallMark* handled = nullptr;

/// Stays in each of its calls until the test lets it go on, if the test named that call.
class Lingers : public culvert::Node {
 public:
  Lingers(Host host, const Settings&) : Node{host} { linger("create"); }
  ~Lingers() { linger("destroy"); }
  void start() { linger("start"); }
  void stop() { linger("stop"); }
  void flush() { linger("flush"); }
  int64_t poll(int64_t) { return linger("poll"), CULVERT_NEVER; }
  culvert_status process(MessageView, uint64_t) { return linger("process"), CULVERT_OK; }

  static inline std::string_view where;
  static inline Doorbell go_on;

 private:
  static void linger(std::string_view call) {
    if (call != where) { return; }
    journal()->note("there");
    go_on.wait_until(monotonic_ns() + 60 * one_second_ns);
  }
};

}  // namespace

TEST_CASE("call mark: between calls there is none, inside it has a name, and each call has its own number") {
  CallMark mark;
  CHECK(mark.current() == nullptr);
  mark.begin("start");
  const CallMark::Look first = mark.look();
  CHECK(std::string_view{first.call} == "start");
  CHECK(mark.look().number == first.number);
  mark.end();
  CHECK(mark.current() == nullptr);
  {
    const MarkedCall marked{mark, "start"};
    CHECK(std::string_view{mark.current()} == "start");
    CHECK(mark.look().number != first.number);
  }
  CHECK(mark.current() == nullptr);
}

TEST_CASE("call mark: a signal handler on the thread of the call reads its name") {
  CallMark mark;
  handled = &mark;
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) { seen_by_handler = handled->current(); };
  REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
  {
    const MarkedCall marked{mark, "process"};
    std::raise(SIGUSR1);
  }
  sigaction(SIGUSR1, &before, nullptr);
  REQUIRE(seen_by_handler.load() != nullptr);
  CHECK(std::string_view{seen_by_handler} == "process");
}

TEST_CASE("call mark: who looks while calls come and go sees each number with its own name") {
  CallMark mark;
  std::atomic<bool> is_over{false};
  std::thread caller{[&] {
    // Numbers are odd: 1, 5, 9 and so on are of the one, 3, 7 and so on of the other.
    for (int round = 0; round < 200'000; ++round) {
      { const MarkedCall marked{mark, "process"}; }
      { const MarkedCall marked{mark, "flush"}; }
    }
    is_over = true;
  }};
  uint64_t wrong = 0;
  while (!is_over) {
    const CallMark::Look look = mark.look();
    if (look.call == nullptr) { continue; }
    if (std::string_view{look.call} != (look.number % 4 == 1 ? "process" : "flush")) { ++wrong; }
  }
  caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("call mark: a node marks each call into its plugin by its name") {
  for (const char* call : {"start", "process", "flush", "poll", "stop"}) {
    CAPTURE(call);
    Rig rig;
    Lingers::where = call;
    auto& tap = rig.add<Tap>("tap");
    auto& node = rig.add<Lingers>("lingers");
    rig.join(tap, node);
    REQUIRE(rig.start());
    CHECK(Tap::current()->send("x") == CULVERT_OK);
    if (std::string_view{call} == "stop") { node.stop(); }
    REQUIRE(rig.seen.has_line("there"));
    REQUIRE(node.call_mark().current() != nullptr);
    CHECK(std::string_view{node.call_mark().current()} == call);
    Lingers::where = "";
    Lingers::go_on.ring();
    node.stop();
    node.join();
    CHECK(node.call_mark().current() == nullptr);
  }
}

}  // namespace culvert::test
