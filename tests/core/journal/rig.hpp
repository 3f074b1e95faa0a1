// SPDX-License-Identifier: MIT
/// A journal in a folder of its own, and who hears of it.
#pragma once

#include "core/journal/journal.hpp"
#include "core/message/frame.hpp"
#include "core/util/clock.hpp"
#include "tests/support/folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace culvert::test {

inline std::string entry(uint64_t seq, std::string_view text) {
  culvert_message message{};
  message.size = sizeof message;
  message.kind = CULVERT_PAYLOAD;
  message.topic = {"t", 1};
  message.payload = {text.data(), text.size()};
  std::string bytes;
  write_entry(message, seq, bytes);
  return bytes;
}

inline std::string text_of(const std::string& entry) {
  DecodedMessage message;
  if (!message.decode(entry)) { return "(damaged)"; }
  return {message.raw().payload.data, message.raw().payload.size};
}

/// Hears what a journal tells, on the journal's thread.
class Ears final : public Store::Listener {
 public:
  void on_committed(uint64_t seq) override {
    {
      const std::lock_guard lock{mutex_};
      committed_ = seq;
    }
    doorbell_.ring();
  }
  void on_read(Store::Piece piece) override {
    {
      const std::lock_guard lock{mutex_};
      piece_ = std::move(piece);
      has_piece_ = true;
    }
    doorbell_.ring();
  }
  void on_room_made(const Store::Dropped& dropped) override {
    {
      const std::lock_guard lock{mutex_};
      dropped_ = dropped;
      ++rooms_;
    }
    doorbell_.ring();
  }
  void on_change() override { doorbell_.ring(); }

  bool wait(const std::function<bool()>& condition) {
    const int64_t deadline_ns = monotonic_ns() + 20 * one_second_ns;
    while (!condition()) {
      if (monotonic_ns() >= deadline_ns) { return false; }
      doorbell_.wait_until(monotonic_ns() + 5 * one_ms_ns);
    }
    return true;
  }
  uint64_t committed() {
    const std::lock_guard lock{mutex_};
    return committed_;
  }
  bool wait_committed(uint64_t seq) {
    return wait([&] { return committed() >= seq; });
  }
  Store::Piece take_piece() {
    wait([&] {
      const std::lock_guard lock{mutex_};
      return has_piece_;
    });
    const std::lock_guard lock{mutex_};
    REQUIRE(has_piece_);
    has_piece_ = false;
    return std::move(piece_);
  }
  Store::Dropped wait_dropped(int rooms) {
    wait([&] {
      const std::lock_guard lock{mutex_};
      return rooms_ >= rooms;
    });
    const std::lock_guard lock{mutex_};
    REQUIRE(rooms_ == rooms);
    return dropped_;
  }

 private:
  std::mutex mutex_;
  Doorbell doorbell_;
  uint64_t committed_ = 0;
  Store::Piece piece_;
  bool has_piece_ = false;
  Store::Dropped dropped_;
  int rooms_ = 0;
};

struct JournalRig {
  explicit JournalRig(journal::FileOptions given = {}) : options{std::move(given)}, folder{state.path()} { open(); }
  void open() {
    journal.reset();
    ears = std::make_unique<Ears>();
    journal = std::make_unique<journal::Journal>(folder, "a.b", options, [this](LogKind, const std::string& line) {
      const std::lock_guard lock{mutex};
      said.push_back(line);
    });
    journal->start(*ears);
  }
  void append(uint64_t seq, const std::string& text) { journal->append(seq, entry(seq, text), 1, monotonic_ns()); }
  std::vector<std::string> lines() {
    const std::lock_guard lock{mutex};
    return said;
  }
  /// All that is on disk, in order.
  std::vector<std::string> texts(bool newest = false) {
    journal->read({0, INT64_MAX, newest, SIZE_MAX, SIZE_MAX});
    std::vector<std::string> found;
    for (const Store::Kept& kept : ears->take_piece().entries) { found.push_back(text_of(kept.entry)); }
    return found;
  }
  std::string file() const { return folder.path_of("a.b"); }

  TemporaryFolder state;
  journal::FileOptions options;
  journal::Folder folder;
  std::mutex mutex;
  std::vector<std::string> said;
  std::unique_ptr<Ears> ears;
  std::unique_ptr<journal::Journal> journal;
};

}  // namespace culvert::test
