// SPDX-License-Identifier: MIT
/// The source that reads numbers, from files or made up, at fixed times. Called as <culvert/plugin.h> says.
#pragma once

#include "number.hpp"
#include "reading.hpp"
#include "schedule.hpp"
#include "trouble.hpp"

#include <culvert/counters.hpp>
#include <culvert/plugin.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace culvert::sensor {

class Sensor : public Node {
 public:
  /// Throws std::invalid_argument for options that do not go together.
  Sensor(Host host, const Settings& settings);

  int64_t poll(int64_t now_ns);
  void room();
  void quiesce() noexcept { end(); }
  void stop() noexcept { end(); }
  void counters(Counters to) const;
  static const void* get_extension(const char* name) noexcept { return counters_extension<Sensor>(name); }

 private:
  void take_round();
  /// Emits what is kept until a route is full.
  void send();
  culvert_status emit(const Reading& reading) const;
  bool is_finished() const noexcept;
  void end() noexcept;

  Trouble trouble_;
  std::unique_ptr<Input> input_;
  Scale scale_;
  Schedule schedule_;
  std::string unit_;
  std::string format_;
  uint64_t count_;  // 0: without end
  uint64_t rounds_ = 0;
  std::deque<Reading> kept_;  // of the last round, not emitted yet
  std::vector<Reading> read_;
  bool ended_ = false;
};

}  // namespace culvert::sensor
