// SPDX-License-Identifier: MIT
/// A sink for benchmarks: counts what comes, and how late it is, into a gauge.
#include "gauge.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>
#include <string>

namespace {

class Meter : public culvert::Node {
 public:
  Meter(culvert::Host host, const culvert::Settings& settings)
      : Node{host}, gauge_{std::string{settings.text("gauge")}}, readings_{settings.flag("readings")} {}

  culvert_status process(culvert::MessageView message, uint64_t) {
    const std::string_view body = message.payload();
    gauge_.take(body, readings_ ? static_cast<uint64_t>(std::count(body.begin(), body.end(), '{')) : 1);
    return CULVERT_OK;
  }

 private:
  bench::Gauge gauge_;
  bool readings_;
};

CULVERT_FACTS(facts, R"(id = "meter"
version = "1.0"
summary = "Counts messages for a benchmark"
roles = ["sink"]
accepts = ["payload"]
needs = ["files"]
option.gauge = { type = "path", required = true, help = "the file where they are counted", example = "gauge" }
option.readings = { type = "bool", default = false, help = "Whether each object of JSON counts" }
)");

}  // namespace

CULVERT_PLUGIN(Meter, facts)
