// SPDX-License-Identifier: MIT
#include "core/lib/nng/error.hpp"

#include <nng/nng.h>

#include <string>

namespace culvert::nng {
namespace {

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "nng"; }
  std::string message(int code) const override { return nng_strerror(code); }
  std::error_condition default_error_condition(int code) const noexcept override {
    switch (code) {
      case NNG_EADDRINUSE:
        return std::errc::address_in_use;
      case NNG_ECONNREFUSED:
        return std::errc::connection_refused;
      case NNG_ECONNRESET:
        return std::errc::connection_reset;
      case NNG_EPERM:
        return std::errc::permission_denied;
      case NNG_ETIMEDOUT:
        return std::errc::timed_out;
      default:
        return {code, *this};
    }
  }
};

}  // namespace

const std::error_category& category() noexcept {
  static const Category instance;
  return instance;
}

void check(int code, const char* what) {
  if (code != 0) { throw std::system_error{code, category(), what}; }
}

}  // namespace culvert::nng
