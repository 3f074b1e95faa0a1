// SPDX-License-Identifier: MIT
#include "core/channel/socket_pair.hpp"

#include "core/message/bytes.hpp"

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

SocketPair::SocketPair(Descriptor socket, Handler handler, std::function<void()> on_end, Descriptors descriptors)
    : loop_{SocketLoop::get()},
      socket_{std::move(socket)},
      handler_{std::move(handler)},
      on_end_{std::move(on_end)},
      descriptors_{descriptors},
      buffer_(buffer_bytes),
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
  loop_->watch(socket_.get(), number_, interest(reads_, writes_), interest(reads, writes));
  reads_ = reads;
  writes_ = writes;
}

void SocketPair::on_events(uint32_t events) noexcept {
  if ((events & EPOLLOUT) != 0) {
    const std::lock_guard lock{mutex_};
    write_all();
  }
  if ((events & ~uint32_t{EPOLLOUT}) == 0) { return; }
  for (int left = turn_reads; left > 0 && !is_held_ && !has_ended_; --left) {
    if (!read_some()) { break; }
  }
  const std::lock_guard lock{mutex_};
  set_interest(!is_held_ && !has_ended_, writes_);
}

// False when there is no more for now.
bool SocketPair::read_some() noexcept {
  iovec parts[2];
  std::size_t count = 0;
  if (incoming_) { parts[count++] = {incoming_.data() + body_bytes_, incoming_.size() - body_bytes_}; }
  parts[count++] = {buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  Rights rights;
  if (descriptors_ == Descriptors::taken) { rights.attach(message); }
  const ssize_t got = recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0 && errno == EINTR) { return true; }
  if (got < 0 && errno == EAGAIN) { return false; }
  try {
    if (Descriptor descriptor = get_descriptor(message)) { received_.push_back(std::move(descriptor)); }
  } catch (const std::bad_alloc&) {}  // its message ends the path
  if (got <= 0 || !take(static_cast<std::size_t>(got))) { end(); }
  return !has_ended_;
}

// What was read, into the message that it is of and behind it. False when there is no going on.
bool SocketPair::take(std::size_t count) noexcept {
  if (incoming_) {
    const std::size_t body = std::min(count, incoming_.size() - body_bytes_);
    body_bytes_ += body;
    count -= body;
    if (!hand_over()) { return false; }
  }
  const char* from = buffer_.data();
  while (count > 0) {
    if (!incoming_ && !take_head(from, count)) { return false; }
    if (!incoming_) { continue; }
    const std::size_t body = std::min(count, incoming_.size() - body_bytes_);
    std::memcpy(incoming_.data() + body_bytes_, from, body);
    body_bytes_ += body;
    from += body;
    count -= body;
    if (!hand_over()) { return false; }
  }
  return true;
}

bool SocketPair::take_head(const char*& from, std::size_t& left) noexcept {
  const std::size_t more = std::min(left, head_.size() - head_bytes_);
  std::memcpy(head_.data() + head_bytes_, from, more);
  head_bytes_ += more;
  from += more;
  left -= more;
  if (head_bytes_ < head_.size()) { return true; }
  const auto bytes = load_le<uint32_t>(head_.data());
  if (bytes == 0 || bytes > max_message_bytes) { return false; }
  incoming_ = nng::Message::of_size(bytes);
  body_bytes_ = 0;
  return static_cast<bool>(incoming_);
}

// The message, if it is whole.
bool SocketPair::hand_over() noexcept {
  if (body_bytes_ < incoming_.size()) { return true; }
  const auto with = load_le<uint32_t>(head_.data() + 4);
  if (with > 1 || (with == 1 && received_.empty())) { return false; }
  Descriptor descriptor;
  if (with == 1) {
    descriptor = std::move(received_.front());
    received_.pop_front();
  }
  head_bytes_ = 0;
  try {
    handler_(std::exchange(incoming_, nng::Message{}), std::move(descriptor));
  } catch (const std::bad_alloc&) { return false; }
  return true;
}

void SocketPair::end() noexcept {
  has_ended_ = true;
  received_.clear();
  if (on_end_) { on_end_(); }
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
  if (is_broken_) { outgoing_.clear(); }
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
