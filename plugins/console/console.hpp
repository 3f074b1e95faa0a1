// SPDX-License-Identifier: MIT
/// The sink that writes one line for each message to standard output. Called as <culvert/plugin.h> says.
#pragma once

#include "line.hpp"
#include "output.hpp"

#include <culvert/plugin.hpp>

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace culvert::console {

/// So much may wait to be written, and the rest of one line; then `process` answers CULVERT_AGAIN.
constexpr std::size_t max_waiting_bytes = std::size_t{64} * 1024;
/// How soon a write is tried again, doubling from the first to the limit.
constexpr int64_t first_retry_ns = 10'000'000;
constexpr int64_t max_busy_retry_ns = 100'000'000;
constexpr int64_t max_failed_retry_ns = 5'000'000'000;

class Console : public Node {
 public:
  /// `fd` is standard output but in a test. Throws std::invalid_argument.
  Console(Host host, const Settings& settings, int fd = STDOUT_FILENO);

  void start() { output_.open(); }
  void stop() { output_.close(); }
  culvert_status process(MessageView message, uint64_t token);
  void flush();
  int64_t poll(int64_t now_ns);

 private:
  /// What came of the last write. In `busy` and `failed` only `poll` tries again, when the retry is due.
  enum class State { writing, busy, failed, closed };
  /// A message in the buffer: it is written when `end` bytes have been.
  struct Pending {
    uint64_t end;
    uint64_t token;
  };

  /// Writes until the buffer is empty or the output takes no more, and completes what is out.
  void write();
  void enter(State state, int error);
  void written(std::size_t size);
  std::size_t waiting() const noexcept { return buffer_.size() - buffer_start_; }
  bool retrying() const noexcept { return state_ == State::busy || state_ == State::failed; }

  Output output_;
  LineMaker lines_;
  std::string buffer_;
  std::size_t buffer_start_ = 0;  // what stands before it in the buffer is written
  uint64_t written_total_ = 0;
  std::deque<Pending> pending_;
  State state_ = State::writing;
  bool refused_ = false;   // a message was answered with CULVERT_AGAIN
  bool reported_ = false;  // that writing fails
  int64_t retry_after_ns_ = first_retry_ns;
  int64_t retry_at_ns_ = 0;  // 0: not set yet
};

}  // namespace culvert::console
