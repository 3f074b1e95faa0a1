// SPDX-License-Identifier: MIT
#include "tests/plugins/fake_host.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace culvert;

extern "C" const culvert_module culvert_module_v1;

namespace {

using Options = std::map<std::string, std::string>;
constexpr int64_t second = 1'000'000'000;

/// A sensor behind its C functions, with a clock of ours.
class Running {
 public:
  explicit Running(const Options& options, uint32_t run_mode = CULVERT_RUN_ON) : host{run_mode} {
    const test::FakeSettings settings{options};
    created = functions().create(host.table(), &settings.raw(), &node_);
  }
  ~Running() {
    if (node_ != nullptr) { functions().destroy(node_); }
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  int64_t poll(int64_t now_ns) { return functions().poll(node_, now_ns); }
  void room() { functions().room(node_); }
  void quiesce() { functions().quiesce(node_); }
  std::map<std::string, uint64_t> counters() const {
    std::map<std::string, uint64_t> counted;
    const auto* table = static_cast<const culvert_counters_v1*>(functions().get_extension(CULVERT_EXT_COUNTERS));
    table->read(node_, &counted, [](void* to, culvert_text name, uint64_t value) {
      (*static_cast<std::map<std::string, uint64_t>*>(to))[std::string{view(name)}] = value;
    });
    return counted;
  }
  std::vector<int64_t> values() const {
    std::vector<int64_t> made;
    for (const auto& message : host.emitted) { made.push_back(message.i64); }
    return made;
  }

  test::FakeHost host;
  culvert_status created;

 private:
  static const culvert_descriptor& functions() { return *culvert_module_v1.descriptors[0]; }
  void* node_ = nullptr;
};

std::string refusal(const Options& options) {
  Running sensor{options};
  CHECK(sensor.created == CULVERT_FAILED);
  REQUIRE(sensor.host.reported.size() == 1);
  return sensor.host.reported[0].second;
}

}  // namespace

TEST_CASE("sensor: options that it cannot follow are refused with the reason") {
  CHECK(refusal({{"kind", "cosine"}}) == "option 'kind' must be file, counter, sine or random_walk, got 'cosine'");
  CHECK(refusal({{"read", "/x"}, {"pattern", "1"}}).starts_with("option 'pattern' '1' needs a group"));
}

TEST_CASE("sensor: a counted source with a format says its lines at each interval and is done") {
  Running sensor{{{"kind", "counter"}, {"count", "3"}, {"interval", "1000000000"}, {"format", "number {value}/{seq}"}}};
  CHECK(sensor.poll(5 * second) == 6 * second);
  CHECK(sensor.poll(5 * second + 1) == 6 * second);
  CHECK(sensor.host.emitted.size() == 1);
  CHECK(sensor.poll(6 * second + 900) == 7 * second);
  CHECK(sensor.poll(7 * second) == CULVERT_DONE);
  CHECK(sensor.poll(9 * second) == CULVERT_DONE);
  REQUIRE(sensor.host.emitted.size() == 3);
  const test::Emitted& last = sensor.host.emitted[2];
  CHECK(last.kind == CULVERT_PAYLOAD);
  CHECK(last.payload == "number 2/2");
  CHECK(last.content_type == "text/plain");
  CHECK(last.topic.empty());
}

TEST_CASE("sensor: without a format it emits a record with unit and the time of the reading") {
  Running sensor{{{"kind", "counter"}, {"scale", "0.5"}, {"offset", "20"}, {"unit", "Cel"}}};
  sensor.poll(0);
  sensor.poll(second);
  const test::Emitted& message = sensor.host.emitted[1];
  CHECK(message.kind == CULVERT_RECORD);
  CHECK(message.field == "value");
  CHECK(message.type == CULVERT_F64);
  CHECK(message.f64 == 20.5);
  CHECK(message.unit == "Cel");
  CHECK(message.quality == CULVERT_GOOD);
  CHECK(message.time_ns > 1'600'000'000 * second);
}

TEST_CASE("sensor: a reading that found no room is kept, rounds wait, and a counter skips no number") {
  Running sensor{{{"kind", "counter"}, {"count", "3"}}};
  sensor.host.answers = {CULVERT_OK, CULVERT_AGAIN, CULVERT_AGAIN};
  CHECK(sensor.poll(0) == second);
  CHECK(sensor.poll(second) == CULVERT_NEVER);
  CHECK(sensor.poll(4 * second) == CULVERT_NEVER);
  sensor.room();  // and full again
  CHECK(sensor.host.ready == 0);
  sensor.room();
  CHECK(sensor.host.ready == 1);
  CHECK(sensor.poll(5 * second + 1) == CULVERT_DONE);
  CHECK(sensor.values() == std::vector<int64_t>{0, 1, 2});
  REQUIRE(sensor.host.logged.size() == 1);
  CHECK(sensor.host.logged[0].second.starts_with("3 rounds skipped"));
}

TEST_CASE("sensor: the last number kept for want of room is emitted before the source is done") {
  Running sensor{{{"kind", "counter"}, {"count", "1"}}};
  sensor.host.answers = {CULVERT_AGAIN};
  CHECK(sensor.poll(0) == CULVERT_NEVER);
  sensor.room();
  CHECK(sensor.poll(1) == CULVERT_DONE);
  CHECK(sensor.values() == std::vector<int64_t>{0});
}

TEST_CASE("sensor: in a run of one round a source without end makes one, a counted one all") {
  Running endless{{{"kind", "sine"}}, CULVERT_RUN_ONCE};
  CHECK(endless.poll(0) == CULVERT_DONE);
  CHECK(endless.poll(second) == CULVERT_DONE);
  CHECK(endless.host.emitted.size() == 1);
  Running counted{{{"kind", "counter"}, {"count", "2"}}, CULVERT_RUN_ONCE};
  CHECK(counted.poll(0) == second);
  CHECK(counted.poll(second) == CULVERT_DONE);
  CHECK(counted.host.emitted.size() == 2);
}

TEST_CASE("sensor: after quiesce, or when the host takes nothing any more, it is silent") {
  Running quiet{{{"kind", "counter"}}};
  quiet.host.answers = {CULVERT_AGAIN};
  quiet.poll(0);
  quiet.quiesce();
  quiet.room();
  CHECK(quiet.poll(second) == CULVERT_NEVER);
  CHECK(quiet.host.emitted.empty());
  Running closed{{{"kind", "counter"}}};
  closed.host.answers = {CULVERT_CLOSED};
  CHECK(closed.poll(0) == CULVERT_NEVER);
  CHECK(closed.poll(second) == CULVERT_NEVER);
}

TEST_CASE("sensor: a message that the host refuses does not stop the next") {
  Running sensor{{{"kind", "counter"}}};
  sensor.host.answers = {CULVERT_REJECTED};
  CHECK(sensor.poll(0) == second);
  CHECK(sensor.poll(second) == 2 * second);
  CHECK(sensor.values() == std::vector<int64_t>{1});
}

TEST_CASE("sensor: a file that comes and goes gives bad nulls on time, one line, and good values again") {
  char name[] = "/tmp/culvert-sensor-XXXXXX";
  const std::string folder = mkdtemp(name);
  const std::string path = folder + "/temp";
  Running sensor{{{"read", path}, {"unit", "Cel"}, {"scale", "0.001"}}};
  for (int64_t i = 0; i < 3; ++i) { CHECK(sensor.poll(i * second) == (i + 1) * second); }
  REQUIRE(sensor.host.emitted.size() == 3);
  CHECK(sensor.host.emitted[2].type == CULVERT_NULL);
  CHECK(sensor.host.emitted[2].quality == CULVERT_BAD);
  CHECK(sensor.host.emitted[2].unit == "Cel");
  CHECK(sensor.host.reported.size() == 1);
  std::ofstream{path} << "41500\n";
  sensor.poll(3 * second);
  CHECK(sensor.host.emitted[3].f64 == doctest::Approx(41.5));
  CHECK(sensor.host.emitted[3].quality == CULVERT_GOOD);
  std::filesystem::remove_all(folder);
}

TEST_CASE("sensor: with a glob the path stands in a property, and a bad reading in a line of text says so") {
  char name[] = "/tmp/culvert-sensor-XXXXXX";
  const std::string folder = mkdtemp(name);
  std::filesystem::create_directories(folder + "/sys");
  std::ofstream{folder + "/sys/a"} << "1";
  std::ofstream{folder + "/sys/b"} << "none";
  Running sensor{{{"read", "/sys/*"}, {"root", folder}, {"format", "v={value}"}}};
  sensor.host.answers = {CULVERT_OK, CULVERT_AGAIN};
  sensor.poll(0);
  CHECK(sensor.host.emitted.size() == 1);
  sensor.room();
  REQUIRE(sensor.host.emitted.size() == 2);
  CHECK(sensor.host.emitted[0].payload == "v=1");
  CHECK(sensor.host.emitted[0].properties == Options{{"path", "/sys/a"}});
  CHECK(sensor.host.emitted[1].payload == "v=-");
  CHECK(sensor.host.emitted[1].properties == Options{{"path", "/sys/b"}, {"quality", "bad"}});
  std::filesystem::remove_all(folder);
}

TEST_CASE("sensor: it counts rounds, those that it skipped, and readings without a value") {
  using Counted = std::map<std::string, uint64_t>;
  Running counter{{{"kind", "counter"}, {"interval", std::to_string(second)}}};
  CHECK(counter.counters() == Counted{{"rounds", 0}, {"rounds_skipped", 0}, {"bad_readings", 0}});
  counter.poll(100 * second);
  counter.poll(104 * second);
  CHECK(counter.counters() == Counted{{"rounds", 2}, {"rounds_skipped", 3}, {"bad_readings", 0}});
  Running file{{{"read", "/nowhere"}, {"interval", std::to_string(second)}}};
  file.poll(100 * second);
  file.poll(101 * second);
  CHECK(file.counters() == Counted{{"rounds", 2}, {"rounds_skipped", 0}, {"bad_readings", 2}});
}
