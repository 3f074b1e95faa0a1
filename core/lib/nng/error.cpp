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
