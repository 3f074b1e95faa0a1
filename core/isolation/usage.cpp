// SPDX-License-Identifier: MIT
#include "core/isolation/usage.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <system_error>

namespace culvert::isolation {
namespace {

/// With one digit behind the point, unless it is whole.
std::string amount(double value, bool is_whole, const char* unit) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", is_whole ? 0 : 1, value, unit);
  return text.data();
}

}  // namespace

Usage::Usage(pid_t process, const Allowance& allowance, int64_t now_ns)
    : process_{process},
      allowance_{allowance},
      memory_{allowance.memory ? memory_of(process) : Descriptor{}},
      minute_began_ns_{now_ns} {}

std::string Usage::look(int64_t now_ns, bool at_once) {
  if (now_ns < next_look_ns_ && !at_once) { return {}; }
  // A little before the next one is waited for.
  next_look_ns_ = now_ns + look_ns / 2;
  std::string why = look_at_memory();
  return why.empty() ? look_at_cpu(now_ns) : why;
}

std::string Usage::look_at_memory() const {
  if (!allowance_.memory) { return {}; }
  const auto used = resident_bytes(memory_);
  if (!used || *used <= *allowance_.memory) { return {}; }
  return "used " + mebibytes(*used) + " of memory, its limit is " + mebibytes(*allowance_.memory);
}

std::string Usage::look_at_cpu(int64_t now_ns) {
  if (!allowance_.cpu_ns) { return {}; }
  const auto used_ns = cpu_time_ns(process_);
  if (!used_ns) { return {}; }
  if (*used_ns - cpu_then_ns_ > *allowance_.cpu_ns) {
    return "used " + seconds(*used_ns - cpu_then_ns_) + " of processor time within a minute, its limit is " +
           seconds(*allowance_.cpu_ns);
  }
  if (now_ns >= minute_began_ns_ + minute_ns) {
    minute_began_ns_ = now_ns;
    cpu_then_ns_ = *used_ns;
  }
  return {};
}

Descriptor memory_of(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/statm";
  Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) {
    throw std::system_error{errno, std::generic_category(), "its 'memory' cannot be looked at in '" + path + "'"};
  }
  return file;
}

std::optional<uint64_t> resident_bytes(const Descriptor& memory) {
  std::array<char, 128> text{};
  const ssize_t size = memory ? pread(memory.get(), text.data(), text.size() - 1, 0) : -1;
  uint64_t pages = 0;
  if (size <= 0 || std::sscanf(text.data(), "%*u %" SCNu64, &pages) != 1 || pages == 0) { return {}; }
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<int64_t> cpu_time_ns(pid_t process) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) { return {}; }
  return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

std::string mebibytes(uint64_t bytes) {
  return amount(static_cast<double>(bytes) / (1 << 20), bytes % (1 << 20) == 0, "MiB");
}

std::string seconds(int64_t ns) { return amount(static_cast<double>(ns) / 1e9, ns % 1'000'000'000 == 0, "s"); }

}  // namespace culvert::isolation
