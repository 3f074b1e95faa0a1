// SPDX-License-Identifier: MIT
#include "tls_pem.hpp"

#include "base64.hpp"
#include "tls.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

namespace culvert::mqtt {
namespace {

constexpr std::size_t largest_file = std::size_t{4} << 20;

class Descriptor {
 public:
  explicit Descriptor(int value) : value_{value} {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return value_; }

 private:
  int value_;
};

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw TlsError{"cannot read '" + path + "': " + why};
}

[[noreturn]] void fail(const std::string& path, int code) { fail(path, std::system_category().message(code)); }

}  // namespace

FileText::FileText(const std::string& path) {
  // A FIFO in the place of a file must not hang the dial: open without waiting, and take regular files only.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.get() < 0) fail(path, errno);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) fail(path, errno);
  if (!S_ISREG(facts.st_mode)) fail(path, "it is not a file");
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size > largest_file) fail(path, "it is larger than 4 MiB");
  text_.resize(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.get(), text_.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text_.resize(have);
}

FileText::~FileText() {
  if (!text_.empty()) explicit_bzero(text_.data(), text_.size());
}

std::vector<std::string> pem_blocks(std::string_view text, const PemKind& kind, const std::string& path) {
  const std::string label{kind.label}, word{kind.word};
  const std::string begin = "-----BEGIN " + label + "-----", end = "-----END " + label + "-----";
  std::vector<std::string> blocks;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) throw TlsError{"'" + path + "' is empty"};
  std::size_t at = 0;
  while ((at = text.find(begin, at)) != std::string_view::npos) {
    const std::size_t from = at + begin.size();
    const std::size_t until = text.find(end, from);
    const std::string which = word + " " + std::to_string(blocks.size() + 1);
    if (until == std::string_view::npos) throw TlsError{"'" + path + "': " + which + " has no END line"};
    auto bytes = from_base64(text.substr(from, until - from));
    if (!bytes) throw TlsError{"'" + path + "': " + which + " is damaged (not base64)"};
    blocks.push_back(std::move(*bytes));
    at = until + end.size();
  }
  if (blocks.empty()) throw TlsError{"'" + path + "' holds no " + word + " in PEM form (" + begin + ")"};
  return blocks;
}

}  // namespace culvert::mqtt
