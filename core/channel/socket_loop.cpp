// SPDX-License-Identifier: MIT
#include "core/channel/socket_loop.hpp"

#include <pthread.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace culvert {
namespace {

constexpr uint64_t own_number = 0;

}  // namespace

std::shared_ptr<SocketLoop> SocketLoop::get() {
  static std::mutex mutex;
  static std::weak_ptr<SocketLoop> present;
  const std::lock_guard lock{mutex};
  std::shared_ptr<SocketLoop> loop = present.lock();
  if (!loop) { present = loop = std::make_shared<SocketLoop>(); }
  return loop;
}

SocketLoop::SocketLoop() : epoll_{epoll_create1(EPOLL_CLOEXEC)} {
  epoll_event own{.events = EPOLLIN, .data = {.u64 = own_number}};
  if (!epoll_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.descriptor(), &own) != 0) {
    throw std::system_error{errno, std::generic_category(), "open what to wait on"};
  }
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "sockets");
}

SocketLoop::~SocketLoop() {
  stop_wanted_ = true;
  bell_.ring();
  thread_.join();
}

uint64_t SocketLoop::add(Watcher& watcher) {
  const std::lock_guard lock{mutex_};
  if (is_lost_) { throw std::system_error{EBADF, std::generic_category(), "wait for a socket"}; }
  watchers_[++last_number_] = &watcher;
  return last_number_;
}

// A socket that nothing is wanted of has to be taken out: the kernel tells of its end whatever is asked for.
bool SocketLoop::watch(int socket, uint64_t number, uint32_t was, uint32_t events) noexcept {
  if (was == events) { return true; }
  epoll_event wanted{.events = events, .data = {.u64 = number}};
  const int change = was == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_.get(), change, socket, &wanted) == 0) { return true; }
  if (was != 0) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, &wanted); }
  return false;
}

void SocketLoop::remove(uint64_t number) noexcept {
  const std::lock_guard lock{mutex_};
  watchers_.erase(number);
}

void SocketLoop::tell(uint64_t number, uint32_t events) noexcept {
  const std::lock_guard lock{mutex_};
  if (const auto found = watchers_.find(number); found != watchers_.end()) { found->second->on_events(events); }
}

// Whether somebody wants to be called yet again.
bool SocketLoop::retry() noexcept {
  const std::lock_guard lock{mutex_};
  bool is_wanted = false;
  for (const auto& [number, watcher] : watchers_) {
    if (watcher->wants_retry_) { watcher->on_events(0); }
    is_wanted = is_wanted || watcher->wants_retry_;
  }
  return is_wanted;
}

void SocketLoop::lose() noexcept {
  const std::lock_guard lock{mutex_};
  is_lost_ = true;
  for (const auto& [number, watcher] : watchers_) { watcher->on_lost(); }
}

void SocketLoop::run() noexcept {
  std::array<epoll_event, 32> events{};
  bool waits_for_retry = false;
  while (!stop_wanted_) {
    const int timeout_ms = waits_for_retry ? retry_ms : -1;
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    // Somebody has closed what is waited on, as a plugin does that closes all descriptors: it will never work again.
    if (count < 0 && errno != EINTR) { return lose(); }
    for (int index = 0; index < count; ++index) {
      const epoll_event& event = events[static_cast<std::size_t>(index)];
      if (event.data.u64 != own_number) { tell(event.data.u64, event.events); }
    }
    waits_for_retry = retry();
  }
}

}  // namespace culvert
