// SPDX-License-Identifier: MIT
#include "console.hpp"

#include "tests/plugins/console/ends.hpp"
#include "tests/plugins/fake_host.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <termios.h>

#include <cstdlib>
#include <numeric>

using namespace culvert;
using namespace culvert::console;
using test::Ends;

extern "C" const culvert_module culvert_module_v1;

namespace {

using Options = std::map<std::string, std::string>;
constexpr int64_t ms = 1'000'000;

struct Running {
  explicit Running(int fd, const Options& options = {}, bool start = true)
      : settings{options}, console{Host{host.table()}, Settings{settings.raw()}, fd} {
    if (start) { console.start(); }
  }
  culvert_status offer(std::string_view payload, uint64_t token) {
    Draft draft;
    return console.process(MessageView{draft.topic("a").time_ns(1763892000123000000).payload(payload).raw()}, token);
  }
  /// Offers lines of 100 bytes until one is refused. Answers how many were taken.
  uint64_t fill() {
    for (uint64_t token = 0;; ++token) {
      if (offer(std::string(99, 'x'), token) == CULVERT_AGAIN) { return token; }
    }
  }
  test::FakeHost host;
  test::FakeSettings settings;
  Console console;
};

std::vector<uint64_t> first_tokens(uint64_t count) {
  std::vector<uint64_t> tokens(count);
  std::iota(tokens.begin(), tokens.end(), uint64_t{0});
  return tokens;
}

std::string reason(const Running& running) {
  REQUIRE(running.host.reported.size() == 1);
  return running.host.reported[0].second;
}

}  // namespace

TEST_CASE("console: a message is complete when its last byte is written, not before") {
  Ends pipe = Ends::pipe();
  Running running{pipe.write_end(), {{"prefix", "Received: "}}};
  CHECK(running.offer("one", 7) == CULVERT_PENDING);
  CHECK(running.offer("two", 9) == CULVERT_PENDING);
  CHECK(running.host.completed.empty());
  running.console.flush();
  CHECK(running.host.completed == std::vector<uint64_t>{7, 9});
  CHECK(pipe.read_all() == "Received: one\nReceived: two\n");
  CHECK(running.console.poll(0) == CULVERT_NEVER);
}

TEST_CASE("console: when nobody reads it keeps 64 KiB, refuses more, retries in a slowing pace and loses nothing") {
  for (const bool own_description : {true, false}) {
    CAPTURE(own_description);
    Ends pipe = Ends::pipe();
    const int flags = fcntl(pipe.write_end(), F_GETFL);
    Running running{pipe.write_end(), {}, own_description};
    const uint64_t taken = running.fill();
    CHECK(fcntl(pipe.write_end(), F_GETFL) == flags);
    CHECK(taken * 100 <= 2 * max_waiting_bytes + 4096);  // what fits into the pipe, and the buffer
    CHECK(running.host.completed.size() < taken);
    CHECK(running.host.ready == 1);
    running.console.flush();
    CHECK(running.offer("more", 0) == CULVERT_AGAIN);
    CHECK(running.host.ready == 1);  // or the host would offer it in a circle

    int64_t now = 0;
    std::vector<int64_t> waits;
    for (int i = 0; i < 6; ++i) {
      const int64_t next = running.console.poll(now);
      waits.push_back((next - now) / ms);
      CHECK(running.console.poll(now) == next);
      now = next;
    }
    CHECK(waits == std::vector<int64_t>{10, 20, 40, 80, 100, 100});

    std::size_t received = 0;
    while (received < taken * 100) {
      received += pipe.read_all().size();
      now = running.console.poll(now);
    }
    CHECK(running.host.completed == first_tokens(taken));
    CHECK(running.host.ready == 2);  // what was refused may come again
    CHECK(now == CULVERT_NEVER);
    CHECK(running.host.reported.empty());
  }
}

