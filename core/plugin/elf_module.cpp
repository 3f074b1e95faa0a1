// SPDX-License-Identifier: MIT
#include "core/plugin/elf_file.hpp"

#include <charconv>

namespace culvert::plugin {
namespace {

constexpr uint32_t section_dynamic_symbols = 11, section_without_bytes = 8;
constexpr std::string_view stem = "culvert_module_v";

/// The major version in a symbol's name, or 0.
uint32_t major_of(std::string_view name) {
  if (!name.starts_with(stem)) { return 0; }
  uint32_t major = 0;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + stem.size(), end, major);
  return error == std::errc{} && rest == end ? major : 0;
}

/// Fills in what stands at `address`, where a section with bytes holds it.
void read_head(const ElfFile& file, uint64_t address, ModuleHead& head) {
  for (const ElfFile::Section& section : file.sections()) {
    if (section.type == 0 || section.type == section_without_bytes || section.address == 0) { continue; }
    if (address < section.address || address - section.address >= section.size) { continue; }
    const uint64_t within = address - section.address;
    if (section.size - within < 8) { return; }
    const std::string bytes = file.read(section.offset + within, 8);
    head.size = static_cast<uint32_t>(file.number(bytes, 0, 4));
    head.abi_minor = static_cast<uint32_t>(file.number(bytes, 4, 4));
    return;
  }
}

}  // namespace

std::optional<ModuleHead> read_module_head(const ElfFile& file) {
  const bool wide = file.identity().wide;
  const std::size_t entry = wide ? 24 : 16;
  for (const ElfFile::Section& section : file.sections()) {
    if (section.type != section_dynamic_symbols || section.link >= file.sections().size()) { continue; }
    const ElfFile::Section& text = file.sections()[section.link];
    const std::string symbols = file.read(section.offset, section.size);
    const std::string names = file.read(text.offset, text.size);
    ModuleHead head;
    for (std::size_t at = 0; at + entry <= symbols.size(); at += entry) {
      const uint64_t name_at = file.number(symbols, at, 4);
      const uint64_t defined_in = file.number(symbols, at + (wide ? 6 : 14), 2);
      const uint64_t address = file.number(symbols, at + (wide ? 8 : 4), wide ? 8 : 4);
      if (name_at >= names.size() || defined_in == 0) { continue; }
      const std::string_view rest = std::string_view{names}.substr(static_cast<std::size_t>(name_at));
      const uint32_t major = major_of(rest.substr(0, rest.find('\0')));
      if (major == 0 || head.major == 1) { continue; }
      head = ModuleHead{major, 0, 0};
      read_head(file, address, head);
    }
    return head;
  }
  return std::nullopt;
}

}  // namespace culvert::plugin
