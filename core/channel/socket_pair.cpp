// SPDX-License-Identifier: MIT
#include "core/channel/socket_pair.hpp"

#include "core/message/bytes.hpp"
#include "core/util/memory.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

namespace culvert {
namespace {

constexpr std::size_t buffer_bytes = 16 << 10;
// Another socket's turn comes after so many reads.
constexpr int turn_reads = 16;
// Of a pair of parts each: a head and a body.
constexpr std::size_t max_parts = 32;
// Of a sound sender two at most lie here: of the message that is read, and of the one behind it.
constexpr std::size_t max_descriptors = 4;

std::vector<Descriptor> room_for(std::size_t count) {
  std::vector<Descriptor> room;
  room.reserve(count);
  return room;
}

uint32_t interest(bool reads, bool writes) noexcept { return (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U); }

/// Room for one descriptor beside a message, as recvmsg and sendmsg want it.
struct Rights {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
  void attach(msghdr& message) noexcept {
    message.msg_control = bytes.data();
    message.msg_controllen = bytes.size();
  }
};

void put_descriptor(msghdr& message, int descriptor) noexcept {
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
}

Descriptor get_descriptor(msghdr& message) noexcept {
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) { return {}; }
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return Descriptor{descriptor};
}

}  // namespace

std::pair<Descriptor, Descriptor> connected_sockets() {
  int made[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made) != 0) {
    throw std::system_error{errno, std::generic_category(), "make a pair of sockets"};
  }
  return {Descriptor{made[0]}, Descriptor{made[1]}};
}

SocketPair::SocketPair(Descriptor socket, Handler handler, std::function<void()> on_end, Descriptors descriptors,
                       std::size_t max_bytes)
    : loop_{SocketLoop::get()},
      socket_{std::move(socket)},
      handler_{std::move(handler)},
      on_end_{std::move(on_end)},
      descriptors_{descriptors},
      max_bytes_{std::min(max_bytes, max_message_bytes)},
      buffer_(buffer_bytes),
      received_{room_for(max_descriptors)},
      number_{loop_->add(*this)} {
  const std::lock_guard lock{mutex_};
  set_interest(true, false);
}

SocketPair::~SocketPair() {
  loop_->remove(number_);
  const std::lock_guard lock{mutex_};
  set_interest(false, false);
}

void SocketPair::set_interest(bool reads, bool writes) noexcept {
  const uint32_t wanted = interest(reads, writes);
  const bool is_watched = loop_->watch(socket_.get(), number_, interest(reads_, writes_), wanted);
  reads_ = is_watched && reads;
  writes_ = is_watched && writes;
  if (is_watched || wanted == 0) { return; }
  is_broken_ = true;
  outgoing_.clear();
  end();
}

void SocketPair::on_events(uint32_t events) noexcept {
  // Of a peer that is gone the kernel tells by these alone; a write finds out.
  constexpr uint32_t writable = EPOLLOUT | EPOLLHUP | EPOLLERR;
  if ((events & writable) != 0) {
    const std::lock_guard lock{mutex_};
    write_all();
  }
  if (events == EPOLLOUT) { return; }
  for (int left = turn_reads; left > 0 && !is_held_ && !has_ended_; --left) {
    if (!take_rest() || !read_some()) { break; }
  }
  if (has_ended_) {
    wants_retry_ = false;
    received_.clear();
  }
  const std::lock_guard lock{mutex_};
  set_interest(!is_held_ && !has_ended_ && !wants_retry_, writes_);
}

// False when there is no more for now.
bool SocketPair::read_some() noexcept {
  iovec parts[2];
  std::size_t count = 0;
  const std::size_t wanted = incoming_ ? incoming_.size() - body_bytes_ : 0;
  if (incoming_) { parts[count++] = {incoming_.data() + body_bytes_, wanted}; }
  parts[count++] = {buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  Rights rights;
  if (descriptors_ == Descriptors::taken) { rights.attach(message); }
  const ssize_t got = recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0 && errno == EINTR) { return true; }
  if (got < 0 && errno == EAGAIN) { return false; }
  bool is_sound = got > 0;
  if (Descriptor descriptor = get_descriptor(message)) {
    is_sound = is_sound && received_.size() < max_descriptors;
    if (is_sound) { received_.push_back(std::move(descriptor)); }
  }
  if (!is_sound) {
    end();
    return false;
  }
  const std::size_t body = std::min(static_cast<std::size_t>(got), wanted);
  body_bytes_ += body;
  rest_ = {buffer_.data(), static_cast<std::size_t>(got) - body};
  return take_rest();
}

