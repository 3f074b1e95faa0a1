// SPDX-License-Identifier: MIT
/// The wrapper and what is beside it, and a class with all functions that it may have.
#include <culvert/counters.hpp>
#include <culvert/plugin.hpp>
#include <culvert/reason.hpp>
#include <culvert/reconfigure.hpp>

namespace {

class Whole : public culvert::Node {
 public:
  Whole(culvert::Host host, const culvert::Settings&) : Node{host} {}
  void start() {}
  void quiesce() {}
  void stop() {}
  culvert_status process(culvert::MessageView, uint64_t token) { return culvert::reject(host(), token, "never"); }
  void counters(culvert::Counters to) const { to.add("rounds", 1); }
  culvert_status reconfigure(const culvert::Settings&) { return CULVERT_OK; }
  void flush() {}
  int64_t poll(int64_t) { return CULVERT_NEVER; }
  void room() {}
  void acked(uint64_t, culvert_status) {}
  static const void* get_extension(const char* name) noexcept {
    const void* const counters = culvert::counters_extension<Whole>(name);
    return counters != nullptr ? counters : culvert::reconfigure_extension<Whole>(name);
  }
};

class Bare : public culvert::Node {
 public:
  Bare(culvert::Host host, const culvert::Settings&) : Node{host} {}
};

// Compared in a function, since GCC warns of comparing a function's own name.
template <class Function>
constexpr bool has(Function* function) {
  return function != nullptr;
}

constexpr culvert_descriptor whole = culvert::Boundary<Whole>::descriptor(0, "");
static_assert(has(whole.start) && has(whole.quiesce) && has(whole.stop));
static_assert(has(whole.process) && has(whole.flush) && has(whole.poll));
static_assert(has(whole.room) && has(whole.acked) && has(whole.get_extension));
static_assert(has(whole.create) && has(whole.destroy) && whole.size == sizeof whole);

constexpr culvert_descriptor bare = culvert::Boundary<Bare>::descriptor(0, "");
static_assert(!has(bare.start) && !has(bare.process) && !has(bare.poll) && !has(bare.acked));
static_assert(!has(bare.get_extension));

/// Numbers of any type make a field without a cast.
[[maybe_unused]] void draft_takes_any_number() {
  culvert::Draft draft;
  draft.field("int", 1).field("bool", true).field("unsigned", 1U).field("long", 1L).field("float", 1.0F, "V");
  draft.field("text", "literal").bytes_field("bytes", "literal").null_field("null");
  const culvert::Draft copy{culvert::MessageView{draft.raw()}};
}

}  // namespace
