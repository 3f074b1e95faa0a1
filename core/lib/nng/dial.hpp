// SPDX-License-Identifier: MIT
/// Connecting once. Any thread.
#pragma once

#include <nng/nng.h>

#include <string>

namespace culvert::nng {

/// Connects to whoever listens at `address`, and never again by itself: NNG would once the other end has closed, at
/// once or never (its random time is negative half of the time), and an end of this process in the middle of that
/// connection would end the other's listening (see Responder::Limits::probe). The socket's callback for
/// NNG_PIPE_EV_REM_POST is taken for it. Throws std::system_error.
void dial_once(nng_socket socket, const std::string& address);

}  // namespace culvert::nng
