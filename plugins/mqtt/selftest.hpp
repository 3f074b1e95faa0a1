// SPDX-License-Identifier: MIT
/// Runs the TLS policy against the wolfSSL that is installed here: servers that are as they should be, and servers that
/// must be refused, are played in this process, and the connector's own client meets each. No network, no file, no
/// thread. On one thread, any.
#pragma once

#include <functional>
#include <string>

namespace culvert::mqtt {

enum class Verdict {
  ok,
  failed,
  not_run,  ///< this wolfSSL cannot play that server: nothing is known
};

/// One case: "`tried`: must be `expected`; `happened`".
struct SelftestLine {
  Verdict verdict = Verdict::failed;
  std::string name;      ///< "clone", in lower case with dashes: does not change between versions
  std::string tried;     ///< "a copy of the authority's signature around another key"
  std::string expected;  ///< "refused (has a false signature)"
  std::string happened;  ///< "refused: certificate has a false signature: ..."
};

/// Name and version of the library that is loaded: "wolfSSL 5.5.4".
std::string tls_library();

/// Calls `report` for each case as it ends. Throws std::system_error when it can have no file in memory,
/// std::bad_alloc, and what `report` throws.
void run_selftest(const std::function<void(const SelftestLine&)>& report);

}  // namespace culvert::mqtt
