// SPDX-License-Identifier: MIT
/// Messages and answers as the little-endian bytes that FRAMES.md (core/channel) specifies. Any thread.
/// A reader trusts nothing: every function that reads answers false for bytes that are not what they should be.
#pragma once

#include <culvert/plugin.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

enum class FrameKind : uint8_t { hello = 1, welcome = 2, messages = 3, settled = 4 };

/// What every frame starts with. 16 bytes on the wire: magic "CVT1", kind, three zero bytes, epoch.
struct FrameHeader {
  FrameKind kind = FrameKind::hello;
  uint64_t epoch = 0;
};
inline constexpr std::size_t frame_header_size = 16;
inline constexpr std::size_t max_frame_messages = 256;
inline constexpr std::size_t max_frame_bytes = 65536;  ///< of a whole frame; past it only with a single message
/// What a plugin may set and see.
inline constexpr uint32_t message_flags =
    CULVERT_RETAINED | CULVERT_DUPLICATE | CULVERT_HISTORICAL | CULVERT_TIME_UNSYNCED;
/// Of entries only (boot_time.hpp): the time counts from the start of the box; so do those in the payload's JSON.
inline constexpr uint32_t from_boot_flag = 1 << 4, json_from_boot_flag = 1 << 5;
/// Of entries only: nobody waits for the end of the message, so it may be settled as soon as it is taken over.
inline constexpr uint32_t unfollowed_flag = 1 << 6;
inline constexpr std::size_t entry_header_size = 36;
inline constexpr std::size_t max_entry_bytes = CULVERT_MAX_PAYLOAD + 262144;  ///< of one entry with its length
inline constexpr std::size_t max_settled_ranges = 1024;                       ///< in one frame

/// The first frame of an outlet: who numbers the messages, and the number of the first that follows.
struct Hello {
  uint64_t run_id = 0;
  uint64_t first_seq = 0;
};

/// Upper limits, counted from the beginning of the epoch: an outlet never sends beyond any of them.
struct Credit {
  uint64_t messages = 0;
  uint64_t bytes = 0;   ///< of entries
  uint64_t frames = 0;  ///< of kind messages
};

/// An inclusive range of messages that ended with one status (CULVERT_OK, CULVERT_REJECTED or CULVERT_DROPPED).
struct SettledRange {
  uint64_t first = 0;
  uint64_t last = 0;
  culvert_status status = CULVERT_OK;
  std::string reason = {};  ///< why they were rejected, UTF-8, at most CULVERT_MAX_REASON bytes; may be empty
};

/// What an inbox answers: how far the outlet may send, and what has ended since the last answer, in at most
/// max_settled_ranges ranges.
struct Settled {
  Credit credit;
  std::vector<SettledRange> ranges;
};

void write_hello(uint64_t epoch, const Hello& hello, std::string& out);
void write_welcome(uint64_t epoch, const Credit& credit, std::string& out);
void write_settled(uint64_t epoch, const Settled& settled, std::string& out);
/// The header of a frame of messages; `count` entries are to follow, each as write_entry made it.
void write_messages_header(uint64_t epoch, uint32_t count, std::string& out);
inline constexpr std::size_t messages_header_size = frame_header_size + 4;

/// One message as an entry: length, then its bytes. Appends to `out`. The message must be one in which message_problem
/// (check.hpp) finds nothing. What does not belong to its kind is left out.
void write_entry(const culvert_message& message, uint64_t seq, std::string& out);
/// How many bytes write_entry appends.
std::size_t entry_size(const culvert_message& message) noexcept;
/// The number within an entry that write_entry made or EntryReader gave.
uint64_t entry_seq(std::string_view entry) noexcept;
/// Renumbers an entry that write_entry made.
void set_entry_seq(std::string& entry, uint64_t seq) noexcept;
uint32_t entry_flags(std::string_view entry) noexcept;
/// Sets flags of an entry that write_entry made, beside those that it has.
void add_entry_flags(std::string& entry, uint32_t flags) noexcept;
/// The bytes of the first of several entries that follow each other, its length among them.
std::size_t entry_length(std::string_view entries) noexcept;

std::optional<FrameHeader> read_header(std::string_view frame) noexcept;
std::optional<Hello> read_hello(std::string_view frame) noexcept;
std::optional<Credit> read_welcome(std::string_view frame) noexcept;
bool read_settled(std::string_view frame, Settled& ret_settled);

/// Takes a frame of messages apart. The bytes must outlive the reader and every message that it hands out.
class EntryReader {
 public:
  /// False when this is no frame of messages. Checks the length and the number of every entry: after `open` each `next`
  /// succeeds. What is inside an entry only DecodedMessage checks.
  bool open(std::string_view frame);
  uint32_t count() const noexcept { return count_; }
  /// The next entry's bytes (with its length), or empty at the end.
  std::string_view next() noexcept;

 private:
  std::string_view rest_;
  uint32_t count_ = 0;
};

/// A message decoded from an entry. Its text points into the entry; its arrays are this object's and are used again.
class DecodedMessage {
 public:
  DecodedMessage() = default;
  DecodedMessage(DecodedMessage&&) = default;
  DecodedMessage& operator=(DecodedMessage&&) = default;
  /// False when the bytes are not one whole entry, or break a limit of plugin.h; `raw` is an empty message then.
  bool decode(std::string_view entry);
  const culvert_message& raw() const noexcept { return message_; }
  void set_run_id(uint64_t run_id) noexcept { message_.run_id = run_id; }

 private:
  culvert_message message_{};
  std::vector<culvert_field> fields_;
  std::vector<culvert_property> properties_;
};

}  // namespace culvert
