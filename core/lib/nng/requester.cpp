// SPDX-License-Identifier: MIT
#include "core/lib/nng/requester.hpp"

#include "core/lib/nng/dial.hpp"
#include "core/lib/nng/error.hpp"
#include "core/lib/nng/reception.hpp"

#include <nng/protocol/reqrep0/req.h>

namespace culvert::nng {
Requester::Requester(const std::string& path) {
  check(nng_req0_open(&socket_), "open a requester");
  try {
    // A request is asked once: whoever did not answer it may have acted on it.
    check(nng_socket_set_ms(socket_, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE), "set when to ask again");
    check(nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, max_answer_bytes), "set the size of answers");
    dial_once(socket_, "ipc://" + path);
  } catch (...) {
    nng_close(socket_);
    throw;
  }
}

Requester::~Requester() { nng_close(socket_); }

std::string Requester::ask(std::string_view request, std::chrono::milliseconds patience) {
  Message message{request, {}};
  // There is no queue here: what cannot leave at once has nobody to go to any more.
  const bool is_sent = nng_sendmsg(socket_, message.get(), NNG_FLAG_NONBLOCK) == 0;
  check(is_sent ? 0 : int{NNG_ECONNRESET}, "send a request");
  message.release();
  Reception reception;
  reception.begin(socket_);
  const bool is_timely = reception.wait_for(patience);
  Message answer;
  const int code = reception.end(answer);
  check(is_timely || code == 0 ? code : int{NNG_ETIMEDOUT}, "wait for an answer");
  return std::string{answer.bytes()};
}

}  // namespace culvert::nng
