// SPDX-License-Identifier: MIT
/// A first pipeline, as text. Pure functions, any thread.
#pragma once

#include "core/app/init_sensors.hpp"

#include <string>
#include <vector>

namespace culvert {

/// What stands in it; what is empty is left out.
struct FirstPipeline {
  std::string name;
  std::string state_dir;
  std::vector<FoundSensor> sensors;
  std::string broker, profile, user;
  std::string secret;         ///< the file with the password, from the pipeline's folder on
  std::string credential;     ///< or the password as a credential of systemd's
  std::string ca, cert, key;  ///< absolute paths
};

std::string to_text(const FirstPipeline& pipeline);

}  // namespace culvert
