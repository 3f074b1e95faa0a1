// SPDX-License-Identifier: MIT
#include "core/lib/nng/reception.hpp"

#include "core/lib/nng/error.hpp"

namespace culvert::nng {

Reception::Reception() {
  nng_aio* made = nullptr;
  check(nng_aio_alloc(&made, on_done, this), "allocate an operation");
  aio_.reset(made);
  nng_aio_set_timeout(made, NNG_DURATION_INFINITE);
}

void Reception::begin(nng_socket socket) noexcept {
  is_done_ = false;
  nng_recv_aio(socket, aio_.get());
}

bool Reception::wait_for(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [this] { return is_done_; });
}

int Reception::end(Message& ret_message) noexcept {
  nng_aio_cancel(aio_.get());
  nng_aio_wait(aio_.get());
  const int code = nng_aio_result(aio_.get());
  if (code == 0) { ret_message = Message{nng_aio_get_msg(aio_.get())}; }
  return code;
}

void Reception::on_done(void* self) noexcept {
  auto& reception = *static_cast<Reception*>(self);
  {
    const std::lock_guard lock{reception.mutex_};
    reception.is_done_ = true;
  }
  reception.changed_.notify_all();
}

}  // namespace culvert::nng
