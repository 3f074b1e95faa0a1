// SPDX-License-Identifier: MIT
#include "packet_id_file.hpp"

#include "client_id.hpp"

#include <charconv>
#include <exception>
#include <optional>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr std::size_t longest_text = 6;  // five digits and a line feed

std::optional<unsigned> parse(const std::string& text) {
  unsigned place = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, place);
  const bool whole = error == std::errc{} && rest + 1 == end && *rest == '\n' && place < PacketIds::count;
  return whole ? std::optional{place} : std::nullopt;
}

}  // namespace

PacketIdFile::PacketIdFile(Host host, PacketIds& ids)
    : host_{host}, ids_{ids}, file_{host.state_dir(), "mqtt-" + std::string{host.node_name()} + ".ids"} {}

void PacketIdFile::begin() {
  std::optional<unsigned> place;
  try {
    const auto text = file_.load(longest_text);
    place = text ? parse(*text) : std::nullopt;
    if (text && !place) { warn("'" + file_.path() + "' was damaged"); }
  } catch (const std::exception& error) { warn(error.what()); }
  ids_.begin_at(place.value_or(static_cast<unsigned>(random_number() % PacketIds::count)));
  reserve();
}

void PacketIdFile::store(unsigned place) {
  try {
    file_.store(std::to_string(place % PacketIds::count) + '\n');
  } catch (const std::exception& error) { warn(error.what()); }
}

void PacketIdFile::warn(const std::string& why) {
  if (std::exchange(said_, true)) { return; }
  host_.warn("packet ids begin anywhere: " + why);
}

}  // namespace culvert::mqtt
