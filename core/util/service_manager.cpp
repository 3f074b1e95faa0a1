// SPDX-License-Identifier: MIT
#include "core/util/service_manager.hpp"

#include "core/util/clock.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace culvert {
namespace {

constexpr int64_t retry_interval_ns = 100 * one_ms_ns;

std::string taken(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  unsetenv(name);
  return text;
}

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional{number} : std::nullopt;
}

/// How long the watchdog waits; 0 when there is none, or it is another process's.
int64_t watchdog_wait_ns(const std::string& usec, const std::string& pid) {
  const uint64_t wait_us = whole_number(usec).value_or(0);
  const bool is_ours = pid.empty() || whole_number(pid) == static_cast<uint64_t>(getpid());
  return is_ours && wait_us <= INT64_MAX / 1000 ? static_cast<int64_t>(wait_us) * 1000 : 0;
}

}  // namespace

ServiceManager::ServiceManager() {
  const std::string address = taken("NOTIFY_SOCKET"), usec = taken("WATCHDOG_USEC"), pid = taken("WATCHDOG_PID");
  if (!address.empty()) { find_socket(address); }
  const int64_t wait_ns = watchdog_wait_ns(usec, pid);
  if (socket_ && wait_ns > 0) { watchdog_interval_ns_ = std::max(wait_ns / 2, shortest_interval_ns); }
}

void ServiceManager::find_socket(const std::string& address) {
  if ((address[0] != '/' && address[0] != '@') || address.size() >= sizeof address_.sun_path) {
    problem_ = "NOTIFY_SOCKET must be a path or '@' and a name, of less than " +
               std::to_string(sizeof address_.sun_path) + " bytes, got '" + address + "'";
    return;
  }
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, address.data(), address.size());
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  // A name that is in no folder begins with a zero byte and has none at its end.
  if (address[0] == '@') {
    address_.sun_path[0] = '\0';
  } else {
    ++address_size_;
  }
  socket_ = Descriptor{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket_) { problem_ = std::string{"a socket for NOTIFY_SOCKET cannot be had: "} + std::strerror(errno); }
}

void ServiceManager::ready() {
  phase_ = Phase::running;
  untold_ += "READY=1\n";
}

void ServiceManager::reloading(int64_t now_ns) {
  untold_ += "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now_ns / 1000) + '\n';
  turn(now_ns);
}

void ServiceManager::stopping(int64_t within_ns) {
  phase_ = Phase::stopping;
  untold_ += "STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(within_ns / 1000) + '\n';
}

bool ServiceManager::wants_status(int64_t now_ns) const noexcept { return is_there() && now_ns >= status_from_ns_; }

void ServiceManager::set_status(std::string line) {
  if (line == status_) { return; }
  status_ = std::move(line);
  status_is_new_ = true;
}

void ServiceManager::turn(int64_t now_ns) {
  if (!is_there() || now_ns < retry_ns_) { return; }
  const bool tells_status = status_is_new_ && now_ns >= status_from_ns_;
  const bool tells_watchdog = phase_ == Phase::running && watchdog_interval_ns_ > 0 && now_ns >= watchdog_due_ns_;
  std::string text = untold_;
  if (tells_status) { text += "STATUS=" + status_ + '\n'; }
  if (tells_watchdog) { text += "WATCHDOG=1\n"; }
  if (text.empty()) { return; }
  if (!send(text)) {
    retry_ns_ = now_ns + retry_interval_ns;
    return;
  }
  untold_.clear();
  if (tells_status) {
    status_is_new_ = false;
    status_from_ns_ = now_ns + status_interval_ns;
  }
  if (tells_watchdog) { watchdog_due_ns_ = now_ns + watchdog_interval_ns_; }
}

int64_t ServiceManager::due_ns() const noexcept {
  if (!is_there()) { return INT64_MAX; }
  const bool has_watchdog = phase_ == Phase::running && watchdog_interval_ns_ > 0;
  const int64_t due_ns = !untold_.empty() ? 0 : has_watchdog ? watchdog_due_ns_ : INT64_MAX;
  return std::max(due_ns, retry_ns_);
}

bool ServiceManager::send(const std::string& text) noexcept {
  return sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address_),
                address_size_) >= 0;
}

}  // namespace culvert
