// SPDX-License-Identifier: MIT
#include "mock_broker.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace culvert::test {

namespace {

constexpr int patience_ms = 10'000;

}  // namespace

std::string packet(const std::vector<unsigned>& bytes) {
  std::string made;
  for (const unsigned each : bytes) { made.push_back(static_cast<char>(each)); }
  return made;
}

unsigned id_of(const std::string& packet) {
  std::size_t at = 1;
  while ((static_cast<uint8_t>(packet.at(at)) & 0x80) != 0) { ++at; }
  ++at;
  const auto u16 = [&](std::size_t from) {
    return static_cast<uint16_t>(static_cast<uint8_t>(packet.at(from)) << 8 |
                                 static_cast<uint8_t>(packet.at(from + 1)));
  };
  if (static_cast<uint8_t>(packet[0]) >> 4 == 3) { at += 2u + u16(at); }
  return u16(at);
}

MockBroker::MockBroker() { come_back(); }

MockBroker::~MockBroker() { go_away(); }

void MockBroker::come_back() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error{"the mock broker cannot listen"};
  }
  port_ = ntohs(address.sin_port);
}

// The listener goes first: whoever is closed on finds nobody when it comes again.
void MockBroker::go_away() {
  if (listener_ >= 0) { ::close(listener_); }
  listener_ = -1;
  close();
}

void MockBroker::close() {
  if (socket_ >= 0) { ::close(socket_); }
  socket_ = -1;
  bytes_.clear();
  closed_ = false;
}

void MockBroker::accept() {
  close();
  pollfd wait{listener_, POLLIN, 0};
  if (poll(&wait, 1, patience_ms) != 1) { throw std::runtime_error{"nobody connects to the mock broker"}; }
  socket_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
}

bool MockBroker::fill(int within_ms) {
  pollfd wait{socket_, POLLIN, 0};
  if (poll(&wait, 1, within_ms) != 1) { return false; }
  char buffer[65536];
  const ssize_t got = recv(socket_, buffer, sizeof buffer, 0);
  if (got <= 0) { return closed_ = true; }
  bytes_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

// The size of the first packet, or 0 when it is not there as a whole.
std::size_t MockBroker::whole() const {
  std::size_t size = 0;
  for (std::size_t at = 1, shift = 0; at < bytes_.size() && at <= 4; ++at, shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes_[at]);
    size |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) { return bytes_.size() >= at + 1 + size ? at + 1 + size : 0; }
  }
  return 0;
}

std::string MockBroker::read() {
  while (whole() == 0) {
    if (closed_) { return {}; }
    if (!fill(patience_ms)) { throw std::runtime_error{"no packet comes to the mock broker"}; }
  }
  std::string first = bytes_.substr(0, whole());
  bytes_.erase(0, first.size());
  return first;
}

std::string MockBroker::read(unsigned type) {
  for (;;) {
    auto next = read();
    if (next.empty() || static_cast<uint8_t>(next[0]) >> 4 == type) { return next; }
  }
}

bool MockBroker::has_packet(int within_ms) {
  while (whole() == 0) {
    if (closed_ || !fill(within_ms)) { return false; }
  }
  return true;
}

bool MockBroker::is_quiet() {
  send(packet({0x62, 2, 0xff, 0xfe}));
  return read() == packet({0x70, 2, 0xff, 0xfe});
}

bool MockBroker::is_quiet_past_node() {
  send(packet({0x32, 6, 0, 1, 'q', 0xff, 0xfe, 0}));
  return read() == packet({0x40, 2, 0xff, 0xfe});
}

void MockBroker::send(std::string_view bytes) {
  if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error{"the mock broker cannot send"};
  }
}

std::string MockBroker::let_in(bool session_present, std::string_view properties) {
  // One that gave up while it waited in the queue is passed over.
  std::string connect;
  do {
    accept();
    connect = read();
  } while (connect.empty());
  const bool five = connect.at(8) == 5;
  std::string body{session_present ? '\1' : '\0'};
  body.push_back('\0');
  if (five) {
    body.push_back(static_cast<char>(properties.size()));
    body.append(properties);
  }
  send(std::string{'\x20'} + static_cast<char>(body.size()) + body);
  return connect;
}

}  // namespace culvert::test
