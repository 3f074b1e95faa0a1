// SPDX-License-Identifier: MIT
/// A source for benchmarks: payloads with the time of their making at their head, or records, as fast as the routes
/// take them or at a rate. With `gauge` its messages have tokens, and those that have ended are counted there.
#include "gauge.hpp"

#include <culvert/plugin.hpp>

#include <optional>
#include <string>
#include <vector>

namespace {

class Load : public culvert::Node {
 public:
  Load(culvert::Host host, const culvert::Settings& settings)
      : Node{host},
        body_(static_cast<std::size_t>(settings.integer("size")), '.'),
        interval_ns_{settings.integer("rate") > 0 ? 1'000'000'000 / settings.integer("rate") : 0},
        records_{settings.flag("records")} {
    for (int64_t i = 0; i < settings.integer("topics"); ++i) { topics_.push_back("bench/" + std::to_string(i)); }
    if (settings.find("gauge")) { ended_.emplace(std::string{settings.text("gauge")}); }
  }

  int64_t poll(int64_t now_ns) {
    if (due_ns_ == 0) { due_ns_ = now_ns; }
    // By and by, so that the host gets a word in.
    for (int left = 1024; left > 0 && !quiet_; --left) {
      if (interval_ns_ > 0 && bench::now_ns() < due_ns_) { return due_ns_; }
      if (!emit()) { return CULVERT_NEVER; }
      due_ns_ += interval_ns_;
      ++next_;
    }
    return quiet_ ? CULVERT_DONE : now_ns;
  }
  void room() { host().ready(); }
  void quiesce() { quiet_ = true; }
  void acked(uint64_t, culvert_status) {
    if (ended_) { ended_->take({}); }
  }

 private:
  bool emit() {
    culvert::Draft draft;
    draft.topic(topics_[next_ % topics_.size()]);
    if (records_) {
      draft.field("value", static_cast<double>(next_) / 8, "Cel");
    } else {
      bench::write_stamp(body_.data(), bench::now_ns());
      draft.payload(body_);
    }
    return host().emit(draft, ended_ ? next_ + 1 : 0) == CULVERT_OK;
  }

  std::string body_;
  int64_t interval_ns_;
  bool records_;
  std::vector<std::string> topics_;
  std::optional<bench::Gauge> ended_;
  int64_t due_ns_ = 0;
  uint64_t next_ = 0;
  bool quiet_ = false;
};

CULVERT_FACTS(facts, R"(id = "load"
version = "1.0"
summary = "Emits messages for a benchmark"
roles = ["source"]
emits = ["payload", "record"]
needs = ["files"]
option.size = { type = "integer", default = 128, min = 16, max = 1048576, help = "Bytes of a payload", example = 1024 }
option.rate = { type = "integer", default = 0, min = 0, max = 1000000, help = "Messages a second; 0 is as many as the routes take", example = 1000 }
option.records = { type = "bool", default = false, help = "Whether they are records of one value" }
option.topics = { type = "integer", default = 1, min = 1, max = 4096, help = "How many topics take turns: bench/0, bench/1 and so on", example = 10 }
option.gauge = { type = "path", help = "the file where messages that have ended are counted", example = "gauge" }
)");

}  // namespace

CULVERT_PLUGIN(Load, facts)
