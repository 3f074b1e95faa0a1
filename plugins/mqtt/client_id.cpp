// SPDX-License-Identifier: MIT
#include "client_id.hpp"

#include "descriptor.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace culvert::mqtt {

namespace {

constexpr std::size_t longest_id = 256;

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errno, std::generic_category(), what}; }

bool is_usable(std::string_view id) {
  return !id.empty() && id.size() <= longest_id &&
         std::all_of(id.begin(), id.end(), [](char each) { return each > ' ' && each < 0x7f; });
}

}  // namespace

unsigned long long random_number() {
  unsigned long long number = 0;
  while (getrandom(&number, sizeof number, 0) != sizeof number) {
    if (errno != EINTR) { fail("ask the kernel for random bytes"); }
  }
  return number;
}

ClientIdFile::ClientIdFile(std::string_view state_dir, std::string_view node)
    : folder_{state_dir}, node_{node}, path_{folder_ + "/mqtt-" + node_ + ".id"} {}

std::string ClientIdFile::load_or_make(bool& ret_damaged) const {
  ret_damaged = false;
  const Descriptor file{open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (file) {
    std::array<char, longest_id + 2> bytes{};
    const ssize_t got = read(file.get(), bytes.data(), bytes.size());
    if (got < 0) { fail("read '" + path_ + '\''); }
    std::string id{bytes.data(), static_cast<std::size_t>(got)};
    while (id.ends_with('\n')) { id.pop_back(); }
    if (is_usable(id)) { return id; }
    ret_damaged = true;
  } else if (errno != ENOENT) {
    fail("open '" + path_ + '\'');
  }
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%08llx", random_number() & 0xffffffffULL);
  std::string id = node_ + '-' + digits.data();
  store(id);
  return id;
}

void ClientIdFile::store(std::string_view id) const {
  const std::string fresh = path_ + ".new";
  if (unlink(fresh.c_str()) != 0 && errno != ENOENT) { fail("remove '" + fresh + '\''); }
  const Descriptor file{open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) { fail("make '" + fresh + '\''); }
  const std::string line = std::string{id} + '\n';
  const ssize_t put = write(file.get(), line.data(), line.size());
  if (put >= 0 && static_cast<std::size_t>(put) != line.size()) { errno = ENOSPC; }
  if (put != static_cast<ssize_t>(line.size()) || fsync(file.get()) != 0) { fail("write '" + fresh + '\''); }
  if (rename(fresh.c_str(), path_.c_str()) != 0) { fail("replace '" + path_ + '\''); }
  const Descriptor folder{open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || fsync(folder.get()) != 0) { fail("sync '" + folder_ + '\''); }
}

}  // namespace culvert::mqtt
