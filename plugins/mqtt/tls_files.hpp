// SPDX-License-Identifier: MIT
/// The configured files, looked at before anything is opened: what `culvert-verify pem` says. Any thread.
#pragma once

#include "tls.hpp"

#include <string>
#include <vector>

namespace culvert::mqtt {

struct Finding {
  enum class Level { warning, error };
  Level level;
  std::string option;  ///< "ca", "cert", "key" or "crl"
  std::string text;
};

/// All that is wrong with `ca`, `cert`, `key` and `crl`; an empty path is not looked at. Throws nothing but bad_alloc.
std::vector<Finding> check_files(const TlsOptions& options);

}  // namespace culvert::mqtt
