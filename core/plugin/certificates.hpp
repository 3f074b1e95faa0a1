// SPDX-License-Identifier: MIT
/// Looks into certificates and keys with the help of a program of its own, since that takes cryptography: whether a key
/// fits its certificate, whether something has expired. Used on the main thread only.
#pragma once

#include "core/config/problem.hpp"
#include "core/plugin/facts.hpp"
#include "core/plugin/options.hpp"

#include <map>
#include <string>

namespace culvert::plugin {

/// Where a node's settings were given, by their key.
using Places = std::map<std::string, config::Place, std::less<>>;

/// `settings` holds only files that are there and look right. `verifier` is the path of `culvert-verify`; where it is
/// not there a warning says that nobody looked. `subject` opens each problem: "node 'cloud'".
void check_certificates(const Facts& facts, const Settings& settings, const Places& places, const std::string& subject,
                        const std::string& verifier, config::Problems& problems);

/// Where the program is: beside the running one, where `meson install` put it, or in the build folder. Empty when it is
/// in none of these.
std::string find_verifier();

}  // namespace culvert::plugin