TEST_CASE("console: a message of which only a part is written is not complete") {
  Ends pipe = Ends::pipe();
  REQUIRE(fcntl(pipe.write_end(), F_SETPIPE_SZ, 4096) == 4096);
  Running running{pipe.write_end()};
  CHECK(running.offer(std::string(999, 'x'), 1) == CULVERT_PENDING);
  CHECK(running.offer(std::string(4999, 'y'), 2) == CULVERT_PENDING);
  running.console.flush();
  CHECK(running.host.completed == std::vector<uint64_t>{1});
  CHECK(pipe.read_all().size() == 4096);
  const int64_t due = running.console.poll(0);
  CHECK(running.console.poll(due) == CULVERT_NEVER);
  CHECK(running.host.completed == std::vector<uint64_t>{1, 2});
}

TEST_CASE("console: what is unwritten when it stops is not completed") {
  Ends pipe = Ends::pipe();
  Running running{pipe.write_end()};
  const uint64_t taken = running.fill();
  const std::size_t done = running.host.completed.size();
  running.console.stop();
  CHECK(running.host.completed.size() == done);
  CHECK(done < taken);
}

TEST_CASE("console: one line longer than the buffer is written whole") {
  Ends pipe = Ends::pipe();
  Running running{pipe.write_end()};
  CHECK(running.offer(std::string(CULVERT_MAX_PAYLOAD, '\x1b'), 1) == CULVERT_PENDING);
  CHECK(running.offer("next", 2) == CULVERT_AGAIN);
  std::size_t received = 0;
  for (int64_t now = running.console.poll(0); now != CULVERT_NEVER; now = running.console.poll(now)) {
    received += pipe.read_all().size();
  }
  received += pipe.read_all().size();
  CHECK(received == std::size_t{4} * CULVERT_MAX_PAYLOAD + 1);
  CHECK(running.host.completed == std::vector<uint64_t>{1});
}

TEST_CASE("console: a reader that went is said once, ends the node, and raises no signal") {
  Ends pipe = Ends::pipe();
  Ends socket = Ends::socket();
  Ends terminal = Ends::terminal();
  for (Ends* ends : {&pipe, &socket, &terminal}) {
    Running running{ends->write_end()};
    CHECK(running.offer("x", 1) == CULVERT_PENDING);
    ends->close_read_end();
    running.console.flush();
    running.console.flush();
    CHECK(reason(running) == "stdout is closed");
    CHECK(running.host.reported[0].first == CULVERT_FAILED);
    CHECK(running.offer("y", 2) == CULVERT_FAILED);
    CHECK(running.console.poll(0) == CULVERT_NEVER);
    CHECK(running.host.completed.empty());
  }
}

TEST_CASE("console: a descriptor that is closed is stdout closed") {
  Ends pipe = Ends::pipe();
  const int fd = dup(pipe.write_end());
  close(fd);
  Running running{fd};
  CHECK(running.offer("x", 1) == CULVERT_PENDING);
  running.console.flush();
  CHECK(reason(running) == "stdout is closed");
}

TEST_CASE("console: a full disk is said once, retried ever slower, and goes on where it stopped") {
  const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
  Running running{fd};
  CHECK(running.offer("kept", 1) == CULVERT_PENDING);
  running.console.flush();
  int64_t now = 0;
  for (int i = 0; i < 12; ++i) { now = running.console.poll(now); }
  CHECK(running.console.poll(now) - now == 5000 * ms);
  CHECK(running.host.reported[0].first == CULVERT_AGAIN);
  CHECK(reason(running) == "write to stdout: No space left on device, trying again");
  CHECK(running.host.completed.empty());

  Ends pipe = Ends::pipe();
  dup2(pipe.write_end(), fd);
  CHECK(running.console.poll(now + 5000 * ms) == CULVERT_NEVER);
  CHECK(running.host.completed == std::vector<uint64_t>{1});
  CHECK(running.host.reported.back().first == CULVERT_OK);
  CHECK(pipe.read_all() == "kept\n");
  close(fd);
}

