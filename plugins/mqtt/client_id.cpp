// SPDX-License-Identifier: MIT
#include "client_id.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace culvert::mqtt {

namespace {

constexpr std::size_t longest_id = 256;

bool is_usable(std::string_view id) {
  return !id.empty() && id.size() <= longest_id &&
         std::all_of(id.begin(), id.end(), [](char each) { return each > ' ' && each < 0x7f; });
}

}  // namespace

unsigned long long random_number() {
  unsigned long long number = 0;
  while (getrandom(&number, sizeof number, 0) != sizeof number) {
    if (errno != EINTR) { throw std::system_error{errno, std::generic_category(), "ask the kernel for random bytes"}; }
  }
  return number;
}

ClientIdFile::ClientIdFile(std::string_view state_dir, std::string_view node)
    : node_{node}, file_{state_dir, "mqtt-" + node_ + ".id"} {}

std::optional<std::string> ClientIdFile::load(bool* ret_damaged) const {
  auto found = file_.load(longest_id + 1);
  if (!found) { return std::nullopt; }
  while (found->ends_with('\n')) { found->pop_back(); }
  if (is_usable(*found)) { return found; }
  if (ret_damaged != nullptr) { *ret_damaged = true; }
  return std::nullopt;
}

std::string ClientIdFile::load_or_make(bool& ret_damaged) const {
  ret_damaged = false;
  if (auto found = load(&ret_damaged)) { return *found; }
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%08llx", random_number() & 0xffffffffULL);
  std::string id = node_ + '-' + digits.data();
  store(id);
  return id;
}

void ClientIdFile::store(std::string_view id) const { file_.store(std::string{id} + '\n'); }

}  // namespace culvert::mqtt
