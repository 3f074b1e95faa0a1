// SPDX-License-Identifier: MIT
/// A broker that speaks raw packets: for what a real one does not do. Everything waits with a deadline. For the test's
/// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::test {

class MockBroker {
 public:
  MockBroker();
  ~MockBroker();
  MockBroker(const MockBroker&) = delete;
  MockBroker& operator=(const MockBroker&) = delete;

  std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
  /// Takes the next connection, and closes the one before. Throws after 10 s.
  void accept();
  /// The next whole packet; empty when the peer closed, throws after 10 s.
  std::string read();
  /// The next packet whose type is `type`, skipping others.
  std::string read(unsigned type);
  /// Whether a packet comes within the time.
  bool has_packet(int within_ms);
  /// Whether nothing has come, or comes before the answer to a PUBREL that is sent now: the relay gives that at once.
  bool is_quiet();
  /// The same with a PUBLISH of QoS 1, which is answered once the node has had it, for a node that holds no ends.
  bool is_quiet_past_node();
  /// Whether anything at all comes within the time, be it MQTT or not.
  bool has_bytes(int within_ms) { return !bytes_.empty() || (fill(within_ms) && !closed_); }
  void send(std::string_view bytes);
  /// Of the connection that was taken last.
  int descriptor() const noexcept { return socket_; }
  void close();
  /// Whether there is a connection that this side did not close.
  bool is_open() const noexcept { return socket_ >= 0; }
  /// Closes the listener too, so that connections are refused; `come_back` listens on the same port again.
  void go_away();
  void come_back();

  /// accept(), reads CONNECT, and answers it. `properties` of CONNACK: bytes without their length.
  std::string let_in(bool session_present = false, std::string_view properties = {});

 private:
  bool fill(int within_ms);
  std::size_t whole() const;
  uint16_t port_ = 0;  // 0: of the kernel's choice
  int listener_ = -1, socket_ = -1;
  bool closed_ = false;
  std::string bytes_;
};

/// Bytes from numbers: packet({0x20, 2, 0, 0}).
std::string packet(const std::vector<unsigned>& bytes);
/// The packet id of a PUBLISH above QoS 0, SUBSCRIBE or UNSUBSCRIBE.
unsigned id_of(const std::string& packet);

}  // namespace culvert::test
