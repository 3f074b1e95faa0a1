// SPDX-License-Identifier: MIT
/// Which subscriptions the session at each broker was given, remembered over restarts in `state_dir`/mqtt-`node`
/// .subscriptions: a broker cannot be asked. It may have lost some since. For the node thread.
#pragma once

#include "state_file.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

class Granted {
 public:
  /// How each filter is subscribed to, see Subscription::how(). Empty: it may be, nobody knows how.
  using Filters = std::map<std::string, std::string, std::less<>>;

  static constexpr std::size_t max_sessions = 16;
  /// What would make the file longer is not remembered, the session that was not used for longest first.
  static constexpr std::size_t max_text = 1u << 20;

  Granted(std::string_view state_dir, std::string_view node);

  /// Reads the file, once. Answers false when it holds something else; then nothing is remembered. Throws
  /// std::system_error.
  bool load();
  /// Chooses the session of a client at a broker. `present`: the broker still has it. `lasts`: it outlives the
  /// connection, else nothing of it is written.
  void open(const std::string& client_id, const std::string& url, bool present, bool lasts);
  const Filters& filters() const noexcept { return current_.filters; }
  bool holds(const std::string& filter, const std::string& how) const;
  /// The broker is about to be asked, and may have it from now on.
  void ask(const std::string& filter) { put(filter, ""); }
  void grant(const std::string& filter, const std::string& how) { put(filter, how); }
  void forget(const std::string& filter);
  /// Writes what has changed. Throws std::system_error.
  void save();
  const std::string& path() const noexcept { return file_.path(); }

 private:
  struct Session {
    std::string client_id, url;
    Filters filters{};
  };
  void put(const std::string& filter, const std::string& how);
  bool parse(std::string_view text);

  StateFile file_;
  Session current_;
  std::vector<Session> others_;  // those used last first
  bool loaded_ = false, lasts_ = false, changed_ = false;
};

}  // namespace culvert::mqtt
