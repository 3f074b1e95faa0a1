// SPDX-License-Identifier: MIT
#include "core/lib/nng/stream_pair.hpp"

#include "core/lib/nng/error.hpp"
#include "core/message/bytes.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace culvert::nng {

StreamPair::Aio::Aio(void (*callback)(void*), void* self) {
  check(nng_aio_alloc(&raw, callback, self), "allocate an operation");
  nng_aio_set_timeout(raw, NNG_DURATION_INFINITE);
}

StreamPair::StreamPair(Handler handler, uint64_t peer)
    : handler_{std::move(handler)},
      peer_{peer},
      accepting_{on_accepted, this},
      receiving_{on_received, this},
      sending_{on_sent, this} {}

// What is begun anew after that is refused by the operation, and by nobody waited for.
StreamPair::~StreamPair() {
  if (listener_) { nng_stream_listener_close(listener_.get()); }
  nng_aio_stop(accepting_.raw);
  if (stream_) { nng_stream_close(stream_.get()); }
  nng_aio_stop(receiving_.raw);
  nng_aio_stop(sending_.raw);
}

void StreamPair::listen(const std::string& address) {
  const std::string what = "listen on '" + address + "'";
  nng_stream_listener* made = nullptr;
  check(nng_stream_listener_alloc(&made, address.c_str()), what.c_str());
  listener_.reset(made);
  check(nng_stream_listener_set_int(made, NNG_OPT_IPC_PERMISSIONS, 0600), what.c_str());
  check(nng_stream_listener_listen(made), what.c_str());
  nng_stream_listener_accept(made, accepting_.raw);
}

void StreamPair::dial(const std::string& address) {
  const std::string what = "dial '" + address + "'";
  nng_stream_dialer* made = nullptr;
  check(nng_stream_dialer_alloc(&made, address.c_str()), what.c_str());
  const std::unique_ptr<nng_stream_dialer, void (*)(nng_stream_dialer*)> dialer{made, nng_stream_dialer_free};
  const Aio dialing{nullptr, nullptr};
  nng_stream_dialer_dial(made, dialing.raw);
  nng_aio_wait(dialing.raw);
  check(nng_aio_result(dialing.raw), what.c_str());
  Stream stream{static_cast<nng_stream*>(nng_aio_get_output(dialing.raw, 0))};
  if (!is_peer(stream.get())) { check(NNG_EPERM, what.c_str()); }
  begin(std::move(stream));
}

bool StreamPair::is_peer(nng_stream* stream) const noexcept {
  uint64_t pid = 0;
  return nng_stream_get_uint64(stream, NNG_OPT_IPC_PEER_PID, &pid) == 0 && pid == peer_;
}

void StreamPair::on_accepted(void* self) noexcept {
  auto& pair = *static_cast<StreamPair*>(self);
  const int result = nng_aio_result(pair.accepting_.raw);
  if (result == NNG_ECLOSED || result == NNG_ECANCELED) { return; }
  if (result == 0) {
    Stream stream{static_cast<nng_stream*>(nng_aio_get_output(pair.accepting_.raw, 0))};
    // One is enough, and nobody else is listened to.
    if (pair.is_peer(stream.get())) { return pair.begin(std::move(stream)); }
  }
  nng_stream_listener_accept(pair.listener_.get(), pair.accepting_.raw);
}

void StreamPair::begin(Stream stream) noexcept {
  {
    const std::lock_guard lock{mutex_};
    stream_ = std::move(stream);
    send();
  }
  receive();
}

// The rest of the head, or of the message behind it.
void StreamPair::receive() noexcept {
  char* const body = incoming_.get() == nullptr ? nullptr : static_cast<char*>(nng_msg_body(incoming_.get()));
  nng_iov part{};
  if (body == nullptr) {
    part = {head_in_.data() + received_, head_in_.size() - received_};
  } else {
    part = {body + received_, nng_msg_len(incoming_.get()) - received_};
  }
  nng_aio_set_iov(receiving_.raw, 1, &part);
  nng_stream_recv(stream_.get(), receiving_.raw);
}

void StreamPair::on_received(void* self) noexcept {
  auto& pair = *static_cast<StreamPair*>(self);
  if (nng_aio_result(pair.receiving_.raw) == 0 && pair.take_received(nng_aio_count(pair.receiving_.raw))) {
    return pair.receive();
  }
  const std::lock_guard lock{pair.mutex_};
  pair.is_broken_ = true;
}

// False when there is no going on.
bool StreamPair::take_received(std::size_t count) noexcept {
  received_ += count;
  if (incoming_.get() == nullptr) {
    if (received_ < head_in_.size()) { return true; }
    const auto bytes = load_le<uint64_t>(reinterpret_cast<const char*>(head_in_.data()));
    nng_msg* made = nullptr;
    if (bytes > max_message_bytes || nng_msg_alloc(&made, static_cast<std::size_t>(bytes)) != 0) { return false; }
    incoming_ = Message{made};
    received_ = 0;
  }
  if (received_ < nng_msg_len(incoming_.get())) { return true; }
  received_ = 0;
  handler_(std::exchange(incoming_, Message{}));
  return true;
}

bool StreamPair::try_send(Message& message) noexcept try {
  const std::lock_guard lock{mutex_};
  if (is_broken_ || outgoing_.size() >= buffer_messages) { return false; }
  outgoing_.push_back(std::move(message));
  send();
  return true;
} catch (const std::bad_alloc&) { return false; }

// The rest of the first one, if there is a stream and nothing on its way.
void StreamPair::send() noexcept {
  if (!stream_ || is_sending_ || outgoing_.empty()) { return; }
  is_sending_ = true;
  nng_msg* const message = outgoing_.front().get();
  const std::size_t bytes = nng_msg_len(message);
  if (sent_ == 0) { store_le<uint64_t>(reinterpret_cast<char*>(head_out_.data()), bytes); }
  const std::size_t head = std::min(sent_, head_out_.size()), body = sent_ - head;
  nng_iov parts[] = {{head_out_.data() + head, head_out_.size() - head},
                     {static_cast<char*>(nng_msg_body(message)) + body, bytes - body}};
  nng_aio_set_iov(sending_.raw, 2, parts);
  nng_stream_send(stream_.get(), sending_.raw);
}

void StreamPair::on_sent(void* self) noexcept {
  auto& pair = *static_cast<StreamPair*>(self);
  const std::lock_guard lock{pair.mutex_};
  pair.is_sending_ = false;
  if (nng_aio_result(pair.sending_.raw) != 0) {
    pair.is_broken_ = true;
    return;
  }
  pair.sent_ += nng_aio_count(pair.sending_.raw);
  if (pair.sent_ == pair.head_out_.size() + nng_msg_len(pair.outgoing_.front().get())) {
    pair.outgoing_.pop_front();
    pair.sent_ = 0;
  }
  pair.send();
}

}  // namespace culvert::nng
