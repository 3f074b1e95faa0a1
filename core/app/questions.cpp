// SPDX-License-Identifier: MIT
#include "core/app/questions.hpp"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace culvert {
namespace {

constexpr std::array ends{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
/// The terminal as it was: what a signal's handler can reach.
termios shown{};

/// What is typed is not shown. A signal that ends the process meanwhile leaves the terminal as it was, and ^Z does
/// nothing.
class Unseen {
 public:
  Unseen() noexcept {
    is_changed_ = ::tcgetattr(STDIN_FILENO, &shown) == 0;
    if (!is_changed_) { return; }
    struct sigaction restore {};
    restore.sa_handler = show_and_end;
    restore.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < ends.size(); ++i) { ::sigaction(ends[i], &restore, &before_[i]); }
    termios silent = shown;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_cc[VSUSP] = _POSIX_VDISABLE;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~Unseen() {
    if (is_changed_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
      for (std::size_t i = 0; i < ends.size(); ++i) { ::sigaction(ends[i], &before_[i], nullptr); }
    }
    std::fputs("\n", stderr);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  // It ends as it would have without: the handler is gone, and the signal comes again behind it.
  static void show_and_end(int signal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    ::raise(signal);
  }

  std::array<struct sigaction, ends.size()> before_{};
  bool is_changed_ = false;
};

std::string answer() {
  std::string line;
  if (!std::getline(std::cin, line)) { throw NotAnswered{}; }
  const std::size_t start = line.find_first_not_of(" \t"), end = line.find_last_not_of(" \t\r");
  return start == std::string::npos ? std::string{} : line.substr(start, end - start + 1);
}

}  // namespace

bool can_ask() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

std::string ask(const std::string& question, const std::string& otherwise) {
  std::fprintf(stderr, "%s%s: ", question.c_str(), otherwise.empty() ? "" : (" [" + otherwise + ']').c_str());
  const std::string given = answer();
  return given.empty() ? otherwise : given;
}

std::string ask_secret(const std::string& question) {
  // First: what is typed once the question is there must neither be shown nor lost.
  const Unseen unseen;
  std::fprintf(stderr, "%s: ", question.c_str());
  std::string line;
  if (!std::getline(std::cin, line)) { throw NotAnswered{}; }
  return line;
}

}  // namespace culvert
