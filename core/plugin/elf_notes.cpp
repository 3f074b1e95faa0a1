// SPDX-License-Identifier: MIT
#include "core/plugin/elf_file.hpp"
#include "core/plugin/facts.hpp"

#include <culvert/plugin.h>

#include <algorithm>

namespace culvert::plugin {
namespace {

constexpr std::size_t max_facts = 64U << 10U;
constexpr std::size_t max_notes = 64;
constexpr uint32_t facts_note_type = 1;

/// `size` rounded up to the alignment of the notes.
std::size_t padded(uint64_t size, std::size_t alignment) {
  return static_cast<std::size_t>((size + alignment - 1) / alignment * alignment);
}

/// Appends the facts of one run of notes.
void read_notes(const ElfFile& file, const ElfFile::Range& range, std::vector<std::string>& texts) {
  const std::string bytes = file.read(range.offset, range.size);
  const std::string_view name{CULVERT_NOTE_NAME, sizeof CULVERT_NOTE_NAME};
  const std::size_t alignment = range.alignment == 8 ? 8 : 4;
  std::size_t at = 0;
  while (bytes.size() - at >= 12) {
    const uint64_t name_size = file.number(bytes, at, 4), text_size = file.number(bytes, at + 4, 4);
    const uint64_t type = file.number(bytes, at + 8, 4);
    const std::size_t name_at = at + 12;
    // The text follows the padded name: `padded` works on offsets, since a note itself starts aligned.
    if (name_size > bytes.size() - name_at) { throw ElfError{"has a note that is longer than its segment"}; }
    const std::size_t text_at = padded(name_at + name_size, alignment);
    if (text_at > bytes.size() || text_size > bytes.size() - text_at) {
      throw ElfError{"has a note that is longer than its segment"};
    }
    const std::string_view all{bytes};
    if (type == facts_note_type && all.substr(name_at, name_size) == name) {
      if (text_size > max_facts) { throw ElfError{"has Culvert facts of more than 64 KiB"}; }
      if (texts.size() == max_notes) { throw ElfError{"has more than 64 Culvert facts"}; }
      std::string_view text = all.substr(text_at, text_size);
      if (text.ends_with('\0')) { text.remove_suffix(1); }
      texts.emplace_back(text);
    }
    at = std::min(padded(text_at + text_size, alignment), bytes.size());
  }
}

}  // namespace

std::vector<std::string> read_facts_notes(const std::string& path) {
  try {
    const ElfFile file{path};
    if (!file.is_shared_object()) { throw ElfError{"is an ELF file, but no shared object"}; }
    std::vector<std::string> texts;
    for (const ElfFile::Range& range : file.notes()) { read_notes(file, range, texts); }
    if (texts.empty()) { throw ElfError{"has no Culvert facts: it is no plugin"}; }
    return texts;
  } catch (const ElfError& error) { throw std::runtime_error{"'" + path + "' " + error.what()}; }
}

}  // namespace culvert::plugin
