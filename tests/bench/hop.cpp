// SPDX-License-Identifier: MIT
// One hop from a source to a sink in process, beside the same hand-over through a mutex and a deque: messages/s at full
// speed, latency at 1,000/s, readings/s as JSON in batches, and what a route costs to open.
#include "core/channel/address.hpp"
#include "core/node/node_thread.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <deque>
#include <thread>
#include <vector>

namespace {

using namespace culvert;

// Whole batches, so that none waits for its time at the end.
constexpr std::size_t burst = 256 * 1600;
constexpr std::size_t paced = 2'000;

/// What both ways carry: 100 bytes that begin with the time of sending.
struct Body {
  char bytes[100] = {};
  void stamp() {
    const int64_t now_ns = monotonic_ns();
    std::memcpy(bytes, &now_ns, sizeof now_ns);
  }
  std::string_view view() const { return {bytes, sizeof bytes}; }
};

/// Filled in by the reader.
struct Seen {
  std::vector<int64_t> latencies_ns;
  std::atomic<std::size_t> count{0};
  Doorbell all;
  std::size_t wanted = 0;
  void reset(std::size_t messages) {
    latencies_ns.clear();
    latencies_ns.reserve(messages);
    wanted = messages;
    count = 0;
  }
  /// One reading for each object of JSON.
  void take_json(std::string_view json) {
    count += static_cast<std::size_t>(std::count(json.begin(), json.end(), '{'));
    if (count >= wanted) { all.ring(); }
  }
  void take(std::string_view body) {
    int64_t sent_ns = 0;
    std::memcpy(&sent_ns, body.data(), sizeof sent_ns);
    latencies_ns.push_back(monotonic_ns() - sent_ns);
    if (++count == wanted) { all.ring(); }
  }
  void wait() {
    while (count < wanted) { all.wait_until(monotonic_ns() + one_second_ns); }
  }
};
Seen seen;

class Sink : public culvert::Node {
 public:
  Sink(Host host, const Settings&) : Node{host} {}
  culvert_status process(MessageView message, uint64_t) {
    if (message.content_type().empty()) {
      seen.take(message.payload());
    } else {
      seen.take_json(message.payload());
    }
    return CULVERT_OK;
  }
};

class Source : public culvert::Node {
 public:
  Source(Host host, const Settings&) : Node{host} { self = this; }
  void room() { has_room.ring(); }
  void send(const Body& body) {
    while (host().emit(Draft{}.topic("plant/boiler").payload(body.view())) == CULVERT_AGAIN) {
      has_room.wait_until(monotonic_ns() + 100 * one_ms_ns);
    }
  }
  void send_reading(double value) {
    Draft draft;
    draft.topic("plant/boiler").time_ns(1'763'892'000'123'456'789).field("value", value, "Cel");
    while (host().emit(draft) == CULVERT_AGAIN) { has_room.wait_until(monotonic_ns() + 100 * one_ms_ns); }
  }
  static inline Source* self = nullptr;
  Doorbell has_room;
};

template <class T>
std::unique_ptr<NodeThread> make_node(const char* name, Budget& budget, const Log& log) {
  static const culvert_descriptor descriptor = Boundary<T>::descriptor(0, "");
  NodeSpec spec;
  spec.names.node = name;
  spec.names.runtime = "bench";
  spec.names.topic = "{node}";
  spec.descriptor = &descriptor;
  auto node = std::make_unique<NodeThread>(std::move(spec), 1, budget, log, [] {});
  return node;
}

/// The plainest way there is, with the same bound.
class Plain {
 public:
  Plain() : reader_{[this] { run(); }} {}
  ~Plain() {
    ended_ = true;
    arrived_.ring();
    reader_.join();
  }
  void send(const Body& body) {
    for (;;) {
      {
        const std::lock_guard lock{mutex_};
        if (queue_.size() < 1024) {
          queue_.push_back(body);
          break;
        }
      }
      has_room_.wait_until(monotonic_ns() + 100 * one_ms_ns);
    }
    arrived_.ring();
  }

