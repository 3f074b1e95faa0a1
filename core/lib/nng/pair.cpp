// SPDX-License-Identifier: MIT
#include "core/lib/nng/pair.hpp"

#include "core/lib/nng/error.hpp"
#include "core/util/memory.hpp"

#include <nng/protocol/pair0/pair.h>

#include <cstring>

namespace culvert::nng {

Message::Message(std::string_view head, std::string_view body) {
  int code = nng_msg_alloc(&message_, head.size() + body.size());
  if (code == NNG_ENOMEM && give_out_memory()) { code = nng_msg_alloc(&message_, head.size() + body.size()); }
  check(code, "allocate a message");
  auto* bytes = static_cast<char*>(nng_msg_body(message_));
  std::memcpy(bytes, head.data(), head.size());
  if (!body.empty()) { std::memcpy(bytes + head.size(), body.data(), body.size()); }
}

Pair::Pair(Handler handler) : handler_{std::move(handler)} {
  check(nng_pair0_open(&socket_), "open a pair");
  try {
    check(nng_socket_set_int(socket_, NNG_OPT_RECVBUF, buffer_messages), "set a pair's receive buffer");
    check(nng_socket_set_int(socket_, NNG_OPT_SENDBUF, buffer_messages), "set a pair's send buffer");
    check(nng_aio_alloc(&aio_, on_receive, this), "allocate an operation");
  } catch (...) {
    nng_close(socket_);
    throw;
  }
  nng_aio_set_timeout(aio_, NNG_DURATION_INFINITE);
}

Pair::~Pair() {
  nng_aio_stop(aio_);
  nng_close(socket_);
  nng_aio_free(aio_);
}

void Pair::listen(const std::string& address) {
  check(nng_listen(socket_, address.c_str(), nullptr, 0), ("listen on '" + address + "'").c_str());
  receive();
}

void Pair::dial(const std::string& address) {
  check(nng_dial(socket_, address.c_str(), nullptr, 0), ("dial '" + address + "'").c_str());
  receive();
}

bool Pair::try_send(Message& message) noexcept {
  if (nng_sendmsg(socket_, message.get(), NNG_FLAG_NONBLOCK) != 0) { return false; }
  message.release();
  return true;
}

void Pair::on_receive(void* self) noexcept {
  auto& pair = *static_cast<Pair*>(self);
  // Any error here means that the pair is being closed: nothing is posted again.
  if (nng_aio_result(pair.aio_) != 0) { return; }
  pair.handler_(Message{nng_aio_get_msg(pair.aio_)});
  pair.receive();
}

}  // namespace culvert::nng