// Takes what was read, and goes on where there was no memory. False when there is no going on now.
bool SocketPair::take_rest() noexcept {
  wants_retry_ = false;
  while (true) {
    Step step = Step::done;
    if (incoming_ && body_bytes_ == incoming_.size()) {
      step = hand_over();
    } else if (!incoming_ && head_bytes_ == head_.size()) {
      step = make_room();
    } else if (rest_.empty()) {
      return true;
    } else {
      take_bytes();
    }
    if (step == Step::done) { continue; }
    wants_retry_ = step == Step::starved;
    if (step == Step::over) { end(); }
    return false;
  }
}

// Into the head, or into the message that it began.
void SocketPair::take_bytes() noexcept {
  char* const into = incoming_ ? incoming_.data() : head_.data();
  const std::size_t size = incoming_ ? incoming_.size() : head_.size();
  std::size_t& there = incoming_ ? body_bytes_ : head_bytes_;
  const std::size_t more = std::min(rest_.size(), size - there);
  std::memcpy(into + there, rest_.data(), more);
  there += more;
  rest_.remove_prefix(more);
}

SocketPair::Step SocketPair::make_room() noexcept {
  const auto bytes = load_le<uint32_t>(head_.data());
  if (bytes == 0 || bytes > max_bytes_) { return Step::over; }
  incoming_ = nng::Message::of_size(bytes);
  if (!incoming_ && give_out_memory()) { incoming_ = nng::Message::of_size(bytes); }
  body_bytes_ = 0;
  return incoming_ ? Step::done : Step::starved;
}

SocketPair::Step SocketPair::hand_over() noexcept {
  const auto with = load_le<uint32_t>(head_.data() + 4);
  if (with > 1 || (with == 1 && received_.empty())) { return Step::over; }
  Descriptor none;
  try {
    handler_(std::move(incoming_), std::move(with == 1 ? received_.front() : none));
  } catch (const std::bad_alloc&) {
    if (!incoming_ || (with == 1 && !received_.front())) { return Step::over; }
    give_out_memory();
    return Step::starved;
  }
  if (with == 1) { received_.erase(received_.begin()); }
  incoming_ = nng::Message{};
  head_bytes_ = 0;
  return Step::done;
}

void SocketPair::end() noexcept {
  if (!has_ended_.exchange(true) && on_end_) { on_end_(); }
}

void SocketPair::go_on() noexcept {
  const std::lock_guard lock{mutex_};
  is_held_ = false;
  set_interest(!has_ended_, writes_);
}

void SocketPair::end_input() noexcept { shutdown(socket_.get(), SHUT_RD); }

bool SocketPair::try_send(nng::Message& message, Descriptor& descriptor) noexcept try {
  const std::lock_guard lock{mutex_};
  if (is_broken_ || outgoing_.size() >= buffer_messages) { return false; }
  Outgoing& sent = outgoing_.emplace_back();
  sent.message = std::move(message);
  sent.descriptor = std::move(descriptor);
  store_le<uint32_t>(sent.head.data(), static_cast<uint32_t>(sent.message.size()));
  store_le<uint32_t>(sent.head.data() + 4, sent.descriptor ? 1 : 0);
  if (!writes_) { write_all(); }
  return true;
} catch (const std::bad_alloc&) { return false; }

void SocketPair::write_all() noexcept {
  while (!outgoing_.empty() && write_some()) {}
  if (is_broken_) {
    outgoing_.clear();
    // What has come is still read; then the path has ended, whatever the other process holds open of it.
    end_input();
  }
  set_interest(reads_, !outgoing_.empty());
}

// False when the socket takes no more for now, or ever.
bool SocketPair::write_some() noexcept {
  iovec parts[max_parts];
  std::size_t count = 0, skipped = sent_;
  for (Outgoing& one : outgoing_) {
    // A descriptor goes with the first byte of what is sent at once.
    if (count + 2 > max_parts || (count > 0 && one.descriptor)) { break; }
    const std::size_t of_head = std::min(skipped, one.head.size()), of_body = skipped - of_head;
    skipped = 0;
    if (of_head < one.head.size()) { parts[count++] = {one.head.data() + of_head, one.head.size() - of_head}; }
    parts[count++] = {one.message.data() + of_body, one.message.size() - of_body};
  }
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  Rights rights;
  if (const Descriptor& descriptor = outgoing_.front().descriptor; descriptor && sent_ == 0) {
    rights.attach(message);
    put_descriptor(message, descriptor.get());
  }
  const ssize_t done = sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (done < 0) {
    is_broken_ = errno != EAGAIN && errno != EINTR;
    return errno == EINTR;
  }
  sent_ += static_cast<std::size_t>(done);
  while (!outgoing_.empty()) {
    const std::size_t whole = outgoing_.front().head.size() + outgoing_.front().message.size();
    if (sent_ < whole) { break; }
    sent_ -= whole;
    outgoing_.pop_front();
  }
  return true;
}

}  // namespace culvert
