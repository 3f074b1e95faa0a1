// SPDX-License-Identifier: MIT
// Counts what comes, into a gauge: of a subscription at QoS 0 over plain TCP, the cheapest for the broker; or lines
// from stdin. Says "ready" once it is subscribed.
//
//   observe --gauge FILE [--port N --topic FILTER] [--how messages | readings | number]
//
//   messages   each message counts; readings: each '{' in it does; number: the message is a number, which counts
#include "gauge.hpp"
#include "link.hpp"
#include "options.hpp"
#include "packets.hpp"

#include <cstdio>
#include <stdexcept>

namespace {

using namespace bench;

void take(Gauge& gauge, const std::string& how, std::string_view payload) {
  if (how == "number") {
    gauge.set(std::stoull(std::string{payload}), now_ns());
  } else if (how == "readings") {
    gauge.take(payload, static_cast<uint64_t>(std::count(payload.begin(), payload.end(), '{')));
  } else {
    gauge.take(payload);
  }
}

void count_lines(Gauge& gauge) {
  std::string buffer(256 * 1024, '\0'), rest;
  for (ssize_t got = 0; (got = read(0, buffer.data(), buffer.size())) > 0;) {
    std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
    for (std::size_t end = 0; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
      rest += bytes.substr(0, end);
      gauge.take(rest);
      rest.clear();
    }
    rest += bytes;
  }
}

void subscribe(Gauge& gauge, const Options& options) {
  const std::string how = options.text("how", "messages");
  Link link{static_cast<int>(options.integer("port", 1883)), "", ""};
  link.write(connect_packet("observer-" + how));
  link.write(subscribe_packet(options.text("topic", "#")));
  Walk walk;
  for (std::string_view bytes; !(bytes = link.read()).empty();) {
    walk.take(bytes, [&](uint8_t head, std::string_view body) {
      if (head == 0x90) {  // SUBACK
        std::puts("ready");
        std::fflush(stdout);
      }
      if (head >> 4U == 3) { take(gauge, how, payload_of(head, body)); }
    });
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options{argc, argv};
  Gauge gauge{options.text("gauge")};
  options.text("port").empty() ? count_lines(gauge) : subscribe(gauge, options);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "observe: %s\n", error.what());
  return 1;
}
