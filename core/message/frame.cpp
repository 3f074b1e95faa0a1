// SPDX-License-Identifier: MIT
#include "core/message/frame.hpp"

#include "core/message/bytes.hpp"
#include "core/message/topic.hpp"

#include <cassert>

namespace culvert {

namespace {

constexpr std::string_view magic = "CVT1";
constexpr std::size_t hello_size = frame_header_size + 16;
constexpr std::size_t credit_size = 24;
constexpr std::size_t welcome_size = frame_header_size + credit_size;

template <class T>
void append_le(std::string& out, T value) {
  char bytes[sizeof(T)];
  store_le(bytes, value);
  out.append(bytes, sizeof bytes);
}

void append_header(FrameKind kind, uint64_t epoch, std::string& out) {
  char bytes[frame_header_size] = {magic[0], magic[1], magic[2], magic[3], static_cast<char>(kind)};
  store_le(bytes + 8, epoch);
  out.append(bytes, sizeof bytes);
}

void append_credit(const Credit& credit, std::string& out) {
  append_le(out, credit.messages);
  append_le(out, credit.bytes);
  append_le(out, credit.frames);
}

Credit take_credit(ByteReader& reader) noexcept {
  Credit credit;
  credit.messages = reader.number<uint64_t>();
  credit.bytes = reader.number<uint64_t>();
  credit.frames = reader.number<uint64_t>();
  return credit;
}

bool is_end(uint32_t status) noexcept {
  return status == CULVERT_OK || status == CULVERT_REJECTED || status == CULVERT_DROPPED;
}

bool is_frame(std::string_view frame, FrameKind kind) noexcept {
  const auto header = read_header(frame);
  return header && header->kind == kind;
}

/// What follows the header.
ByteReader body(std::string_view frame) noexcept { return ByteReader{frame.substr(frame_header_size)}; }

}  // namespace

void write_hello(uint64_t epoch, const Hello& hello, std::string& out) {
  append_header(FrameKind::hello, epoch, out);
  append_le(out, hello.run_id);
  append_le(out, hello.first_seq);
}

void write_welcome(uint64_t epoch, const Credit& credit, std::string& out) {
  append_header(FrameKind::welcome, epoch, out);
  append_credit(credit, out);
}

void write_settled(uint64_t epoch, const Settled& settled, std::string& out) {
  assert(settled.ranges.size() <= max_settled_ranges);
  append_header(FrameKind::settled, epoch, out);
  append_credit(settled.credit, out);
  append_le(out, static_cast<uint32_t>(settled.ranges.size()));
  for (const auto& range : settled.ranges) {
    append_le(out, range.first);
    append_le(out, range.last);
    append_le(out, static_cast<uint32_t>(range.status));
    append_le(out, static_cast<uint16_t>(range.reason.size()));
    out += range.reason;
  }
}

void write_messages_header(uint64_t epoch, uint32_t count, std::string& out) {
  assert(count >= 1 && count <= max_frame_messages);
  append_header(FrameKind::messages, epoch, out);
  append_le(out, count);
}

std::optional<FrameHeader> read_header(std::string_view frame) noexcept {
  if (frame.size() < frame_header_size || !frame.starts_with(magic)) { return std::nullopt; }
  const auto kind = static_cast<unsigned char>(frame[4]);
  const bool is_kind =
      kind >= static_cast<unsigned>(FrameKind::hello) && kind <= static_cast<unsigned>(FrameKind::settled);
  if (!is_kind || frame[5] != 0 || frame[6] != 0 || frame[7] != 0) { return std::nullopt; }
  return FrameHeader{static_cast<FrameKind>(kind), load_le<uint64_t>(frame.data() + 8)};
}

std::optional<Hello> read_hello(std::string_view frame) noexcept {
  if (frame.size() != hello_size || !is_frame(frame, FrameKind::hello)) { return std::nullopt; }
  ByteReader reader = body(frame);
  Hello hello;
  hello.run_id = reader.number<uint64_t>();
  hello.first_seq = reader.number<uint64_t>();
  return hello;
}

std::optional<Credit> read_welcome(std::string_view frame) noexcept {
  if (frame.size() != welcome_size || !is_frame(frame, FrameKind::welcome)) { return std::nullopt; }
  ByteReader reader = body(frame);
  return take_credit(reader);
}

bool read_settled(std::string_view frame, Settled& ret_settled) {
  ret_settled.ranges.clear();
  if (!is_frame(frame, FrameKind::settled)) { return false; }
  ByteReader reader = body(frame);
  ret_settled.credit = take_credit(reader);
  const std::size_t count = reader.number<uint32_t>();
  // Nothing is reserved for ranges that a count promises and the frame does not hold.
  if (reader.failed() || count > max_settled_ranges) { return false; }
  for (std::size_t i = 0; i < count; ++i) {
    const auto first = reader.number<uint64_t>();
    const auto last = reader.number<uint64_t>();
    const auto status = reader.number<uint32_t>();
    const std::string_view reason = reader.take(reader.number<uint16_t>());
    const bool is_sound = !reader.failed() && first <= last && is_end(status) && reason.size() <= CULVERT_MAX_REASON &&
                          (reason.empty() || status == CULVERT_REJECTED) && is_utf8(reason);
    if (!is_sound) { return false; }
    ret_settled.ranges.push_back({first, last, static_cast<culvert_status>(status), std::string{reason}});
  }
  return reader.ended_well();
}

}  // namespace culvert
