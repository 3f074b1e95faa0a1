// SPDX-License-Identifier: MIT
#include "core/isolation/hand_over.hpp"

#include "core/message/bytes.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace culvert::isolation {
namespace {

// Magic, the runtime's process id (8 bytes), the secret, and the address up to the end.
constexpr std::string_view magic = "CVH1";
constexpr std::size_t header_bytes = magic.size() + sizeof(uint64_t) + sizeof(Secret);

void check(bool is_done, const char* what) {
  if (!is_done) { throw std::system_error{errno, std::generic_category(), what}; }
}

std::string read_to_end(int descriptor) {
  std::string bytes;
  char chunk[PIPE_BUF];
  for (;;) {
    const ssize_t size = read(descriptor, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) { continue; }
    if (size <= 0 || bytes.size() > PIPE_BUF) { return bytes; }
    bytes.append(chunk, static_cast<std::size_t>(size));
  }
}

}  // namespace

Secret make_secret() {
  Secret secret;
  check(getrandom(secret.data(), secret.size(), 0) == static_cast<ssize_t>(secret.size()), "make a secret");
  return secret;
}

Pipe make_pipe() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC) == 0, "make a pipe");
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

void write_hand_over(const Descriptor& write_end, const HandOver& hand_over) {
  std::string bytes{magic};
  bytes.resize(magic.size() + sizeof hand_over.runtime);
  store_le(bytes.data() + magic.size(), hand_over.runtime);
  bytes.append(hand_over.secret.data(), hand_over.secret.size()).append(hand_over.address);
  check(write(write_end.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "write to a child");
}

HandOver read_hand_over(int descriptor) {
  const std::string bytes = read_to_end(descriptor);
  if (bytes.size() <= header_bytes || bytes.size() > PIPE_BUF || !bytes.starts_with(magic)) {
    throw std::runtime_error{"descriptor 3 brings nothing that a runtime has written"};
  }
  ByteReader reader{bytes};
  reader.take(magic.size());
  HandOver hand_over;
  hand_over.runtime = reader.number<uint64_t>();
  const std::string_view secret = reader.take(sizeof(Secret));
  std::copy(secret.begin(), secret.end(), hand_over.secret.begin());
  hand_over.address = reader.take(bytes.size() - header_bytes);
  return hand_over;
}

}  // namespace culvert::isolation
