// SPDX-License-Identifier: MIT
#include "core/app/questions.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace culvert {
namespace {

/// What is typed is not shown. ^C is a character meanwhile: a process that it ended would leave the terminal so.
class Unseen {
 public:
  Unseen() noexcept {
    is_changed_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    if (is_changed_) { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent); }
  }
  ~Unseen() {
    if (is_changed_) { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    std::fputs("\n", stderr);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
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
  if (!std::getline(std::cin, line) || line.find('\003') != std::string::npos) { throw NotAnswered{}; }
  return line;
}

}  // namespace culvert
