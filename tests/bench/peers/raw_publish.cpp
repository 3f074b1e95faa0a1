// SPDX-License-Identifier: MIT
// The least that a publisher can do: ready-made PUBLISH packets, their acknowledgements read and counted. Over wolfSSL
// with --ca, else plain; the harness feeds brokers with it too. Ends with SIGTERM, when all is acknowledged, and says
// how many it has sent.
//
//   raw_publish --port N [--ca FILE] [--qos N] [--size N] [--window N] [--topic T] [--rate N | --ahead-of FILE --ahead
//   N]
#include "link.hpp"
#include "pace.hpp"
#include "packets.hpp"

#include <csignal>
#include <cstdio>
#include <stdexcept>

namespace {

using namespace bench;

// What one write gathers, as much as a TLS record holds.
constexpr std::size_t write_bytes = 16 * 1024;
volatile std::sig_atomic_t is_ended = 0;

class Publisher {
 public:
  explicit Publisher(const Options& options)
      : link_{static_cast<int>(options.integer("port", 1883)), options.text("ca"),
              options.text("ciphers", "TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES128-GCM-SHA256")},
        qos_{options.integer("qos", 1)},
        window_{static_cast<std::size_t>(options.integer("window", 64))},
        next_{options.text("topic", "bench"), qos_, static_cast<std::size_t>(options.integer("size", 128))},
        pace_{options} {
    link_.write(connect_packet(options.text("client-id", "raw")));
    while (!connected_) { read(); }
  }

  void run() {
    while (is_ended == 0) {
      gather();
      link_.write(out_);
      out_.clear();
      // Full, or what is there already.
      while (on_their_way_ >= window_ || (on_their_way_ > 0 && link_.has_bytes())) { read(); }
    }
    while (on_their_way_ > 0) { read(); }
    std::printf("sent %lu\n", pace_.sent());
  }

 private:
  void gather() {
    do {
      pace_.wait();
      if (qos_ > 0) {
        id_ = id_ == 65535 ? 1 : id_ + 1;
        next_.bytes[next_.id_at] = static_cast<char>(id_ >> 8U);
        next_.bytes[next_.id_at + 1] = static_cast<char>(id_ & 255U);
        ++on_their_way_;
      }
      write_stamp(&next_.bytes[next_.payload_at], now_ns());
      out_ += next_.bytes;
    } while (out_.size() < write_bytes && on_their_way_ < window_ && pace_.is_due() && is_ended == 0);
  }
  void read() {
    const std::string_view bytes = link_.read();
    if (bytes.empty()) { throw std::runtime_error{"the broker closed"}; }
    walk_.take(bytes, [&](uint8_t head, std::string_view body) {
      const unsigned kind = head >> 4U;
      if (kind == 2) { connected_ = true; }                       // CONNACK
      if (kind == 4 || kind == 7) { --on_their_way_; }            // PUBACK, PUBCOMP
      if (kind == 5) { link_.write(answer_packet(0x62, body)); }  // PUBREC: PUBREL
    });
  }

  Link link_;
  int64_t qos_;
  std::size_t window_;
  Publish next_;
  Pace pace_;
  Walk walk_;
  std::string out_;
  std::size_t on_their_way_ = 0;
  unsigned id_ = 0;
  bool connected_ = false;
};

}  // namespace

int main(int argc, char** argv) try {
  std::signal(SIGTERM, [](int) { is_ended = 1; });
  Publisher{Options{argc, argv}}.run();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "raw_publish: %s\n", error.what());
  return 1;
}
