// SPDX-License-Identifier: MIT
#include "selftest_server.hpp"

#include "wire.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace culvert::mqtt::selftest {
namespace {

constexpr std::size_t max_received = std::size_t{1} << 20;

class BluntServer : public Server {
 public:
  BluntServer(Descriptor end, std::string answer) : Server{std::move(end)}, answer_{std::move(answer)} {}

 private:
  void serve() override {
    if (has_record()) { seen_.sent = answer_; }
  }
  std::string answer_;
};

}  // namespace

void Server::step() {
  receive();
  serve();
  send();
}

bool Server::has_record() const noexcept {
  WireReader reader{seen_.raw};
  (void)reader.bytes(3);  // type and version
  (void)reader.text();
  return reader.ok();
}

void Server::receive() {
  std::array<char, 4096> part{};
  while (seen_.raw.size() < max_received) {
    const ssize_t got = ::recv(end_.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) { continue; }
    if (got <= 0) { return; }
    seen_.raw.append(part.data(), static_cast<std::size_t>(got));
  }
}

void Server::send() {
  while (gone_ < seen_.sent.size()) {
    const ssize_t sent =
        ::send(end_.get(), seen_.sent.data() + gone_, seen_.sent.size() - gone_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) { continue; }
    if (sent < 0) { return; }
    gone_ += static_cast<std::size_t>(sent);
  }
}

std::string version_text(Version version) {
  constexpr std::array names{"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"};
  return names.at(static_cast<std::size_t>(version));
}

std::unique_ptr<Server> play_blunt(Descriptor end, std::string answer) {
  return std::make_unique<BluntServer>(std::move(end), std::move(answer));
}

}  // namespace culvert::mqtt::selftest
