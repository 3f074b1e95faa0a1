// SPDX-License-Identifier: MIT
#include "doctor_tcp.hpp"

#include "clock.hpp"
#include "outgoing.hpp"

#include <poll.h>

#include <algorithm>
#include <stdexcept>

namespace culvert::mqtt {

namespace {

// A connection that is under way has no fault yet, and its descriptor is polled.
struct Attempt {
  Descriptor socket;
  TcpTrial trial;
};

Attempt begin(const Address& address, const Bind& bind) {
  Attempt made;
  made.trial.address = address.text();
  made.trial.fits = bind.fits(address.storage.ss_family);
  if (!made.trial.fits) { return made; }
  try {
    made.socket = begin_connect(address, bind);
  } catch (const BindError& error) {
    made.trial.fault = error.what();
    made.trial.left = false;
  } catch (const std::runtime_error& error) { made.trial.fault = error.what(); }
  return made;
}

}  // namespace

std::vector<TcpTrial> try_all(const std::vector<Address>& addresses, const Bind& bind, int64_t until_ns) {
  const int64_t begun_ns = now_ns();
  std::vector<Attempt> attempts;
  std::vector<pollfd> polled;
  for (const Address& each : addresses) {
    attempts.push_back(begin(each, bind));
    polled.push_back({attempts.back().socket.get(), POLLOUT, 0});
  }
  const auto is_open = [](const pollfd& each) { return each.fd >= 0; };
  while (std::any_of(polled.begin(), polled.end(), is_open)) {
    const int64_t left_ms = (until_ns - now_ns() + 999'999) / 1'000'000;
    if (left_ms <= 0) { break; }
    ::poll(polled.data(), polled.size(), static_cast<int>(left_ms));
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].fd < 0 || polled[i].revents == 0) { continue; }
      attempts[i].trial.took_ns = now_ns() - begun_ns;
      attempts[i].trial.fault = connect_fault(polled[i].fd, addresses[i]);
      attempts[i].socket.close();
      polled[i].fd = -1;
    }
  }
  std::vector<TcpTrial> trials;
  for (Attempt& each : attempts) {
    if (each.socket) { each.trial.fault = each.trial.address + ": no answer in time"; }
    trials.push_back(std::move(each.trial));
  }
  return trials;
}

}  // namespace culvert::mqtt