TEST_CASE("console: what others write to the same file stays") {
  char name[] = "/tmp/culvert-console-XXXXXX";
  const int fd = mkstemp(name);
  Running running{fd};
  CHECK(write(fd, "theirs\n", 7) == 7);
  CHECK(running.offer("ours", 1) == CULVERT_PENDING);
  running.console.flush();
  CHECK(write(fd, "theirs\n", 7) == 7);
  char text[32] = {};
  CHECK(pread(fd, text, sizeof text - 1, 0) == 19);
  CHECK(std::string{text} == "theirs\nours\ntheirs\n");
  close(fd);
  unlink(name);
}

TEST_CASE("console: a stopped terminal, or one that nobody looks at, makes nobody wait") {
  Ends terminal = Ends::terminal();
  Running running{terminal.write_end()};
  REQUIRE(tcflow(terminal.write_end(), TCOOFF) == 0);
  CHECK(running.offer("held", 0) == CULVERT_PENDING);
  running.console.flush();
  CHECK(running.host.completed.empty());
  const int64_t due = running.console.poll(0);
  CHECK(due == 10 * ms);
  REQUIRE(tcflow(terminal.write_end(), TCOON) == 0);
  CHECK(running.console.poll(due) == CULVERT_NEVER);
  CHECK(running.host.completed == std::vector<uint64_t>{0});
  running.fill();
  CHECK(running.host.reported.empty());
  CHECK((fcntl(terminal.write_end(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("console: pretty is in colour on a terminal only, and not with NO_COLOR") {
  const auto shown = [](Ends ends) {
    Running running{ends.write_end(), {{"format", "pretty"}}};
    CHECK(running.offer("x\x1b", 1) == CULVERT_PENDING);
    running.console.flush();
    return ends.read_all();
  };
  unsetenv("NO_COLOR");
  CHECK(shown(Ends::terminal()) == "\x1b[2m2025-11-23T10:00:00.123Z\x1b[0m \x1b[36ma\x1b[0m x\\x1b\r\n");
  CHECK(shown(Ends::pipe()) == "2025-11-23T10:00:00.123Z a x\\x1b\n");
  setenv("NO_COLOR", "1", 1);
  CHECK(shown(Ends::terminal()) == "2025-11-23T10:00:00.123Z a x\\x1b\r\n");
  unsetenv("NO_COLOR");
}

TEST_CASE("console: behind its C functions it writes to standard output") {
  Ends pipe = Ends::pipe();
  const culvert_descriptor& functions = *culvert_module_v1.descriptors[0];
  const test::FakeHost host;
  const test::FakeSettings settings{{}};
  void* node = nullptr;
  const int saved = dup(STDOUT_FILENO);
  dup2(pipe.write_end(), STDOUT_FILENO);
  Draft draft;
  const culvert_status created = functions.create(host.table(), &settings.raw(), &node);
  const culvert_status started = functions.start(node);
  const culvert_status answer = functions.process(node, &draft.payload("hello").raw(), 3);
  functions.flush(node);
  functions.stop(node);
  functions.destroy(node);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  CHECK(created == CULVERT_OK);
  CHECK(started == CULVERT_OK);
  CHECK(answer == CULVERT_PENDING);
  CHECK(pipe.read_all() == "hello\n");
  CHECK(host.completed == std::vector<uint64_t>{3});
}

TEST_CASE("console: an option it cannot follow is reported, and there is no node") {
  const culvert_descriptor& functions = *culvert_module_v1.descriptors[0];
  const test::FakeHost host;
  const test::FakeSettings settings{{{"format", "xml"}}};
  void* node = nullptr;
  CHECK(functions.create(host.table(), &settings.raw(), &node) == CULVERT_FAILED);
  CHECK(node == nullptr);
  CHECK(host.reported.size() == 1);
}
