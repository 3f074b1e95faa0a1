// SPDX-License-Identifier: MIT
/// Writes to a descriptor that others share, without ever waiting and without changing its flags. One thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace culvert::console {

class Output {
 public:
  enum class State {
    written,  ///< `size` bytes
    busy,     ///< nobody reads at present
    closed,   ///< nobody will ever read
    failed    ///< `error`, an errno; a later try may succeed
  };
  struct Result {
    State state;
    std::size_t size;
    int error;
  };

  /// `fd` stays its owner's.
  explicit Output(int fd) noexcept : fd_{fd} {}
  ~Output() { close(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// For a terminal or a pipe: a description of our own of the same thing, so that O_NONBLOCK stays ours. Where that
  /// is not allowed the shared one is used, with poll(2) before each write.
  void open() noexcept;
  void close() noexcept;
  /// Writes the first bytes of `text`, at most PIPE_BUF of them. Never waits.
  Result try_write(std::string_view text) const noexcept;
  bool is_terminal() const noexcept;

 private:
  int fd_;
  int own_ = -1;
  bool socket_ = false;
};

}  // namespace culvert::console
