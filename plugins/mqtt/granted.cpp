// SPDX-License-Identifier: MIT
#include "granted.hpp"

#include "wire.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr std::string_view first_line = "culvert subscriptions 1\n";

// Takes the text up to `end` off the front; nothing when `end` is not there.
std::optional<std::string_view> take(std::string_view& text, char end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) { return std::nullopt; }
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

}  // namespace

Granted::Granted(std::string_view state_dir, std::string_view node)
    : file_{state_dir, "mqtt-" + std::string{node} + ".subscriptions"} {}

bool Granted::load() {
  if (std::exchange(loaded_, true)) { return true; }
  const auto text = file_.load(max_text);
  if (!text || (text->size() <= max_text && parse(*text))) { return true; }
  others_.clear();
  return false;
}

// The first line, and then for each session a line "session ID URL" and for each of its filters "filter HOW FILTER",
// parted by tabs.
bool Granted::parse(std::string_view text) {
  if (!text.starts_with(first_line)) { return false; }
  text.remove_prefix(first_line.size());
  while (!text.empty()) {
    const auto kind = take(text, '\t'), first = take(text, '\t'), second = take(text, '\n');
    if (!second || second->empty()) { return false; }
    if (*kind == "session") {
      if (others_.size() == max_sessions) { return false; }
      others_.push_back({std::string{*first}, std::string{*second}});
    } else if (*kind == "filter" && !others_.empty()) {
      others_.back().filters.emplace(*second, *first);
    } else {
      return false;
    }
  }
  return true;
}

void Granted::open(const std::string& client_id, const std::string& url, bool present, bool lasts) {
  if (lasts_ && !current_.filters.empty()) { others_.insert(others_.begin(), std::move(current_)); }
  current_ = {client_id, url};
  const auto found = std::find_if(others_.begin(), others_.end(),
                                  [&](const Session& each) { return each.client_id == client_id && each.url == url; });
  if (found != others_.end()) {
    if (present) { current_.filters = std::move(found->filters); }
    changed_ = changed_ || !present || !lasts;
    others_.erase(found);
  }
  // An id with a control character would break the form of the file.
  lasts_ = lasts && !has_control(client_id);
}

bool Granted::holds(const std::string& filter, const std::string& how) const {
  const auto found = current_.filters.find(filter);
  return found != current_.filters.end() && found->second == how;
}

void Granted::put(const std::string& filter, const std::string& how) {
  const auto [known, fresh] = current_.filters.try_emplace(filter, how);
  changed_ = changed_ || (lasts_ && (fresh || known->second != how));
  known->second = how;
}

void Granted::forget(const std::string& filter) {
  if (current_.filters.erase(filter) > 0) { changed_ = changed_ || lasts_; }
}

void Granted::save() {
  if (!changed_) { return; }
  std::string text{first_line};
  std::size_t count = 0;
  const auto add = [&](const Session& session) {
    std::string lines = "session\t" + session.client_id + '\t' + session.url + '\n';
    for (const auto& [filter, how] : session.filters) { lines += "filter\t" + how + '\t' + filter + '\n'; }
    const bool fits = ++count <= max_sessions && text.size() + lines.size() <= max_text;
    if (fits) { text += lines; }
    return fits;
  };
  if (lasts_ && !current_.filters.empty()) { add(current_); }
  for (const Session& each : others_) {
    if (!add(each)) { break; }
  }
  file_.store(text);
  changed_ = false;
}

}  // namespace culvert::mqtt