 private:
  void run() {
    std::deque<Body> taken;
    while (!ended_) {
      arrived_.wait_until(INT64_MAX);
      {
        const std::lock_guard lock{mutex_};
        taken.swap(queue_);
      }
      has_room_.ring();
      for (const Body& body : taken) { seen.take(body.view()); }
      taken.clear();
    }
  }
  std::mutex mutex_;
  std::deque<Body> queue_;
  Doorbell arrived_, has_room_;
  std::atomic<bool> ended_{false};
  std::thread reader_;
};

struct Figures {
  double per_second = 0, p50_us = 0, p99_us = 0, cpu_us = 0;
};

double cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class Send>
Figures measure(Send send) {
  Figures figures;
  Body body;
  seen.reset(burst);
  const double cpu_before = cpu_s();
  const int64_t start_ns = monotonic_ns();
  for (std::size_t i = 0; i < burst; ++i) {
    body.stamp();
    send(body);
  }
  seen.wait();
  figures.per_second = static_cast<double>(burst) * 1e9 / static_cast<double>(monotonic_ns() - start_ns);
  figures.cpu_us = (cpu_s() - cpu_before) * 1e6 / static_cast<double>(burst);

  seen.reset(paced);
  Doorbell never;
  int64_t next_ns = monotonic_ns();
  for (std::size_t i = 0; i < paced; ++i) {
    never.wait_until(next_ns += one_ms_ns);
    body.stamp();
    send(body);
  }
  seen.wait();
  std::sort(seen.latencies_ns.begin(), seen.latencies_ns.end());
  figures.p50_us = static_cast<double>(seen.latencies_ns[paced / 2]) / 1e3;
  figures.p99_us = static_cast<double>(seen.latencies_ns[paced * 99 / 100]) / 1e3;
  return figures;
}

void say(const char* name, const Figures& figures) {
  std::printf("%-16s %9.0f messages/s  %6.3f us CPU  p50 %6.1f us  p99 %6.1f us\n", name, figures.per_second,
              figures.cpu_us, figures.p50_us, figures.p99_us);
}

template <class Measure>
Figures hop(const Log& log, RouteSpec spec, Measure measured) {
  static uint64_t runs = 0;
  Budget budget{24 << 20};
  auto source = make_node<Source>("source", budget, log);
  auto sink = make_node<Sink>("sink", budget, log);
  const std::string address = inproc_address(1, 0, ++runs);
  const std::size_t route = source->fanout().add(std::move(spec));
  sink->add_inbox("source -> sink").open(address, 1);
  source->fanout().open(route, address, 1);
  const culvert_settings none{sizeof none, 0, nullptr};
  for (auto* node : {source.get(), sink.get()}) {
    if (!node->create(none)) { std::exit(1); }
    node->start();
  }
  const Figures figures = measured();
  source->stop();
  source->join();
  return figures;
}

/// Records that the route encodes as JSON, up to `batch` in one message; 0 is one by one, without brackets.
void hop_json(const Log& log, std::size_t batch) {
  RouteSpec spec;
  spec.encoding = Encoding::json;
  if (batch > 0) { spec.limits.batch = BatchLimits{.max_messages = batch}; }
  const Figures figures = hop(log, std::move(spec), [] {
    Figures burst_figures;
    seen.reset(burst);
    const double cpu_before = cpu_s();
    const int64_t start_ns = monotonic_ns();
    for (std::size_t i = 0; i < burst; ++i) { Source::self->send_reading(static_cast<double>(i) / 8); }
    seen.wait();
    burst_figures.per_second = static_cast<double>(burst) * 1e9 / static_cast<double>(monotonic_ns() - start_ns);
    burst_figures.cpu_us = (cpu_s() - cpu_before) * 1e6 / static_cast<double>(burst);
    return burst_figures;
  });
  std::printf("JSON, batch %-4zu %9.0f readings/s  %6.3f us CPU\n", batch, figures.per_second, figures.cpu_us);
}

void open_routes(const Log& log) {
  constexpr std::size_t count = 1000;
  Budget budget{24 << 20};
  auto source = make_node<Source>("source", budget, log);
  auto sink = make_node<Sink>("sink", budget, log);
  const int64_t start_ns = monotonic_ns();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string address = inproc_address(2, i, 1);
    const std::size_t route = source->fanout().add(RouteSpec{});
    sink->add_inbox("source -> sink").open(address, 1);
    source->fanout().open(route, address, 1);
  }
  const int64_t opened_ns = monotonic_ns();
  source.reset();
  sink.reset();
  std::printf("%zu routes: %.1f ms to open, %.1f ms to close\n", count, static_cast<double>(opened_ns - start_ns) / 1e6,
              static_cast<double>(monotonic_ns() - opened_ns) / 1e6);
}

}  // namespace

int main() {
  const Log log{LogFormat::text, LogLevel::warn};
  const Figures ours =
      hop(log, RouteSpec{}, [] { return measure([](const Body& body) { Source::self->send(body); }); });
  Plain plain;
  const Figures least = measure([&](const Body& body) { plain.send(body); });
  say("source -> sink", ours);
  say("mutex and deque", least);
  std::printf("ratio: %.2f of its messages/s, %.1f times its CPU, %.1f times its p50\n",
              ours.per_second / least.per_second, ours.cpu_us / least.cpu_us, ours.p50_us / least.p50_us);
  for (const std::size_t batch : {0, 32, 256}) { hop_json(log, batch); }
  open_routes(log);
  return 0;
}
