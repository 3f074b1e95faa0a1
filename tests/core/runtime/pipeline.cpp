// SPDX-License-Identifier: MIT
// Pipelines of real plugins in this process: built, run until everything has settled, and stopped.
#include "core/runtime/pipeline.hpp"

#include "core/util/clock.hpp"
#include "core/util/doorbell.hpp"
#include "tests/support/folder.hpp"

#include <doctest/doctest.h>

#include <string>

namespace culvert::test {
namespace {

// Whose nodes are all in this process waits for none.
const Pause nothing = [](int64_t) { return true; };

struct Run {
  explicit Run(const std::string& text) {
    config::Problems problems;
    CheckedPipeline checked = check_pipeline(config::load_text(text, "edge.toml", problems), registry, problems);
    REQUIRE_FALSE(problems.has_errors());
    pipeline =
        std::make_unique<Pipeline>(std::move(checked), registry, log, CULVERT_RUN_ONCE, [this] { changed.ring(); });
  }
  bool starts() {
    const bool all = pipeline->start(nothing);
    if (all) { pipeline->start_sources(); }
    return all;
  }
  /// Whether everything has settled within 20 s.
  bool settles() {
    const int64_t deadline_ns = monotonic_ns() + 20 * one_second_ns;
    while (!pipeline->is_done() && monotonic_ns() < deadline_ns) { changed.wait_until(monotonic_ns() + one_ms_ns); }
    return pipeline->is_done();
  }
  plugin::Registry registry{{CULVERT_TEST_FIXTURES, CULVERT_TEST_PLUGINS}};
  Log log{LogFormat::text, LogLevel::error};
  Doorbell changed;
  std::unique_ptr<Pipeline> pipeline;
};

std::string node(const std::string& name, const std::string& plugin, const std::string& options = "") {
  return "[node." + name + "]\nplugin = '" + plugin + "'\nlog_level = 'error'\n" + options;
}
std::string route(const std::string& from, const std::string& to, const std::string& more = "") {
  return "[[route]]\nfrom = '" + from + "'\nto = '" + to + "'\n" + more;
}

}  // namespace

TEST_CASE("pipeline: what every route has settled is counted once for each route, and nothing is left") {
  Run run{node("t", "tokens", "count = 500\n") + node("x", "relay_transform") + node("s", "swallow") + route("t", "x") +
          route("x", "s") + route("t", "s")};
  REQUIRE(run.starts());
  CHECK(run.settles());
  run.pipeline->stop();
  const PipelineCounters counters = run.pipeline->counters();
  CHECK(counters.placed == 2000);
  CHECK(counters.delivered == 2000);
  CHECK(counters.dropped + counters.rejected + counters.unrouted == 0);
  CHECK(run.pipeline->queued() == 0);
  CHECK(run.pipeline->fatal() == nullptr);
}

TEST_CASE("pipeline: what batches carry is counted in messages, and the last batch need not be full") {
  const std::string batch = "batch = { max = 30, within = '1h' }\n";
  for (const bool hurried : {true, false}) {
    Run run{node("t", "tokens", "count = 500\n") + node("x", "relay_transform") + node("s", "swallow") +
            route("t", "x") + route("x", "s", batch) + route("t", "s", batch)};
    REQUIRE(run.starts());
    const int64_t deadline_ns = monotonic_ns() + 20 * one_second_ns;
    while (!run.pipeline->is_through() && monotonic_ns() < deadline_ns) {
      run.changed.wait_until(monotonic_ns() + one_ms_ns);
    }
    CHECK_FALSE(run.pipeline->is_done());
    hurried ? run.pipeline->hurry() : run.pipeline->quiesce();
    CHECK(run.settles());
    run.pipeline->stop();
    const PipelineCounters counters = run.pipeline->counters();
    CHECK(counters.placed == 2000);
    CHECK(counters.delivered == 2000);
    CHECK(run.pipeline->queued() == 0);
  }
}

TEST_CASE("pipeline: what a durable route has not delivered is there at the next start, and goes before all else") {
  const TemporaryFolder state;
  const std::string head = "[runtime]\nstate_dir = '" + state.path() + "'\n" + node("t", "tokens", "count = 2000\n");
  const std::string durable = route("t", "s", "durable = true\n");
  {
    Run run{head + node("s", "slow", "delay = '1h'\n") + durable};
    REQUIRE(run.starts());
    const int64_t deadline_ns = monotonic_ns() + 20 * one_second_ns;
    while ((run.pipeline->counters().placed < 2000 || run.pipeline->movable() > run.pipeline->queued()) &&
           monotonic_ns() < deadline_ns) {
      run.changed.wait_until(monotonic_ns() + one_ms_ns);
    }
    run.pipeline->quiesce();
    run.pipeline->stop();
    CHECK(run.pipeline->queued() == 2000);
    CHECK(run.pipeline->journalled() == 2000);
  }
  Run run{head + node("s", "swallow") + durable};
  CHECK(run.pipeline->queued() == 2000);
  REQUIRE(run.starts());
  CHECK(run.settles());
  run.pipeline->stop();
  CHECK(run.pipeline->counters().delivered == 4000);
  CHECK(run.pipeline->journalled() == 0);
}

TEST_CASE("pipeline: a thousand routes start, carry and stop") {
  std::string text = node("t", "tokens", "count = 3\n");
  for (int sink = 0; sink < 20; ++sink) { text += node("s" + std::to_string(sink), "swallow"); }
  for (int edge = 0; edge < 1000; ++edge) { text += route("t", "s" + std::to_string(edge % 20)); }
  Run run{text};
  REQUIRE(run.starts());
  CHECK(run.settles());
  run.pipeline->stop();
  CHECK(run.pipeline->counters().delivered == 3000);
}

TEST_CASE("pipeline: one that is stopped before it has done anything, or never started, ends at once") {
  for (const bool started : {false, true}) {
    Run run{node("t", "tokens", "count = 5000\n") + node("s", "swallow") + route("t", "s")};
    if (started) { REQUIRE(run.starts()); }
    run.pipeline->stop();
    const PipelineCounters counters = run.pipeline->counters();
    CHECK(counters.placed == counters.delivered + run.pipeline->queued());
  }
}

TEST_CASE("pipeline: a node that cannot be created keeps all from starting") {
  Run run{node("t", "tokens") + node("bad", "thrower", "in_create = true\n") + route("t", "bad")};
  CHECK_FALSE(run.pipeline->start(nothing));
  run.pipeline->stop();
  CHECK(run.pipeline->counters().placed == 0);
}

TEST_CASE("pipeline: with a message that has a token one thing is not delivered, not two") {
  Run run{node("t", "tokens", "count = 3\n") + node("s", "slow", "delay = '1h'\n") + route("t", "s")};
  REQUIRE(run.starts());
  const int64_t deadline_ns = monotonic_ns() + 5 * one_second_ns;
  while (run.pipeline->queued() < 3 && monotonic_ns() < deadline_ns) {
    run.changed.wait_until(monotonic_ns() + one_ms_ns);
  }
  run.pipeline->quiesce();
  run.pipeline->stop();
  CHECK(run.pipeline->queued() == 3);
}

}  // namespace culvert::test
