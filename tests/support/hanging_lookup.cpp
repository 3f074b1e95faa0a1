// SPDX-License-Identifier: MIT
// Linked into a program, this takes the place of the C library's getaddrinfo: the name "hanging.test" is not answered
// for 30 s, every other one as usual.
#include "hanging_lookup.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <cstring>
#include <thread>

std::atomic<unsigned> culvert::test::hanging_lookups = 0;

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** ret_found) {
  if (name != nullptr && std::strcmp(name, "hanging.test") == 0) {
    ++culvert::test::hanging_lookups;
    culvert::test::hanging_lookups.notify_all();
    std::this_thread::sleep_for(std::chrono::seconds{30});
    return EAI_AGAIN;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, ret_found);
}
