// SPDX-License-Identifier: MIT
// culvert-verify: looks at files with wolfSSL, for programs that do not link it. One line per finding on stdout:
//   error OPTION text      warning OPTION text
#include "tls_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using culvert::mqtt::Finding;
using culvert::mqtt::TlsOptions;

constexpr int exit_usage = 64;
constexpr int exit_our_bug = 70;
constexpr std::string_view usage =
    "usage: culvert-verify pem [--ca FILE] [--cert FILE] [--key FILE] [--crl FILE] [--password-fd N]\n";

/// The first line, without its end. Throws when the descriptor cannot be read.
std::string read_password(std::string_view number) {
  constexpr std::size_t longest = 4096;
  int descriptor = -1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), descriptor);
  if (error != std::errc{} || end != number.data() + number.size() || descriptor < 0) {
    throw std::invalid_argument{"--password-fd must be the number of a descriptor, got '" + std::string{number} + "'"};
  }
  std::string text;
  std::array<char, 256> part{};
  for (;;) {
    const ssize_t got = ::read(descriptor, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::invalid_argument{"--password-fd cannot be read: " + std::string{std::strerror(errno)}};
    text.append(part.data(), static_cast<std::size_t>(got));
    if (got == 0 || text.find('\n') != std::string::npos || text.size() > longest) break;
  }
  explicit_bzero(part.data(), part.size());
  text.resize(std::min(text.size(), text.find('\n')));
  return text;
}

/// Throws std::invalid_argument that says what is wrong with the command line.
TlsOptions read_arguments(int argc, char** argv) {
  TlsOptions options;
  if (argc < 2 || std::string_view{argv[1]} != "pem") throw std::invalid_argument{"the only command is 'pem'"};
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 >= argc) throw std::invalid_argument{"'" + name + "' needs a value"};
    const std::string value = argv[i + 1];
    if (name == "--ca") {
      options.ca = value;
    } else if (name == "--cert") {
      options.cert = value;
    } else if (name == "--key") {
      options.key = value;
    } else if (name == "--crl") {
      options.crl = value;
    } else if (name == "--password-fd") {
      options.key_password = read_password(value);
    } else {
      throw std::invalid_argument{"unknown option '" + name + "'"};
    }
  }
  return options;
}

/// A finding is one line, whatever a file's name or a certificate holds.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = '?';
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    TlsOptions options = read_arguments(argc, argv);
    for (const Finding& finding : culvert::mqtt::check_files(options)) {
      const char* level = finding.level == Finding::Level::error ? "error" : "warning";
      std::printf("%s %s %s\n", level, finding.option.c_str(), one_line(finding.text).c_str());
    }
    explicit_bzero(options.key_password.data(), options.key_password.size());
    return std::fflush(stdout) == 0 ? 0 : exit_our_bug;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "culvert-verify: %s\n%s", error.what(), usage.data());
    return exit_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert-verify: %s\n", error.what());
    return exit_our_bug;
  }
}
