// SPDX-License-Identifier: MIT
/// Remembers in `state_dir`/mqtt-`node`.ids where packet ids go on in the next process. What cannot be stored is said
/// once, and costs no more than that ids may begin where they were: the node runs. Used on the node thread.
#pragma once

#include "packet_ids.hpp"
#include "state_file.hpp"

#include <culvert/plugin.hpp>

#include <string>

namespace culvert::mqtt {

class PacketIdFile {
 public:
  /// `ids` outlives it.
  PacketIdFile(Host host, PacketIds& ids);
  /// Begins where the last process has ended, or anywhere when nobody knows; and reserves ids.
  void begin();
  /// Reserves more of them.
  void reserve() { store(ids_.next() + PacketIds::reserve); }
  /// No more are used.
  void end() { store(ids_.next()); }

 private:
  void store(unsigned place);
  void warn(const std::string& why);

  Host host_;
  PacketIds& ids_;
  StateFile file_;
  bool said_ = false;
};

}  // namespace culvert::mqtt
