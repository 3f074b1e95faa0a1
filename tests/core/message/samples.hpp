// SPDX-License-Identifier: MIT
/// Messages of every kind, and a way to spoil their bytes, for the tests of this folder.
#pragma once

#include <culvert/plugin.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

inline std::string with(std::string bytes, std::size_t at, char value) {
  bytes.at(at) = value;
  return bytes;
}

inline std::vector<Draft> sample_messages() {
  using namespace std::literals;
  static const std::string large(300'000, 'x');
  std::vector<Draft> drafts(7);
  drafts[0].topic("plant/boiler").time_ns(1'763'892'000'123'456'789).field("value", 41.2, "Cel");
  drafts[1].topic("plant/commands/1").flags(CULVERT_RETAINED | CULVERT_DUPLICATE).payload("on\0off"sv, "text/plain");
  drafts[1].property("mqtt.qos", "1").property("", "").property("größe", "\0"sv);
  drafts[2].topic("t").time_ns(std::numeric_limits<int64_t>::min()).flags(CULVERT_HISTORICAL | CULVERT_TIME_UNSYNCED);
  drafts[2].payload("");
  drafts[3].topic("empty/record");
  drafts[4].topic("all/types").field("i", std::numeric_limits<int64_t>::min()).field("s", "a\"b\\\n\xFF"sv);
  drafts[4].null_field("n", "Pa").field("", std::numeric_limits<double>::infinity(), "", CULVERT_UNCERTAIN);
  drafts[4].field("empty", ""sv).property("k", "v");
  drafts[5].topic("large").payload(large);
  drafts[6].topic("many");
  for (int i = 0; i < 200; ++i) { drafts[6].field("f", i * 0.1, "1"); }
  return drafts;
}

}  // namespace culvert
