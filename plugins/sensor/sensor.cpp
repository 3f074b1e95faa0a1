// SPDX-License-Identifier: MIT
#include "sensor.hpp"

#include "files.hpp"
#include "simulated.hpp"

#include <algorithm>
#include <ctime>
#include <random>
#include <stdexcept>
#include <utility>

namespace culvert::sensor {
namespace {

std::unique_ptr<Input> input_of(const Settings& settings, Trouble& trouble) {
  const std::string kind{settings.text("kind", "file")};
  if (kind == "file") {
    return std::make_unique<Files>(settings.text("read"), settings.text("root"), std::string{settings.text("pattern")},
                                   trouble);
  }
  if (kind == "counter") { return std::make_unique<Counter>(); }
  if (kind == "sine") { return std::make_unique<Sine>(); }
  if (kind != "random_walk") {
    throw std::invalid_argument{"option 'kind' must be file, counter, sine or random_walk, got '" + kind + "'"};
  }
  const auto seed = settings.find("seed");
  return std::make_unique<RandomWalk>(seed ? static_cast<uint64_t>(settings.integer("seed")) : std::random_device{}());
}

int64_t now_since_1970_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Sensor::Sensor(Host host, const Settings& settings)
    : Node{host},
      input_{input_of(settings, trouble_)},
      scale_{settings.number("scale", 1), settings.number("offset", 0)},
      schedule_{std::max<int64_t>(settings.integer("interval", 1'000'000'000), 1)},
      unit_{settings.text("unit")},
      format_{settings.text("format")},
      count_{static_cast<uint64_t>(std::max<int64_t>(settings.integer("count"), 0))} {}

int64_t Sensor::poll(int64_t now_ns) {
  // With readings kept, `room` goes on; rounds that pass until then are counted when the next one is taken.
  if (ended_ || !kept_.empty()) { return CULVERT_NEVER; }
  if (is_finished()) { return CULVERT_DONE; }
  if (!schedule_.is_due(now_ns)) { return schedule_.next_ns(); }
  trouble_.skipped_rounds(schedule_.take(now_ns));
  take_round();
  send();
  trouble_.say(host(), now_ns);
  if (ended_ || !kept_.empty()) { return CULVERT_NEVER; }
  return is_finished() ? CULVERT_DONE : schedule_.next_ns();
}

void Sensor::room() {
  if (ended_ || kept_.empty()) { return; }
  send();
  if (kept_.empty()) { host().ready(); }  // so that `poll` is asked for the next round
}

void Sensor::take_round() {
  read_.clear();
  input_->read(read_);
  for (Reading& reading : read_) {
    reading.time_ns = now_since_1970_ns();
    reading.round = rounds_;
    if (reading.value) { reading.value = scale_.apply(*reading.value); }
    kept_.push_back(std::move(reading));
  }
  ++rounds_;
}

void Sensor::send() {
  while (!kept_.empty()) {
    const culvert_status status = emit(kept_.front());
    if (status == CULVERT_AGAIN) { return; }
    if (status == CULVERT_CLOSED) { return end(); }
    kept_.pop_front();  // emitted, or refused for good, which the host says
  }
}

culvert_status Sensor::emit(const Reading& reading) const {
  Draft draft;
  draft.time_ns(reading.time_ns);
  if (!reading.path.empty()) { draft.property("path", reading.path); }
  if (!reading.value) {
    draft.null_field("value", unit_);
  } else if (const int64_t* whole = std::get_if<int64_t>(&*reading.value)) {
    draft.field("value", *whole, unit_);
  } else {
    draft.field("value", std::get<double>(*reading.value), unit_);
  }
  if (format_.empty()) { return host().emit(draft); }

  culvert_message record = draft.raw();
  record.seq = reading.round;  // the routes give theirs later
  const std::string text = host().render(format_, MessageView{record});
  Draft line;
  line.time_ns(reading.time_ns).payload(text, "text/plain");
  if (!reading.path.empty()) { line.property("path", reading.path); }
  if (!reading.value) { line.property("quality", "bad"); }
  return host().emit(line);
}

bool Sensor::is_finished() const noexcept {
  if (count_ > 0) { return rounds_ == count_; }
  return host().once() && rounds_ > 0;
}

void Sensor::counters(Counters to) const {
  to.add("rounds", rounds_);
  to.add("rounds_skipped", trouble_.all_skipped());
  to.add("bad_readings", trouble_.all_bad());
}

void Sensor::end() noexcept {
  ended_ = true;
  kept_.clear();
}

}  // namespace culvert::sensor
