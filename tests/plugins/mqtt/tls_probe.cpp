// SPDX-License-Identifier: MIT
// Dials one TLS server with the connector's own code and says how it went:
//   tls_probe ADDRESS PORT HOST [OPTION=VALUE]... [bytes=N] [dials=N] [contexts=N]
// prints `accepted: <description>`, `refused: <why>`, or `closed: handshake`. After an accepted
// handshake it writes MARKER and waits for the server's answer or end, and prints what it got.
#include "tls.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using culvert::mqtt::TlsContext;
using culvert::mqtt::TlsError;
using culvert::mqtt::TlsOptions;
using culvert::mqtt::TlsSession;
using Clock = std::chrono::steady_clock;

constexpr std::string_view marker = "MARKER: the password would be here\n";

struct Run {
  TlsOptions options;
  std::size_t bytes_to_write = marker.size();
  int contexts = 1;
  int dials = 1;
};

void set_option(Run& run, std::string_view key, const std::string& value) {
  TlsOptions& options = run.options;
  if (key == "ca") options.ca = value;
  if (key == "cert") options.cert = value;
  if (key == "key") options.key = value;
  if (key == "key_password") options.key_password = value;
  if (key == "server_name") options.server_name = value;
  if (key == "min_version") options.min_version = value;
  if (key == "max_version") options.max_version = value;
  if (key == "cipher") options.ciphers.push_back(value);
  if (key == "crl") options.crl = value;
  if (key == "pin") options.pins.push_back(value);
  if (key == "alpn") options.alpn.push_back(value);
  if (key == "insecure_skip_verify") options.insecure_skip_verify = value == "true";
  if (key == "bytes") run.bytes_to_write = std::stoul(value);
  if (key == "dials") run.dials = std::stoi(value);
  if (key == "contexts") run.contexts = std::stoi(value);
}

int dial(const char* address, const char* port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port)));
  if (inet_pton(AF_INET, address, &where.sin_addr) != 1) return -1;
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // Small, so that a long write has to wait.
  const int buffer = 16 * 1024;
  if (descriptor < 0 || ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) != 0) return -1;
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) return -1;
  if (::fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0) return -1;
  return descriptor;
}

/// False when the deadline has passed.
bool wait_for(int descriptor, TlsSession::Status wanted, Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  if (left <= 0) return false;
  pollfd entry{descriptor, static_cast<short>(wanted == TlsSession::Status::want_read ? POLLIN : POLLOUT), 0};
  return ::poll(&entry, 1, static_cast<int>(left)) > 0;
}

template <typename Step>
TlsSession::Status until_over(int descriptor, Clock::time_point deadline, Step step) {
  for (;;) {
    const auto status = step();
    const bool waits = status == TlsSession::Status::want_read || status == TlsSession::Status::want_write;
    if (!waits) return status;
    if (!wait_for(descriptor, status, deadline)) throw TlsError{"probe: timed out"};
  }
}

void exchange(TlsSession& session, int descriptor, const Run& run, Clock::time_point deadline) {
  std::string text{marker};
  while (text.size() < run.bytes_to_write) text += "0123456789abcdef\n";
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t written = 0;
    const auto status = until_over(descriptor, deadline, [&] {
      return session.write({rest.data(), rest.size()}, written);
    });
    if (status == TlsSession::Status::closed) break;
    rest.remove_prefix(written);
  }
  std::array<char, 1024> answer{};
  std::string all;
  for (;;) {
    std::size_t got = 0;
    const auto status = until_over(descriptor, deadline, [&] { return session.read(answer, got); });
    if (status == TlsSession::Status::closed) break;
    all.append(answer.data(), got);
    if (all.find('\n') != std::string::npos) break;
  }
  std::printf("answer: %zu %s\n", all.size(), all.substr(0, all.find('\n')).c_str());
  session.close();
}

void probe(const char* address, const char* port, const char* host, const Run& run) {
  const auto deadline = Clock::now() + std::chrono::seconds{10};
  const TlsContext context{run.options};
  const int descriptor = dial(address, port);
  if (descriptor < 0) throw TlsError{"probe: cannot connect"};
  TlsSession session{context, descriptor, host};
  const auto status = until_over(descriptor, deadline, [&] { return session.handshake(); });
  if (status == TlsSession::Status::closed) {
    std::puts("closed: handshake");
  } else {
    std::printf("accepted: %s\n", session.description().c_str());
    std::fflush(stdout);
    exchange(session, descriptor, run, deadline);
  }
  ::close(descriptor);
}

/// What a dial pays for its context: milliseconds each.
void measure(const Run& run) {
  const auto start = Clock::now();
  for (int i = 0; i < run.contexts; ++i) const TlsContext context{run.options};
  const std::chrono::duration<double, std::milli> spent = Clock::now() - start;
  std::printf("context: %.2f ms each\n", spent.count() / run.contexts);
}

}  // namespace

int main(int argc, char** argv) {
  Run run;
  for (int i = 4; i < argc; ++i) {
    const std::string pair = argv[i];
    const auto equal = pair.find('=');
    if (equal != std::string::npos) set_option(run, pair.substr(0, equal), pair.substr(equal + 1));
  }
  if (argc < 4) return 64;
  try {
    if (run.contexts > 1) {
      measure(run);
    } else {
      for (int i = 0; i < run.dials; ++i) probe(argv[1], argv[2], argv[3], run);
    }
    return 0;
  } catch (const TlsError& error) {
    std::printf("refused: %s\n", error.what());
    return 1;
  }
}
