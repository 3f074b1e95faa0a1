// SPDX-License-Identifier: MIT
/// Tells the service manager how this process is, in the words of sd_notify(3). Main thread.
///
/// Who starts the process names a datagram socket in NOTIFY_SOCKET; otherwise nothing is told to anybody. Nothing here
/// waits: what the socket does not take now is sent in a later turn.
#pragma once

#include "core/util/handle.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>

namespace culvert {

class ServiceManager {
 public:
  /// A status that has changed is told so often at most.
  static constexpr int64_t status_interval_ns = 5'000'000'000;
  /// A watchdog that wants to hear of us more often does not.
  static constexpr int64_t shortest_interval_ns = 10'000'000;

  /// Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, where children and plugins would find
  /// them: make it before the first thread.
  ServiceManager();

  bool is_there() const noexcept { return static_cast<bool>(socket_); }
  /// Why nobody can be told although the environment names somebody: one line for people, else empty.
  const std::string& problem() const noexcept { return problem_; }
  /// The watchdog hears of us that often, half of the time that it waits; 0: there is none.
  int64_t watchdog_interval_ns() const noexcept { return watchdog_interval_ns_; }

  /// What the process was started for runs. The watchdog is told from now on.
  void ready();
  /// It reads its configuration anew; `ready` follows when that is over. `now_ns` is on the monotonic clock.
  void reloading(int64_t now_ns);
  /// It ends, within `within_ns` by what it knows, and the watchdog is not told any more: from here on the manager has
  /// a time-out for the end.
  void stopping(int64_t within_ns);
  /// Whether a new status would be told in this turn.
  bool wants_status(int64_t now_ns) const noexcept;
  /// How it is, in one line. Nothing happens when that is what was said last.
  void set_status(std::string line);

  /// Sends what is due. Call it when `due_ns` has come, and after each of the above; that it is called is what tells
  /// the watchdog that this thread turns. `now_ns` is on the monotonic clock, as all times here.
  void turn(int64_t now_ns);
  int64_t due_ns() const noexcept;

 private:
  enum class Phase { starting, running, stopping };
  void find_socket(const std::string& address);
  bool send(const std::string& text) noexcept;

  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  Descriptor socket_;
  std::string problem_;
  int64_t watchdog_interval_ns_ = 0;
  Phase phase_ = Phase::starting;
  std::string untold_;          ///< a line for each thing that must be told
  std::string status_;          ///< what was said last
  bool status_is_new_ = false;  ///< and not told
  int64_t status_from_ns_ = 0;  ///< the next may be told from then on
  int64_t watchdog_due_ns_ = 0;
  int64_t retry_ns_ = 0;  ///< after what could not be sent
};

}  // namespace culvert
