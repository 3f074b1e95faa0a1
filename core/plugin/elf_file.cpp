// SPDX-License-Identifier: MIT
#include "core/plugin/elf_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace culvert::plugin {
namespace {

// Of the ELF specification: only what is needed here.
constexpr uint32_t type_shared_object = 3;
constexpr uint32_t segment_load = 1, segment_note = 4;
constexpr uint32_t section_note = 7, section_without_bytes = 8;
constexpr std::size_t ident_size = 16;

constexpr uint64_t max_file = 256U << 20U;
constexpr uint64_t max_read = 4U << 20U;

std::string reason(int error) { return std::string{"cannot be read: "} + std::strerror(error); }

}  // namespace

std::string to_string(const ElfIdentity& identity) {
  static constexpr std::array<std::pair<uint16_t, std::string_view>, 11> names{{
      {2, "SPARC"},
      {3, "x86"},
      {8, "MIPS"},
      {20, "PowerPC"},
      {21, "PowerPC64"},
      {22, "S/390"},
      {40, "ARM"},
      {62, "x86-64"},
      {183, "AArch64"},
      {243, "RISC-V"},
      {258, "LoongArch"},
  }};
  std::string name = "machine " + std::to_string(identity.machine);
  for (const auto& [machine, text] : names) {
    if (machine == identity.machine) { name = text; }
  }
  // Only what is out of the ordinary for the processor is said.
  const bool is_wide = identity.machine == 62 || identity.machine == 183 || identity.machine == 21;
  const bool either = identity.machine == 243 || identity.machine == 258 || identity.machine == 22;
  if (identity.wide && !is_wide && !either) { name.insert(0, "64-bit "); }
  if (!identity.wide && (is_wide || either)) { name.insert(0, "32-bit "); }
  const bool usually_big = identity.machine == 2 || identity.machine == 20 || identity.machine == 22;
  if (identity.big_endian && !usually_big) { name += ", big-endian"; }
  return name;
}

ElfFile::ElfFile(const std::string& path) {
  // Without O_NONBLOCK a named pipe in a plugin folder would hold us up for ever.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) { throw ElfError{reason(errno)}; }
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) { throw ElfError{reason(errno)}; }
    if (!S_ISREG(status.st_mode)) { throw ElfError{"is not a regular file"}; }
    size_ = static_cast<uint64_t>(status.st_size);
    if (size_ == 0) { throw ElfError{"is empty"}; }
    if (size_ > max_file) { throw ElfError{"is larger than 256 MiB"}; }
    if (size_ < 4 || read(0, 4) != "\177ELF") { throw ElfError{"is not an ELF file"}; }
    if (size_ < ident_size + 4) { throw ElfError{"is truncated"}; }
    const std::string ident = read(0, ident_size);
    const auto width = static_cast<uint8_t>(ident[4]), order = static_cast<uint8_t>(ident[5]);
    if (width < 1 || width > 2 || order < 1 || order > 2 || ident[6] != 1) {
      throw ElfError{"has an ELF header of an unknown kind"};
    }
    identity_.wide = width == 2;
    identity_.big_endian = order == 2;
    const std::string header = read(0, identity_.wide ? 64 : 52);
    shared_object_ = number(header, 16, 2) == type_shared_object;
    identity_.machine = static_cast<uint16_t>(number(header, 18, 2));
    read_segments(header);
    read_sections(header);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

ElfFile::~ElfFile() { ::close(descriptor_); }

void ElfFile::require_within(uint64_t offset, uint64_t size) const {
  if (offset > size_ || size > size_ - offset) { throw ElfError{"is truncated"}; }
}

std::string ElfFile::read(uint64_t offset, uint64_t size) const {
  require_within(offset, size);
  if (size > max_read) {
    throw ElfError{"holds a table of " + std::to_string(size) + " bytes, at most 4 MiB are read"};
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) { continue; }
    if (got < 0) { throw ElfError{reason(errno)}; }
    if (got == 0) { throw ElfError{"is truncated"}; }
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

uint64_t ElfFile::number(std::string_view bytes, std::size_t offset, std::size_t size) const {
  if (offset > bytes.size() || size > bytes.size() - offset) { throw ElfError{"is truncated"}; }
  uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = identity_.big_endian ? i : size - 1 - i;
    value = value << 8U | static_cast<uint8_t>(bytes[offset + at]);
  }
  return value;
}

void ElfFile::read_segments(std::string_view header) {
  const bool wide = identity_.wide;
  const uint64_t offset = wide ? number(header, 32, 8) : number(header, 28, 4);
  const uint64_t entry = number(header, wide ? 54 : 42, 2), count = number(header, wide ? 56 : 44, 2);
  if (offset == 0 || count == 0) { return; }
  if (entry != (wide ? 56U : 32U)) { throw ElfError{"has program headers of an unknown size"}; }
  const std::string table = read(offset, entry * count);
  for (std::size_t at = 0; at < table.size(); at += entry) {
    const uint64_t type = number(table, at, 4);
    if (type != segment_load && type != segment_note) { continue; }
    const Range range = wide ? Range{number(table, at + 8, 8), number(table, at + 32, 8), number(table, at + 48, 8)}
                             : Range{number(table, at + 4, 4), number(table, at + 16, 4), number(table, at + 28, 4)};
    require_within(range.offset, range.size);
    if (type == segment_note) { notes_.push_back(range); }
  }
}

void ElfFile::read_sections(std::string_view header) {
  const bool wide = identity_.wide;
  const uint64_t offset = wide ? number(header, 40, 8) : number(header, 32, 4);
  const uint64_t entry = number(header, wide ? 58 : 46, 2), count = number(header, wide ? 60 : 48, 2);
  if (offset == 0 || count == 0) { return; }
  if (entry != (wide ? 64U : 40U)) { throw ElfError{"has section headers of an unknown size"}; }
  const bool no_segment_has_notes = notes_.empty();
  const std::string table = read(offset, entry * count);
  for (std::size_t at = 0; at < table.size(); at += entry) {
    Section section{};
    section.type = static_cast<uint32_t>(number(table, at + 4, 4));
    section.address = wide ? number(table, at + 16, 8) : number(table, at + 12, 4);
    section.offset = wide ? number(table, at + 24, 8) : number(table, at + 16, 4);
    section.size = wide ? number(table, at + 32, 8) : number(table, at + 20, 4);
    section.link = static_cast<uint32_t>(number(table, at + (wide ? 40 : 24), 4));
    section.alignment = wide ? number(table, at + 48, 8) : number(table, at + 32, 4);
    if (section.type != 0 && section.type != section_without_bytes) { require_within(section.offset, section.size); }
    if (section.type == section_note && no_segment_has_notes) {
      notes_.push_back({section.offset, section.size, section.alignment});
    }
    sections_.push_back(section);
  }
}

}  // namespace culvert::plugin
