// SPDX-License-Identifier: MIT
#include "core/plugin/registry.hpp"

#include "core/plugin/module.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace culvert::plugin {
namespace {

namespace fs = std::filesystem;

/// What a folder holds, by name; throws std::system_error when it cannot be read.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder}) { entries.push_back(entry.path()); }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

}  // namespace

Registry::Registry(std::vector<std::string> folders, std::vector<std::string> usual)
    : folders_{std::move(folders)}, usual_{std::move(usual)} {
  for (const std::string& folder : folders_) {
    try {
      std::vector<fs::path> below;
      for (const fs::path& entry : entries_of(folder)) {
        if (is_folder(entry)) {
          below.push_back(entry);
        } else if (entry.extension() == ".so") {
          read(entry.string());
        }
      }
      for (const fs::path& inner : below) { scan(inner.string()); }
    } catch (const std::system_error& error) {
      broken_.emplace_back(folder, "'" + folder + "' cannot be read: " + error.code().message());
    }
  }
}

void Registry::scan(const std::string& folder) {
  try {
    for (const fs::path& entry : entries_of(folder)) {
      if (entry.extension() == ".so" && !is_folder(entry)) { read(entry.string()); }
    }
  } catch (const std::system_error& error) {
    broken_.emplace_back(folder, "'" + folder + "' cannot be read: " + error.code().message());
  }
}

void Registry::read(const std::string& path) {
  try {
    for (std::string& text : read_facts_notes(path)) {
      config::Problems problems;
      std::optional<Facts> facts = parse_facts(text, path, problems);
      if (!facts) {
        const auto all = problems.sorted();
        const std::string more = all.size() > 1 ? " (and " + std::to_string(all.size() - 1) + " more)" : "";
        broken_.emplace_back(path, to_string(all.front()) + more);
      } else if (find(facts->id) == nullptr) {
        found_.push_back({path, std::move(*facts), std::move(text)});
      }
    }
  } catch (const std::runtime_error& error) { broken_.emplace_back(path, error.what()); }
}

const Found* Registry::find(std::string_view id) const noexcept {
  for (const Found& found : found_) {
    if (found.facts.id == id) { return &found; }
  }
  return nullptr;
}

std::vector<const Found*> Registry::all() const {
  std::vector<const Found*> sorted;
  for (const Found& found : found_) { sorted.push_back(&found); }
  std::sort(sorted.begin(), sorted.end(),
            [](const Found* one, const Found* other) { return one->facts.id < other->facts.id; });
  return sorted;
}

std::vector<std::string_view> Registry::ids() const {
  std::vector<std::string_view> names;
  for (const Found* found : all()) { names.emplace_back(found->facts.id); }
  return names;
}

const std::vector<std::pair<std::string, std::string>>& Registry::broken() const noexcept { return broken_; }

std::string Registry::why_missing(std::string_view id) const {
  for (const auto& [path, why] : broken_) {
    if (fs::path{path}.stem() == id) { return "plugin '" + std::string{id} + "': " + why; }
  }
  std::string where;
  for (const std::string& folder : folders_) { where += (where.empty() ? "'" : ", '") + folder + "'"; }
  const std::string text = "there is no plugin '" + std::string{id} + "' in " + (where.empty() ? "no folder" : where);
  for (const std::string& folder : usual_) {
    if (Registry{{folder}}.find(id) != nullptr) {
      return text + ", 'plugin_path' replaces the usual folder '" + folder + "'";
    }
  }
  return text + config::suggestion(id, ids());
}

Loaded Registry::load(std::string_view id) {
  if (const auto known = loaded_.find(id); known != loaded_.end()) { return known->second; }
  const Found* found = find(id);
  if (found == nullptr) { throw std::runtime_error{why_missing(id)}; }
  const culvert_descriptor* descriptor = load_descriptor(found->path, found->facts, found->text);
  if (descriptor->size < sizeof(culvert_descriptor)) {
    filled_up_.push_back(std::make_unique<culvert_descriptor>(filled_up(*descriptor)));
    descriptor = filled_up_.back().get();
  }
  return loaded_.emplace(std::string{id}, Loaded{&found->facts, descriptor}).first->second;
}

}  // namespace culvert::plugin
