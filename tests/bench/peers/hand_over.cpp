// SPDX-License-Identifier: MIT
// One hop without Culvert: a bare NNG pair0, one message per send, in process or between two; or a mutex and a deque.
// Until SIGTERM.
//
//   hand_over --way inproc | ipc | deque --gauge FILE [--size N] [--rate N] [--address PATH]
#include "pace.hpp"

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <sys/prctl.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

using namespace bench;

// As Culvert's routes have them.
constexpr int nng_buffer = 128;
constexpr std::size_t deque_limit = 1024;

void check(int code) {
  if (code != 0) { throw std::runtime_error{nng_strerror(code)}; }
}

class Pair {
 public:
  Pair() {
    check(nng_pair0_open(&socket_));
    check(nng_socket_set_int(socket_, NNG_OPT_SENDBUF, nng_buffer));
    check(nng_socket_set_int(socket_, NNG_OPT_RECVBUF, nng_buffer));
  }
  nng_socket socket() const { return socket_; }

 private:
  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
};

void receive(const Pair& pair, const std::string& path) {
  Gauge gauge{path};
  for (;;) {
    nng_msg* message = nullptr;
    check(nng_recvmsg(pair.socket(), &message, 0));
    gauge.take({static_cast<const char*>(nng_msg_body(message)), nng_msg_len(message)});
    nng_msg_free(message);
  }
}

template <class Send>
void send_all(const Options& options, Send send) {
  Pace pace{options};
  std::string body(static_cast<std::size_t>(options.integer("size", 128)), '.');
  for (;;) {
    pace.wait();
    write_stamp(body.data(), now_ns());
    send(body);
  }
}

void through_nng(const Options& options, const std::string& address, bool is_process) {
  // NNG's threads must not be there when a process is made.
  const pid_t reader = is_process ? fork() : -1;
  if (reader == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const Pair in;
    check(nng_dial(in.socket(), address.c_str(), nullptr, NNG_FLAG_NONBLOCK));
    receive(in, options.text("gauge"));
  }
  const Pair out;
  check(nng_listen(out.socket(), address.c_str(), nullptr, 0));
  if (!is_process) {
    std::thread{[&] {
      const Pair in;
      check(nng_dial(in.socket(), address.c_str(), nullptr, 0));
      receive(in, options.text("gauge"));
    }}.detach();
  }
  send_all(options, [&](const std::string& body) {
    nng_msg* message = nullptr;
    check(nng_msg_alloc(&message, 0));
    check(nng_msg_append(message, body.data(), body.size()));
    check(nng_sendmsg(out.socket(), message, 0));
  });
}

void through_deque(const Options& options) {
  std::mutex mutex;
  std::condition_variable arrived, has_room;
  std::deque<std::string> queue;
  std::thread{[&] {
    Gauge gauge{options.text("gauge")};
    for (std::deque<std::string> taken;; taken.clear()) {
      {
        std::unique_lock lock{mutex};
        arrived.wait(lock, [&] { return !queue.empty(); });
        taken.swap(queue);
      }
      has_room.notify_one();
      for (const std::string& body : taken) { gauge.take(body); }
    }
  }}.detach();
  send_all(options, [&](const std::string& body) {
    {
      std::unique_lock lock{mutex};
      has_room.wait(lock, [&] { return queue.size() < deque_limit; });
      queue.push_back(body);
    }
    arrived.notify_one();
  });
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options{argc, argv};
  const std::string way = options.text("way");
  if (way == "deque") { through_deque(options); }
  through_nng(options, way == "ipc" ? "ipc://" + options.text("address") : "inproc://hop", way == "ipc");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "hand_over: %s\n", error.what());
  return 1;
}
