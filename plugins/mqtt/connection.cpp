// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace culvert::mqtt {

namespace {

constexpr std::size_t receive_size = 64 << 10;
constexpr std::size_t record_size = 16 << 10;
// After so much of the broker's what there is for others is written first: on a slow box a MiB of small messages is a
// second's work, and a goodbye must not wait for it.
constexpr std::size_t turn_size = 64 << 10;
constexpr std::size_t outgoing_limit = 256 << 10;
constexpr int64_t linger_ns = 100'000;
// Two writes within this time make a connection that is busy, and worth gathering for.
constexpr int64_t busy_ns = 1'000'000;

}  // namespace

Connection::Connection(Upstream broker, Descriptor paho, Guard guard, uint16_t keep_alive_s, int64_t until_ns)
    : broker_{std::move(broker)},
      paho_{std::move(paho)},
      guard_{std::move(guard)},
      keep_alive_s_{keep_alive_s},
      until_ns_{until_ns},
      received_{std::make_unique<char[]>(receive_size)} {}

Connection::Wish Connection::wish(int64_t now_ns) const {
  auto& self = const_cast<Connection&>(*this);
  Wish wish;
  if (is_parting()) { return {.paho = 0, .broker = POLLIN, .until_ns = parted_by_ns_}; }
  const std::size_t outgoing = self.guard_.to_broker().size();
  if (paho_open_ && outgoing < outgoing_limit) { wish.paho |= POLLIN; }
  if (paho_open_ && !self.guard_.to_paho().empty()) { wish.paho |= POLLOUT; }
  wish.broker |= read_wish_ == Upstream::Status::want_write ? POLLOUT : POLLIN;
  if (outgoing > 0 && write_wish_ == Upstream::Status::want_read) { wish.broker |= POLLIN; }
  if (outgoing > 0 && write_wish_ == Upstream::Status::want_write) { wish.broker |= POLLOUT; }
  wish.until_ns = self.guard_.accepted() ? keep_alive_.due_ns() : until_ns_;
  if (outgoing > 0 && write_wish_ == Upstream::Status::done) {
    wish.until_ns = std::min(wish.until_ns, gather_until_ns_);
  }
  if (broker_.has_pending()) { wish.until_ns = now_ns; }
  return wish;
}

bool Connection::step(bool paho_ready, bool broker_ready, int64_t now_ns) {
  if (is_parting()) { return step_parting(broker_ready, now_ns); }
  try {
    if (paho_open_ && paho_ready && !read_paho(now_ns)) { return false; }
    if ((broker_ready || broker_.has_pending()) && !read_broker(now_ns)) { return last_words(now_ns); }
    return write_paho() && write_broker(now_ns) && check_clock(now_ns);
  } catch (const TlsError& error) { return over(error.what()); } catch (const std::system_error& error) {
    broker_left_ = true;
    return over(error.code().message());
  }
}

bool Connection::read_paho(int64_t now_ns) {
  const ssize_t got = recv(paho_.get(), received_.get(), receive_size, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) { return true; }
  if (got <= 0) {
    paho_open_ = false;
    return goes_on_without_paho();
  }
  from_paho_.append({received_.get(), static_cast<std::size_t>(got)});
  const bool idle = guard_.to_broker().empty();
  if (!guard_.from_paho(from_paho_)) { return over(guard_.why()); }
  gather(idle, now_ns);
  return true;
}

// Behind its DISCONNECT, which is still to be written, Paho hears nothing.
bool Connection::goes_on_without_paho() { return guard_.disconnected() || over("the client closed its end"); }

// What comes when nothing waited is held for others to come along, while the connection is busy.
void Connection::gather(bool was_idle, int64_t now_ns) noexcept {
  if (!was_idle || guard_.to_broker().empty()) { return; }
  gather_until_ns_ = now_ns - written_ns_ < busy_ns && guard_.accepted() ? now_ns + linger_ns : now_ns;
}

void Connection::go_on(int64_t now_ns) {
  const bool idle = guard_.to_broker().empty();
  guard_.go_on();
  gather(idle, now_ns);
}

void Connection::answer(bool ping, int64_t now_ns) {
  const bool idle = guard_.to_broker().empty();
  guard_.answer();
  if (ping) { guard_.ping(true); }
  gather(idle, now_ns);
}

