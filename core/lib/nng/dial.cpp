// SPDX-License-Identifier: MIT
#include "core/lib/nng/dial.hpp"

#include "core/lib/nng/error.hpp"

namespace culvert::nng {
namespace {

// It comes before NNG thinks of connecting again.
void on_leave(nng_pipe pipe, nng_pipe_ev, void*) noexcept { nng_dialer_close(nng_pipe_dialer(pipe)); }

}  // namespace

void dial_once(nng_socket socket, const std::string& address) {
  check(nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, on_leave, nullptr), "watch for the other end to leave");
  check(nng_dial(socket, address.c_str(), nullptr, 0), ("dial '" + address + "'").c_str());
}

}  // namespace culvert::nng
