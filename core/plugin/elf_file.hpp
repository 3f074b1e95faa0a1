// SPDX-License-Identifier: MIT
/// An ELF file of any processor, either width and either byte order, read with bounds and without trust. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::plugin {

/// Why a file is not what it should be, in words that follow the file's name: "is not an ELF file".
struct ElfError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// For which processor a file was made.
struct ElfIdentity {
  bool wide = false;        ///< 64 bit
  bool big_endian = false;  ///< byte order
  uint16_t machine = 0;     ///< e_machine
  friend bool operator==(const ElfIdentity&, const ElfIdentity&) = default;
};

/// "x86-64", "AArch64", "32-bit ARM", "machine 4711".
std::string to_string(const ElfIdentity& identity);

/// Opens the file, checks its headers and that all of it is there, and reads parts of it on demand.
class ElfFile {
 public:
  /// A range of the file.
  struct Range {
    uint64_t offset, size, alignment;
  };
  struct Section {
    uint32_t type, link;
    uint64_t address, offset, size, alignment;
  };

  /// Throws ElfError: cannot be read, is not an ELF file, is truncated, ...
  explicit ElfFile(const std::string& path);
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ~ElfFile();

  const ElfIdentity& identity() const noexcept { return identity_; }
  /// Whether the loader would take it at all.
  bool is_shared_object() const noexcept { return shared_object_; }
  /// Where notes are: of the segments, and of the sections only when no segment holds any.
  const std::vector<Range>& notes() const noexcept { return notes_; }
  const std::vector<Section>& sections() const noexcept { return sections_; }
  /// At most 4 MiB; throws ElfError when the range is larger or not within the file.
  std::string read(uint64_t offset, uint64_t size) const;
  /// A number of 1 to 8 bytes at a place that must lie within `bytes`, else ElfError.
  uint64_t number(std::string_view bytes, std::size_t offset, std::size_t size) const;

 private:
  void read_segments(std::string_view header);
  void read_sections(std::string_view header);
  void require_within(uint64_t offset, uint64_t size) const;

  int descriptor_ = -1;
  uint64_t size_ = 0;
  ElfIdentity identity_;
  bool shared_object_ = false;
  std::vector<Range> notes_;
  std::vector<Section> sections_;
};

/// The head of `culvert_module_vN`, as far as it can be read without loading the object.
struct ModuleHead {
  uint32_t major = 0;  ///< of the symbol's name
  uint32_t size = 0;
  uint32_t abi_minor = 0;
};

/// Nothing when the file has no section headers to find it by. `major` is 0 when no such symbol is exported.
std::optional<ModuleHead> read_module_head(const ElfFile& file);

}  // namespace culvert::plugin