// Drains every record that is there before anything is written. The broker is always read: what it sends is
// acknowledgements as well.
bool Connection::read_broker(int64_t now_ns) {
  bool heard = false;
  const bool idle = guard_.to_broker().empty();
  for (std::size_t taken = 0; taken < turn_size;) {
    std::size_t got = 0;
    read_wish_ = broker_.read({received_.get(), receive_size}, got);
    if (read_wish_ == Upstream::Status::closed) {
      broker_left_ = true;
      return guard_.disconnected() ? over("") : over("the broker closed the connection");
    }
    if (read_wish_ != Upstream::Status::done) { break; }
    heard = true;
    taken += got;
    from_broker_.append({received_.get(), got});
    const bool accepted = guard_.accepted();
    if (!guard_.from_broker(from_broker_)) { return over(guard_.why()); }
    if (!accepted && guard_.accepted()) {
      keep_alive_.restart(guard_.server_keep_alive_s().value_or(keep_alive_s_), now_ns);
    }
  }
  if (read_wish_ == Upstream::Status::done) { read_wish_ = Upstream::Status::want_read; }
  if (heard) { keep_alive_.heard(now_ns); }
  gather(idle, now_ns);
  return true;
}

// Why it ends, and what was acknowledged until then: what can be written now is.
bool Connection::last_words(int64_t now_ns) {
  if (broker_left_) { return false; }
  std::string why = std::move(why_);
  gather_until_ns_ = now_ns;
  try {
    write_broker(now_ns);
  } catch (const std::exception&) {}
  why_ = std::move(why);
  return is_parting();
}

// What a broker still sends is not for anybody: it came after our DISCONNECT, and is not acknowledged.
bool Connection::step_parting(bool broker_ready, int64_t now_ns) {
  return (!broker_ready || broker_.drain()) && now_ns < parted_by_ns_;
}

bool Connection::write_paho() {
  Buffer& out = guard_.to_paho();
  while (paho_open_ && !out.empty()) {
    const auto bytes = out.view();
    const ssize_t put = send(paho_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0) {
      if (errno == EINTR) { continue; }
      if (errno == EAGAIN) { return true; }
      paho_open_ = false;
      return goes_on_without_paho();
    }
    out.consume(static_cast<std::size_t>(put));
  }
  return true;
}

bool Connection::write_broker(int64_t now_ns) {
  Buffer& out = guard_.to_broker();
  // Full records go at once; the rest waits for its time.
  while (!out.empty() &&
         (out.size() >= record_size || now_ns >= gather_until_ns_ || !paho_open_ || write_pending_ > 0)) {
    // A write that could not be finished must be repeated with the same bytes.
    const std::size_t size = write_pending_ > 0 ? write_pending_ : std::min(out.size(), record_size);
    std::size_t put = 0;
    write_wish_ = broker_.write(out.view().substr(0, size), put);
    if (write_wish_ == Upstream::Status::closed) { return over("the broker closed the connection"); }
    if (write_wish_ != Upstream::Status::done) {
      write_pending_ = size;
      return true;
    }
    write_pending_ = 0;
    out.consume(put);
    guard_.written();
    written_ns_ = now_ns;
    keep_alive_.sent(now_ns);
  }
  if (out.empty() && guard_.disconnected()) {
    broker_.finish();
    parted_by_ns_ = now_ns + guard_.parting_ns();
  }
  return true;
}

bool Connection::check_clock(int64_t now_ns) {
  if (!guard_.accepted()) { return now_ns < until_ns_ || over("no answer to CONNECT in time"); }
  // Its answer lets messages go on, so it must not be waited for without end.
  if (guard_.asks()) { keep_alive_.asks(now_ns); }
  switch (keep_alive_.due(now_ns)) {
    case KeepAlive::Due::nothing:
      return true;
    case KeepAlive::Due::gone:
      return over("no answer to PINGREQ in time");
    case KeepAlive::Due::ping:
      break;
  }
  guard_.ping(false);
  keep_alive_.pinged(now_ns);
  gather_until_ns_ = now_ns;
  return write_broker(now_ns);
}

// What the broker acknowledged before it left, Paho is told.
Descriptor Connection::close() noexcept {
  broker_.close();
  write_paho();
  return std::move(paho_);
}

}  // namespace culvert::mqtt
