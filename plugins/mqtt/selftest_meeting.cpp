// SPDX-License-Identifier: MIT
#include "selftest_meeting.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace culvert::mqtt::selftest {
namespace {

using Status = TlsSession::Status;

std::pair<Descriptor, Descriptor> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    throw std::system_error{errno, std::generic_category(), "make a pair of sockets"};
  }
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

bool waits(Status status) { return status == Status::want_read || status == Status::want_write; }

std::size_t moved(const Server& server) { return server.seen().raw.size() + server.seen().sent.size(); }

/// Lets the client take one step after the other, and the server between them, until the client needs no more. Both
/// ends are on this thread, so when a round moves not a byte, none ever will: answers `want_read` then.
template <typename Step>
Status take_turns(Server& server, Step step) {
  for (;;) {
    const std::size_t before = moved(server);
    const Status status = step();
    server.step();
    if (!waits(status) || moved(server) == before) { return status; }
  }
}

/// True when the server's greeting came back, and nothing else.
bool exchange(TlsSession& session, Server& server) {
  std::string_view rest = secret;
  while (!rest.empty()) {
    std::size_t written = 0;
    if (take_turns(server, [&] { return session.write(rest, written); }) != Status::done) { return false; }
    rest.remove_prefix(written);
  }
  std::string answer;
  std::array<char, 256> part{};
  while (answer.size() < greeting.size()) {
    std::size_t got = 0;
    if (take_turns(server, [&] { return session.read(part, got); }) != Status::done) { return false; }
    answer.append(part.data(), got);
  }
  return answer == greeting;
}

/// What a connection would do next; a client that has refused must not let it through.
void push_secret(TlsSession& session) {
  std::size_t written = 0;
  try {
    (void)session.write(secret, written);
  } catch (const TlsError&) {  // as good as not writing
  }
}

void shake_hands(TlsSession& session, Server& server, Outcome& outcome) {
  try {
    const Status status = take_turns(server, [&] { return session.handshake(); });
    outcome.accepted = status == Status::done;
    outcome.stuck = waits(status);
    if (outcome.accepted) { outcome.words = session.description(); }
    if (status == Status::closed) { outcome.words = "the server ended the connection"; }
    if (outcome.stuck) { outcome.words = "the client goes on waiting"; }
  } catch (const TlsError& error) { outcome.words = error.what(); }
}

void talk(TlsSession& session, Server& server, Outcome& outcome) {
  if (!outcome.accepted) { return push_secret(session); }
  try {
    outcome.answered = exchange(session, server);
  } catch (const TlsError& error) { outcome.broken = error.what(); }
}

}  // namespace

Outcome meet(const TlsContext& context, const std::string& host, const MakeServer& make) {
  auto [ours, theirs] = socket_pair();
  const std::unique_ptr<Server> server = make(std::move(theirs));
  Outcome outcome;
  {
    TlsSession session{context, ours.get(), host};
    shake_hands(session, *server, outcome);
    talk(session, *server, outcome);
    session.close();
  }
  ours.close();
  server->step();
  outcome.seen = server->seen();
  return outcome;
}

Outcome meet(const TlsContext& context, const std::string& host, const Manner& manner) {
  return meet(context, host, [&](Descriptor end) { return play(std::move(end), manner); });
}

}  // namespace culvert::mqtt::selftest
