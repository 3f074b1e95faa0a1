// SPDX-License-Identifier: MIT
#include "core/plugin/verifier.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

extern char** environ;

namespace culvert::plugin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{10};
constexpr std::size_t max_answer = 64U << 10U;
// What a pipe holds for certain, so that writing it never waits.
constexpr std::size_t max_password = 4096;
constexpr int password_descriptor = 3;

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) { throw VerifierError{std::string{"no pipe: "} + std::strerror(errno)}; }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  int read_end() const noexcept { return ends_[0]; }
  int write_end() const noexcept { return ends_[1]; }
  void close(int end) noexcept {
    if (ends_[end] >= 0) { ::close(std::exchange(ends_[end], -1)); }
  }

 private:
  int ends_[2] = {-1, -1};
};

struct Actions {
  posix_spawn_file_actions_t raw{};
  Actions() { ::posix_spawn_file_actions_init(&raw); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(&raw); }
};

/// A child that is never left behind.
class Child {
 public:
  explicit Child(pid_t pid) noexcept : pid_{pid} {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  int wait() noexcept {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

/// Everything up to the end of the output.
std::string read_answer(int descriptor) {
  std::string answer;
  std::string chunk(4096, '\0');
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{descriptor, POLLIN, 0};
    const int ready = left <= 0 ? 0 : ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) { continue; }
    if (ready <= 0) { throw VerifierError{"it did not answer within 10 s"}; }
    const ssize_t got = ::read(descriptor, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) { continue; }
    if (got <= 0) { return answer; }
    answer.append(chunk, 0, static_cast<std::size_t>(got));
    if (answer.size() > max_answer) { throw VerifierError{"it answered more than 64 KiB"}; }
  }
}

std::vector<Finding> parse(std::string_view answer) {
  std::vector<Finding> findings;
  while (!answer.empty()) {
    const std::size_t end = std::min(answer.find('\n'), answer.size());
    const std::string_view line = answer.substr(0, end);
    answer.remove_prefix(std::min(end + 1, answer.size()));
    if (line.empty()) { continue; }
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    const std::string_view kind = line.substr(0, first);
    if (second == std::string_view::npos || (kind != "error" && kind != "warning")) {
      throw VerifierError{"it did not answer as agreed"};
    }
    findings.push_back({kind == "error", std::string{line.substr(first + 1, second - first - 1)},
                        std::string{line.substr(second + 1)}});
  }
  return findings;
}

pid_t spawn(const std::string& program, std::vector<std::string> words, const Pipe& output, const Pipe& password) {
  Actions actions;
  ::posix_spawn_file_actions_addopen(&actions.raw, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions.raw, output.write_end(), 1);
  ::posix_spawn_file_actions_adddup2(&actions.raw, password.read_end(), password_descriptor);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) { arguments.push_back(word.data()); }
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions.raw, nullptr, arguments.data(), environ);
  if (error != 0) { throw VerifierError{"'" + program + "' cannot be run: " + std::strerror(error)}; }
  return pid;
}

}  // namespace

std::vector<Finding> run_verifier(const std::string& program, const std::vector<std::string>& arguments,
                                  const std::string& password) {
  if (password.size() > max_password) { throw VerifierError{"the pass phrase is longer than 4 KiB"}; }
  std::vector<std::string> words{program, "pem"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Pipe output, secret;
  if (!password.empty()) {
    words.insert(words.end(), {"--password-fd", std::to_string(password_descriptor)});
    if (::write(secret.write_end(), password.data(), password.size()) != static_cast<ssize_t>(password.size())) {
      throw VerifierError{std::string{"the pass phrase could not be handed over: "} + std::strerror(errno)};
    }
  }
  Child child{spawn(program, words, output, secret)};
  output.close(1);
  secret.close(1);
  const std::string answer = read_answer(output.read_end());
  const int status = child.wait();
  if (WIFSIGNALED(status)) { throw VerifierError{"it was ended by signal " + std::to_string(WTERMSIG(status))}; }
  if (WEXITSTATUS(status) != 0) { throw VerifierError{"it ended with " + std::to_string(WEXITSTATUS(status))}; }
  return parse(answer);
}

}  // namespace culvert::plugin
