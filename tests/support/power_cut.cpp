// SPDX-License-Identifier: MIT
#include "tests/support/disk_recorder.hpp"

#include <algorithm>
#include <string_view>

namespace culvert::test {
namespace {

constexpr std::size_t sector = 512;

void write_at(std::string& content, std::size_t at, std::string_view bytes) {
  if (content.size() < at + bytes.size()) { content.resize(at + bytes.size()); }
  bytes.copy(content.data() + at, bytes.size());
}

/// A write of which each sector may be there.
void write_torn(std::string& content, const DiskEvent& event, std::mt19937& random) {
  const auto begin = static_cast<std::size_t>(event.at);
  for (std::size_t at = begin; at < begin + event.bytes.size();) {
    const std::size_t end = std::min(begin + event.bytes.size(), (at / sector + 1) * sector);
    if (random() % 2 == 0) { write_at(content, at, std::string_view{event.bytes}.substr(at - begin, end - at)); }
    at = end;
  }
}

/// Which events are on disk for certain: those whose file's next sync did not fail.
std::vector<bool> on_disk(const std::vector<DiskEvent>& events, std::size_t count, const std::string& ignores) {
  std::map<int, std::string> called;
  for (const DiskEvent& event : events) {
    if (event.kind == DiskEvent::Kind::create) { called[event.file] = event.bytes; }
  }
  std::vector<bool> found(count);
  std::map<int, bool> is_synced;  ///< by file, what its next sync does
  for (std::size_t i = count; i-- > 0;) {
    const DiskEvent& event = events[i];
    found[i] = is_synced[event.file];
    if (event.kind == DiskEvent::Kind::sync && (ignores.empty() || !called[event.file].ends_with(ignores))) {
      is_synced[event.file] = true;
    }
    if (event.kind == DiskEvent::Kind::lose) { is_synced[event.file] = false; }
  }
  return found;
}

}  // namespace

std::map<std::string, std::string> cut_power(const std::vector<DiskEvent>& events, std::size_t count,
                                             std::mt19937& random, const std::string& ignores) {
  const std::vector<bool> synced = on_disk(events, count, ignores);
  std::size_t folder_synced = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (events[i].kind == DiskEvent::Kind::sync_folder) { folder_synced = i; }
  }
  std::map<int, std::string> contents;
  std::map<std::string, int> names;
  bool names_end = false;
  // How much of what was not synced has got to the disk is by chance too: nearly all, nearly nothing, or half.
  const unsigned luck = random() % 3 == 0 ? 5 : random() % 2 == 0 ? 95 : 50;
  for (std::size_t i = 0; i < count; ++i) {
    const DiskEvent& event = events[i];
    const bool is_whole = synced[i] || random() % 100 < luck;
    switch (event.kind) {
      case DiskEvent::Kind::write:
        if (is_whole) {
          write_at(contents[event.file], static_cast<std::size_t>(event.at), event.bytes);
        } else {
          write_torn(contents[event.file], event, random);
        }
        break;
      case DiskEvent::Kind::cut:
        if (is_whole) { contents[event.file].resize(static_cast<std::size_t>(event.at)); }
        break;
      case DiskEvent::Kind::create:
      case DiskEvent::Kind::remove:
      case DiskEvent::Kind::rename: {
        // Names come to the disk in order.
        names_end = names_end || (i >= folder_synced && random() % 100 >= luck);
        if (names_end) { break; }
        const std::size_t line = event.bytes.find('\n');
        names.erase(event.bytes.substr(0, line));
        if (event.kind == DiskEvent::Kind::create) { names[event.bytes] = event.file; }
        if (event.kind == DiskEvent::Kind::rename) { names[event.bytes.substr(line + 1)] = event.file; }
        break;
      }
      default:
        break;
    }
  }
  std::map<std::string, std::string> found;
  for (const auto& [name, file] : names) { found[name] = contents[file]; }
  return found;
}

}  // namespace culvert::test
