// SPDX-License-Identifier: MIT
#include "core/config/pipeline.hpp"

#include "core/config/merge.hpp"
#include "core/config/pipeline_reader.hpp"
#include "core/config/prescan.hpp"
#include "core/config/variables.hpp"
#include "core/config/written.hpp"
#include "core/util/handle.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace culvert::config {
namespace {

/// A file's text, or as much of it as shows that it is too large. Only regular files: a pipe that nobody writes to
/// would be waited for without end.
std::optional<std::string> read_file(const std::string& file, Problems& problems) {
  std::error_code failed;
  const auto type = std::filesystem::status(file, failed).type();
  // What is not there, or is a folder, is said by the system below.
  if (!failed && type != std::filesystem::file_type::regular && type != std::filesystem::file_type::directory) {
    problems.error({file, 0, 0}, "is not a regular file");
    return {};
  }
  std::string text(max_file_bytes + 1, '\0');
  const std::unique_ptr<std::FILE, FreeWith<std::fclose>> handle{std::fopen(file.c_str(), "re")};
  size_t length = 0;
  if (handle != nullptr) { length = std::fread(text.data(), 1, text.size(), handle.get()); }
  if (handle == nullptr || std::ferror(handle.get()) != 0) {
    std::string why = std::generic_category().message(errno);
    if (!why.empty() && why[0] >= 'A' && why[0] <= 'Z') { why[0] = static_cast<char>(why[0] - 'A' + 'a'); }
    problems.error({file, 0, 0}, "cannot be read: " + why);
    return {};
  }
  text.resize(length);
  return text;
}

/// What is wrong with a part is said even when another part could not be parsed; names are compared only when all are
/// there.
Pipeline read(std::vector<Value> roots, bool is_whole, Problems& problems, Value* ret_written = nullptr) {
  if (roots.empty()) { return {}; }
  Value root = merge(std::move(roots), problems);
  if (ret_written != nullptr) { *ret_written = root; }
  expand_variables(root, problems);
  Pipeline pipeline = read_pipeline(root, problems);
  if (is_whole && pipeline.nodes.size() < max_nodes) { check_references(pipeline, problems); }
  if (is_whole && root.find("node") == nullptr) {
    problems.warning({root.place.file, 0, 0}, "names no node: add a [node.NAME] table");
  }
  return pipeline;
}

Pipeline read_files(const std::vector<std::string>& files, Problems& problems, Value* ret_written) {
  std::vector<Value> roots;
  for (const std::string& file : files) {
    problems.add_file(file);
    const auto text = read_file(file, problems);
    auto root = text ? parse_toml(*text, file, problems) : std::nullopt;
    if (root) { roots.push_back(std::move(*root)); }
  }
  const bool is_whole = roots.size() == files.size();
  return read(std::move(roots), is_whole, problems, ret_written);
}

}  // namespace

Pipeline load(const std::vector<std::string>& files, Problems& problems) {
  return read_files(files, problems, nullptr);
}

Pipeline load(const std::vector<std::string>& files, Problems& problems, Value& ret_written) {
  return read_files(files, problems, &ret_written);
}

Pipeline load_text(std::string_view text, const std::string& file, Problems& problems) {
  std::vector<Value> roots;
  if (auto root = parse_toml(text, file, problems)) { roots.push_back(std::move(*root)); }
  const bool is_whole = !roots.empty();
  return read(std::move(roots), is_whole, problems);
}

}  // namespace culvert::config
