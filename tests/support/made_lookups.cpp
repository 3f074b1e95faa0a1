// SPDX-License-Identifier: MIT
// Linked into a program, this takes the place of the C library's getaddrinfo: the name "hanging.test" is not answered
// for 30 s, "127.0.0.3.and.127.0.0.1.test" has these two addresses, and every other one is looked up as usual.
#include "made_lookups.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

std::atomic<unsigned> culvert::test::hanging_lookups = 0;

namespace {

constexpr std::string_view between = ".and.", behind = ".test";

int look_up(const char* name, const char* service, const addrinfo* hints, addrinfo** ret_found) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, ret_found);
}

}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** ret_found) {
  const std::string_view text{name == nullptr ? "" : name};
  if (text == "hanging.test") {
    ++culvert::test::hanging_lookups;
    culvert::test::hanging_lookups.notify_all();
    std::this_thread::sleep_for(std::chrono::seconds{30});
    return EAI_AGAIN;
  }
  const auto middle = text.find(between);
  if (middle == std::string_view::npos || !text.ends_with(behind)) { return look_up(name, service, hints, ret_found); }
  const std::string first{text.substr(0, middle)};
  const std::string second{text.substr(middle + between.size(), text.size() - middle - between.size() - behind.size())};
  if (const int error = look_up(first.c_str(), service, hints, ret_found); error != 0) { return error; }
  // The C library frees a list item by item.
  addrinfo** end = ret_found;
  while (*end != nullptr) { end = &(*end)->ai_next; }
  return look_up(second.c_str(), service, hints, end);
}
