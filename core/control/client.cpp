// SPDX-License-Identifier: MIT
#include "core/control/client.hpp"

#include "core/config/folders.hpp"
#include "core/lib/nng/requester.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

namespace culvert::control {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{10};

std::string nobody(const std::string& name, const std::vector<std::string>& folders) {
  std::string line = "no runtime '" + name + "' is running here";
  const std::vector<std::string> others = running(folders);
  for (std::size_t i = 0; i < others.size(); ++i) { line += (i == 0 ? ", but '" : ", '") + others[i] + "'"; }
  if (!others.empty()) { line += others.size() == 1 ? " is: name it with --name" : " are: name one with --name"; }
  return line;
}

/// Nothing when there is nobody at that path.
std::optional<Json> ask_at(const std::string& path, const std::string& name, const std::string& request) {
  std::optional<nng::Requester> requester;
  try {
    requester.emplace(path);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::permission_denied) { return {}; }
    throw Unreachable{"runtime '" + name + "' is another user's, ask as root or as that user"};
  }
  std::string answer;
  try {
    answer = requester->ask(request, patience);
  } catch (const std::system_error& error) {
    const bool is_cut = error.code() == std::errc::connection_reset;
    throw Unreachable{"runtime '" + name + (is_cut ? "' cut the connection" : "' does not answer")};
  }
  return take_result(answer);
}

}  // namespace

Json ask(const std::string& name, const std::vector<std::string>& folders, std::string_view command,
         const Json& arguments) {
  const std::string request = make_request(command, arguments);
  for (const std::string& folder : folders) {
    if (std::optional<Json> result = ask_at(config::control_socket(folder, name), name, request)) {
      return *std::move(result);
    }
  }
  throw Unreachable{nobody(name, folders)};
}

std::vector<std::string> running(const std::vector<std::string>& folders) {
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    std::error_code failed;
    for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end; entry.increment(failed)) {
      const fs::path path = entry->path();
      if (path.extension() != config::socket_suffix) { continue; }
      try {
        const nng::Requester reached{path.string()};
        names.push_back(path.stem().string());
      } catch (const std::system_error&) {
        // Left behind by a runtime that was killed.
      }
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace culvert::control
