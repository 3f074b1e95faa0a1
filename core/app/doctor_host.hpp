// SPDX-License-Identifier: MIT
/// The host's table for a plugin that is asked for a diagnosis: names and a log, and no way for messages. Main thread.
#pragma once

#include "core/util/log.hpp"

#include <culvert/plugin.h>

#include <string>

namespace culvert {

class DoctorHost {
 public:
  DoctorHost(std::string node, std::string runtime, std::string state_dir, const Log& log);
  DoctorHost(const DoctorHost&) = delete;
  DoctorHost& operator=(const DoctorHost&) = delete;

  const culvert_host* raw() const noexcept { return &table_; }

 private:
  static const DoctorHost& self(const culvert_host* host) noexcept {
    return *static_cast<const DoctorHost*>(host->context);
  }

  const std::string node_, runtime_, state_dir_;
  const Log& log_;
  culvert_host table_{};
};

}  // namespace culvert
