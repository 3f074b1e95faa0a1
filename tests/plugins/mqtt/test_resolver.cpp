// SPDX-License-Identifier: MIT
#include "resolver.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace culvert::mqtt;

namespace {

/// What is open now may stay, and one more descriptor may be had.
class OneDescriptor {
 public:
  OneDescriptor() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(STDERR_FILENO);
    ::close(next);
    const rlimit bounded{static_cast<rlim_t>(next) + 1, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &bounded);
  }
  OneDescriptor(const OneDescriptor&) = delete;
  OneDescriptor& operator=(const OneDescriptor&) = delete;
  ~OneDescriptor() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("resolver: without a descriptor it says so, and not that the name is unknown") {
  Resolver resolver;
  {
    const OneDescriptor one;
    // That one tells of its end.
    resolver.start("localhost", 1);
    pollfd wait{resolver.descriptor(), POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 30'000) == 1);
  }
  CHECK(resolver.state() == Resolver::State::failed);
  CHECK(resolver.why() == "no file descriptor is left (Too many open files): raise the limit (ulimit -n)");
}
