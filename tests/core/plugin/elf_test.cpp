// SPDX-License-Identifier: MIT
#include "core/plugin/elf_file.hpp"
#include "core/plugin/facts.hpp"
#include "tests/core/plugin/folder.hpp"

#include <doctest/doctest.h>

#include <random>

using culvert::plugin::read_facts_notes;
using culvert::test::Folder;

namespace {

const std::string fixtures = CULVERT_FIXTURES;

std::string why(const std::string& path) {
  try {
    read_facts_notes(path);
  } catch (const std::runtime_error& error) { return error.what(); }
  return "nothing";
}

/// An ELF file by hand: headers and one segment with one note.
class Maker {
 public:
  Maker(bool wide, bool big) : wide_{wide}, big_{big} {}
  std::string make(uint16_t machine, const std::string& text) const {
    const std::string name{"culvert.facts.1", 16};
    std::string note = number(16, 4) + number(text.size() + 1, 4) + number(1, 4) + name + text;
    note.append(1 + (4 - (note.size() + 1) % 4) % 4, '\0');
    const std::size_t header = wide_ ? 64 : 52, entry = wide_ ? 56 : 32;
    std::string made{"\177ELF"};
    made += {static_cast<char>(wide_ ? 2 : 1), static_cast<char>(big_ ? 2 : 1), 1};
    made.resize(16);
    made += number(3, 2) + number(machine, 2) + number(1, 4);
    const std::size_t word = wide_ ? 8 : 4;
    made += number(0, word) + number(header, word) + number(0, word) + number(0, 4);
    made += number(header, 2) + number(entry, 2) + number(1, 2) + number(0, 2) + number(0, 2) + number(0, 2);
    const std::size_t at = header + entry;
    if (wide_) {
      made += number(4, 4) + number(4, 4) + number(at, 8) + number(0, 16) + number(note.size(), 8) +
              number(note.size(), 8) + number(4, 8);
    } else {
      made += number(4, 4) + number(at, 4) + number(0, 8) + number(note.size(), 4) + number(note.size(), 4) +
              number(4, 4) + number(4, 4);
    }
    return made + note;
  }

 private:
  std::string number(uint64_t value, std::size_t size) const {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size && i < 8; ++i) {
      bytes[big_ ? size - 1 - i : i] = static_cast<char>(value >> (8 * i) & 0xFFU);
    }
    return bytes;
  }
  bool wide_, big_;
};

}  // namespace

TEST_CASE("facts notes: those of a C and of a C++ plugin are read") {
  const auto shout = read_facts_notes(fixtures + "/shout.so");
  REQUIRE(shout.size() == 1);
  CHECK(shout[0].starts_with("id = \"shout\"\nversion"));
  CHECK(shout[0].ends_with("\n"));
  const auto lines = read_facts_notes(fixtures + "/lines_c.so");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("id = 'lines_c'\n"));
}

TEST_CASE("facts notes: each plugin of an object has its own") {
  CHECK(read_facts_notes(fixtures + "/two.so").size() == 2);
}

TEST_CASE("facts notes: either width and either byte order of any processor is read") {
  const Folder folder;
  for (const bool wide : {false, true}) {
    for (const bool big : {false, true}) {
      const std::string path = folder.write("made.so", Maker{wide, big}.make(8, "id = 'made'"));
      CHECK(read_facts_notes(path) == std::vector<std::string>{"id = 'made'"});
      CHECK(culvert::plugin::ElfFile{path}.identity() == culvert::plugin::ElfIdentity{wide, big, 8});
    }
  }
}

TEST_CASE("facts notes: a file that is none is said in one clear line") {
  const Folder folder;
  CHECK(why(folder.path("absent.so")) ==
        "'" + folder.path("absent.so") + "' cannot be read: No such file or directory");
  CHECK(why(folder.write("text.so", "plain text\n")).ends_with("text.so' is not an ELF file"));
  CHECK(why(folder.write("short.so", "\177E")).ends_with("short.so' is not an ELF file"));
  CHECK(why(folder.write("head.so", "\177ELF")).ends_with("head.so' is truncated"));
  CHECK(why(folder.write("empty.so", "")).ends_with("empty.so' is empty"));
  CHECK(why(folder.path()).ends_with("' is not a regular file"));
  CHECK(why("/dev/null").ends_with("' is not a regular file"));
  CHECK(why("/proc/self/exe") != "nothing");
  CHECK(why(fixtures + "/bad/no_facts.so").ends_with("no_facts.so' has no Culvert facts: it is no plugin"));
}

TEST_CASE("facts notes: a file that was cut anywhere is refused") {
  const Folder folder;
  const std::string whole = culvert::test::read(fixtures + "/shout.so");
  REQUIRE(whole.size() > 1000);
  for (std::size_t size = 1; size < whole.size(); size += size < 200 ? 1 : 997) {
    const std::string said = why(folder.write("cut.so", whole.substr(0, size)));
    INFO(size);
    CHECK((said.ends_with("is truncated") || said.ends_with("is not an ELF file")));
  }
}

TEST_CASE("facts notes: lies about sizes and offsets are found out") {
  const Folder folder;
  const std::string good = Maker{true, false}.make(62, "id = 'made'");
  const auto with = [&](std::size_t at, std::string_view bytes) {
    std::string bad = good;
    bad.replace(at, bytes.size(), bytes);
    return why(folder.write("lie.so", bad));
  };
  const std::string_view huge{"\xff\xff\xff\xff\xff\xff\xff\xff"};
  CHECK(with(32, huge).ends_with("is truncated"));       // program headers
  CHECK(with(64 + 8, huge).ends_with("is truncated"));   // the segment's offset
  CHECK(with(64 + 32, huge).ends_with("is truncated"));  // the segment's size
  CHECK(with(120, huge.substr(0, 4)).ends_with("has a note that is longer than its segment"));
  CHECK(with(124, huge.substr(0, 4)).ends_with("has a note that is longer than its segment"));
  CHECK(with(54, "\x01").ends_with("has program headers of an unknown size"));
  CHECK(with(4, "\x07").ends_with("has an ELF header of an unknown kind"));
  CHECK(with(16, "\x02").ends_with("is an ELF file, but no shared object"));
}

TEST_CASE("facts notes: damaged bytes anywhere in the headers do no harm") {
  const Folder folder;
  const std::string good = culvert::test::read(fixtures + "/two.so");
  std::mt19937 random{4711};
  const std::size_t tables = good.size() - 40 * 64;
  for (int i = 0; i < 500; ++i) {
    std::string bad = good;
    for (int n = 0; n < 4; ++n) {
      const std::size_t at = random() % 3 == 0 ? tables + random() % (good.size() - tables) : random() % 1500;
      bad[at] = static_cast<char>(random());
    }
    const std::string path = folder.write("damaged.so", bad);
    (void)why(path);
    try {
      (void)culvert::plugin::read_module_head(culvert::plugin::ElfFile{path});
    } catch (const culvert::plugin::ElfError&) { continue; }
  }
}
