// SPDX-License-Identifier: MIT
#include "core/plugin/module.hpp"

#include "core/plugin/elf_file.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace culvert::plugin {
namespace {

constexpr std::size_t max_descriptors = 64;
constexpr std::size_t max_facts = 64U << 10U;
// What version 1.0 cannot do without: everything up to and with `process`.
constexpr std::size_t least_descriptor = offsetof(culvert_descriptor, process) + sizeof(culvert_descriptor::process);

std::string our_abi() { return std::to_string(CULVERT_ABI_MAJOR) + "." + std::to_string(CULVERT_ABI_MINOR); }

void check_version(uint32_t size, uint32_t abi_minor) {
  if (abi_minor > CULVERT_ABI_MINOR) {
    throw ElfError{"was built for ABI " + std::to_string(CULVERT_ABI_MAJOR) + "." + std::to_string(abi_minor) +
                   ", this culvert has " + our_abi()};
  }
  if (size < sizeof(culvert_module)) {
    throw ElfError{"has a module of " + std::to_string(size) + " bytes, ABI " + our_abi() + " has " +
                   std::to_string(sizeof(culvert_module))};
  }
}

[[noreturn]] void refuse_symbol(uint32_t other_major) {
  if (other_major == 0) { throw ElfError{"does not export '" CULVERT_MODULE_SYMBOL "'"}; }
  throw ElfError{"was built for ABI " + std::to_string(other_major) + ", this culvert has " + our_abi()};
}

/// All that can be known from the file: code of the object runs as soon as it is loaded.
void check_file(const std::string& path) {
  const ElfFile file{path};
  std::string ours;
  try {
    const ElfFile self{"/proc/self/exe"};
    if (file.identity() != self.identity()) { ours = to_string(self.identity()); }
  } catch (const ElfError&) {
    // Without /proc the loader judges, in its own words.
  }
  if (!ours.empty()) { throw ElfError{"is for " + to_string(file.identity()) + ", this is " + ours}; }
  if (const auto head = read_module_head(file)) {
    if (head->major != CULVERT_ABI_MAJOR) { refuse_symbol(head->major); }
    // A head of zeroes stands where the file keeps no bytes for it.
    if (head->size != 0) { check_version(head->size, head->abi_minor); }
  }
}

/// What the loader says, in our words: it names the file first, and ends in what it missed.
std::string loader_reason(const std::string& path, std::string text) {
  const std::string undefined = "undefined symbol: ", missing = ": cannot open shared object file";
  if (text.starts_with(path + ": ")) { text.erase(0, path.size() + 2); }
  if (const std::size_t at = text.find(undefined); at != std::string::npos) {
    const std::string rest = text.substr(at + undefined.size());
    return "needs the symbol '" + rest.substr(0, rest.find_first_of(", \t(")) + "', which nothing provides";
  }
  if (const std::size_t at = text.find(missing); at != std::string::npos) {
    return "needs '" + text.substr(0, at) + "', which cannot be found or opened";
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return "cannot be loaded: " + text;
}

const culvert_module& open_module(const std::string& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* text = ::dlerror();
    throw ElfError{loader_reason(path, text == nullptr ? "no reason given" : text)};
  }
  const auto* module = static_cast<const culvert_module*>(::dlsym(handle, CULVERT_MODULE_SYMBOL));
  if (module == nullptr) {
    uint32_t other = 0;
    for (uint32_t major = 2; major < 100 && other == 0; ++major) {
      if (::dlsym(handle, ("culvert_module_v" + std::to_string(major)).c_str()) != nullptr) { other = major; }
    }
    refuse_symbol(other);
  }
  check_version(module->size, module->abi_minor);
  return *module;
}

bool holds(const culvert_descriptor& descriptor, std::size_t offset) {
  return descriptor.size >= offset + sizeof(void (*)());
}

std::string_view facts_of(const culvert_descriptor& descriptor) { return {descriptor.facts, descriptor.facts_size}; }

/// The descriptor with exactly this text, else the one that was most likely meant to have it.
const culvert_descriptor& choose(const culvert_module& module, const Facts& facts, const std::string& text) {
  const uint32_t count = module.descriptor_count;
  if (count == 0 || count > max_descriptors || module.descriptors == nullptr) {
    throw ElfError{"has " + std::to_string(count) + " descriptors, from 1 to 64 are taken"};
  }
  const culvert_descriptor* same_id = nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    const culvert_descriptor* one = module.descriptors[i];
    if (one == nullptr || one->size < least_descriptor) {
      throw ElfError{"has a descriptor of " + std::to_string(one == nullptr ? 0 : one->size) + " bytes, at least " +
                     std::to_string(least_descriptor) + " are needed"};
    }
    if (one->facts == nullptr || one->facts_size > max_facts) {
      throw ElfError{"has a descriptor without facts, or with more than 64 KiB of them"};
    }
    if (facts_of(*one) == text) { return *one; }
    config::Problems unsaid;
    const auto parsed = parse_facts(facts_of(*one), {}, unsaid);
    if (parsed && parsed->id == facts.id) { same_id = one; }
  }
  if (same_id == nullptr && count == 1) { same_id = module.descriptors[0]; }
  if (same_id == nullptr) { throw ElfError{"has a note on '" + facts.id + "' but no descriptor of it"}; }
  throw ElfError{"has facts that differ from its note in " + first_difference(text, std::string{facts_of(*same_id)})};
}

void check_functions(const culvert_descriptor& descriptor, const Facts& facts) {
  const std::string of = " of plugin '" + facts.id + "'";
  if (descriptor.create == nullptr) { throw ElfError{"has no function 'create'" + of}; }
  if (descriptor.destroy == nullptr) { throw ElfError{"has no function 'destroy'" + of}; }
  if (facts.is_sink() && descriptor.process == nullptr) {
    throw ElfError{"has no function 'process'" + of + ", which takes messages"};
  }
  const bool can_emit = descriptor.process != nullptr || descriptor.start != nullptr ||
                        (holds(descriptor, offsetof(culvert_descriptor, poll)) && descriptor.poll != nullptr);
  if (!can_emit) { throw ElfError{"has none of 'start', 'process' and 'poll'" + of + ": it can never run"}; }
}

}  // namespace

const culvert_descriptor* load_descriptor(const std::string& path, const Facts& facts, const std::string& text) {
  try {
    check_file(path);
    const culvert_descriptor& descriptor = choose(open_module(path), facts, text);
    check_functions(descriptor, facts);
    return &descriptor;
  } catch (const ElfError& error) { throw std::runtime_error{"'" + path + "' " + error.what()}; }
}

culvert_descriptor filled_up(const culvert_descriptor& descriptor) {
  culvert_descriptor whole{};
  std::memcpy(&whole, &descriptor, std::min<std::size_t>(descriptor.size, sizeof whole));
  whole.size = sizeof whole;
  return whole;
}

}  // namespace culvert::plugin
