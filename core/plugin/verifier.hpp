// SPDX-License-Identifier: MIT
/// Runs `culvert-verify`, with a deadline and bounded output. Used on the main thread only.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace culvert::plugin {

/// The program could not be run, or did not answer as agreed; the text follows "certificates were not looked into: ".
struct VerifierError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One line of its answer: "error key does not fit the certificate".
struct Finding {
  bool is_error;
  std::string part;  ///< "ca", "cert", "key" or "crl"
  std::string text;
};

/// Runs `program pem` with `arguments`. The password goes through a pipe, never through arguments or environment;
/// empty: none.
std::vector<Finding> run_verifier(const std::string& program, const std::vector<std::string>& arguments,
                                  const std::string& password);

}  // namespace culvert::plugin
