// SPDX-License-Identifier: MIT
// What the host's functions do when there is no memory. A program of its own: it takes the allocation in hand.
#include "tests/core/node/rig.hpp"

#include <cstdlib>
#include <new>

namespace {

/// How many more allocations of this thread succeed; negative: all.
thread_local long left = -1;
thread_local bool failed = false;

}  // namespace

// Not inlined: else the compiler takes malloc and delete, or new and free, for a pair that does not fit.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (left == 0) {
    failed = true;
    throw std::bad_alloc{};
  }
  if (left > 0) { --left; }
  if (void* memory = std::malloc(size == 0 ? 1 : size)) { return memory; }
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace culvert::test {
namespace {

/// Calls `body` again and again, each time with one more allocation that succeeds, until none has failed. Answers how
/// often one did.
template <class Body>
int with_each_failing(Body body) {
  constexpr int most = 1000;
  for (int allowed = 0; allowed < most; ++allowed) {
    failed = false;
    left = allowed;
    body();
    left = -1;
    if (!failed) { return allowed; }
  }
  FAIL("it never came to an end");
  return most;
}

struct Emitter : Rig {
  Emitter() {
    auto& tap = add<Tap>("boiler");
    join(tap, add<Notes>("notes"));
    REQUIRE(start());
  }
  const culvert_host* host = nullptr;
};

const std::string long_text(1000, 'x');

}  // namespace

TEST_CASE("host: an emit without memory is answered with 'again', or fails the node when it is placed in part") {
  Draft draft;
  draft.topic("t").payload(long_text);
  const culvert_message message = draft.raw();
  int again = 0, failures = 0;
  for (int allowed = 0; allowed < 1000; ++allowed) {
    Rig rig;
    auto& tap = rig.add<Tap>("boiler");
    rig.join(tap, rig.add<Notes>("notes"));
    REQUIRE(rig.start());
    const culvert_host* const host = Tap::current()->host().raw();
    failed = false;
    left = allowed;
    const culvert_status status = host->emit(host, &message, 7);
    left = -1;
    if (!failed) {
      CHECK(status == CULVERT_OK);
      break;
    }
    if (status == CULVERT_AGAIN) {
      ++again;
      CHECK(rig.seen.has_line("room"));
      CHECK(host->emit(host, &message, 7) == CULVERT_OK);
      CHECK(rig.seen.has_line("t=" + long_text));
      CHECK(rig.seen.has_line("acked 7 0"));
    } else if (status == CULVERT_OK) {
      // It is placed; there was none for the frame that it leaves in, which is made later.
      CHECK(rig.seen.has_line("t=" + long_text));
      CHECK(rig.seen.has_line("acked 7 0"));
    } else {
      ++failures;
      CHECK(status == CULVERT_CLOSED);
      CHECK(rig.becomes(tap, NodeState::failed));
    }
  }
  CHECK(again > 0);
  CHECK(failures > 0);
}

TEST_CASE("host: lines and links without memory end nothing") {
  Emitter emitter;
  const culvert_host* const host = Tap::current()->host().raw();
  const culvert_text line = text(long_text);
  CHECK(with_each_failing([&] { host->log(host, CULVERT_LOG_ERROR, line); }) > 0);
  CHECK(with_each_failing([&] { host->set_link(host, CULVERT_LINK_UP, line); }) > 0);
  CHECK(Tap::current()->send("on") == CULVERT_OK);
  CHECK(emitter.seen.has_line("t=on"));
}

TEST_CASE("host: templates and encodings without memory answer -1") {
  Emitter emitter;
  const culvert_host* const host = Tap::current()->host().raw();
  const auto* templates = static_cast<const culvert_template_v1*>(host->get_extension(host, CULVERT_EXT_TEMPLATE));
  const auto* encoders = static_cast<const culvert_encode_v1*>(host->get_extension(host, CULVERT_EXT_ENCODE));
  Draft draft;
  draft.topic("t").field("value", long_text);
  const culvert_message message = draft.raw();
  const auto check = [](int64_t size) {
    if (failed) { CHECK(size == -1); }
  };
  CHECK(with_each_failing([&] { check(templates->render(host, text("{node} {value}"), &message, nullptr, 0)); }) > 0);
  CHECK(with_each_failing([&] { check(encoders->encode(host, CULVERT_ENCODE_JSON, &message, nullptr, 0)); }) > 0);
}

TEST_CASE("host: a node that reports its failure without memory has failed all the same") {
  Rig rig;
  auto& tap = rig.add<Tap>("boiler");
  rig.join(tap, rig.add<Notes>("notes"));
  REQUIRE(rig.start());
  const culvert_host* const host = Tap::current()->host().raw();
  left = 0;
  host->report(host, CULVERT_FAILED, text(long_text));
  left = -1;
  CHECK(failed);
  CHECK(rig.becomes(tap, NodeState::failed));
}

TEST_CASE("host: a message whose end finds no memory fails its node instead of standing for ever") {
  Rig rig;
  auto& tap = rig.add<Tap>("boiler");
  rig.join(tap, rig.add<Notes>("notes"));
  REQUIRE(rig.start());
  const culvert_host* const host = Tap::current()->host().raw();
  left = 0;
  host->complete(host, 1, CULVERT_OK);
  left = -1;
  CHECK(failed);
  CHECK(rig.becomes(tap, NodeState::failed));
}

}  // namespace culvert::test
