// SPDX-License-Identifier: MIT
// The entries of a frame of messages: the path that every message takes.
#include "core/message/bytes.hpp"
#include "core/message/frame.hpp"
#include "core/message/topic.hpp"

#include <culvert/plugin.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace culvert {

namespace {

constexpr std::size_t field_header_size = 6;
constexpr std::size_t property_header_size = 4;
constexpr std::size_t min_entry_size = entry_header_size + 1;

std::size_t value_size(const culvert_field& field) noexcept {
  switch (field.type) {
    case CULVERT_BOOL:
      return 1;
    case CULVERT_I64:
    case CULVERT_U64:
    case CULVERT_F64:
      return 8;
    case CULVERT_STRING:
    case CULVERT_BYTES:
      return 4 + field.value.text.size;
    default:
      return 0;
  }
}

void append(std::string& out, culvert_text text) {
  if (text.size != 0) { out.append(text.data, text.size); }
}

void append_field(const culvert_field& field, std::string& out) {
  char bytes[field_header_size + 8];
  bytes[0] = static_cast<char>(field.type);
  bytes[1] = static_cast<char>(field.quality);
  store_le(bytes + 2, static_cast<uint16_t>(field.name.size));
  store_le(bytes + 4, static_cast<uint16_t>(field.unit.size));
  out.append(bytes, field_header_size);
  append(out, field.name);
  append(out, field.unit);
  uint64_t bits = 0;
  switch (field.type) {
    case CULVERT_BOOL:
      out.push_back(field.value.boolean == 0 ? '\0' : '\1');
      return;
    case CULVERT_I64:
      bits = static_cast<uint64_t>(field.value.i64);
      break;
    case CULVERT_U64:
      bits = field.value.u64;
      break;
    case CULVERT_F64:
      std::memcpy(&bits, &field.value.f64, sizeof bits);
      break;
    case CULVERT_STRING:
    case CULVERT_BYTES:
      store_le(bytes, static_cast<uint32_t>(field.value.text.size));
      out.append(bytes, 4);
      append(out, field.value.text);
      return;
    default:
      return;
  }
  store_le(bytes, bits);
  out.append(bytes, 8);
}

void append_property(const culvert_property& property, std::string& out) {
  char bytes[property_header_size];
  store_le(bytes, static_cast<uint16_t>(property.name.size));
  store_le(bytes + 2, static_cast<uint16_t>(property.value.size));
  out.append(bytes, sizeof bytes);
  append(out, property.name);
  append(out, property.value);
}

bool take_value(ByteReader& reader, culvert_field& ret_field) noexcept {
  switch (ret_field.type) {
    case CULVERT_NULL:
      return true;
    case CULVERT_BOOL:
      ret_field.value.boolean = reader.number<uint8_t>();
      return ret_field.value.boolean <= 1;
    case CULVERT_I64:
      ret_field.value.i64 = static_cast<int64_t>(reader.number<uint64_t>());
      return true;
    case CULVERT_U64:
      ret_field.value.u64 = reader.number<uint64_t>();
      return true;
    case CULVERT_F64: {
      const auto bits = reader.number<uint64_t>();
      std::memcpy(&ret_field.value.f64, &bits, sizeof bits);
      return true;
    }
    case CULVERT_STRING:
    case CULVERT_BYTES: {
      const auto size = reader.number<uint32_t>();
      ret_field.value.text = text(reader.take(size));
      return size <= CULVERT_MAX_PAYLOAD;
    }
    default:
      return false;
  }
}

bool take_field(ByteReader& reader, culvert_field& ret_field) noexcept {
  ret_field = {};
  ret_field.size = sizeof ret_field;
  ret_field.type = reader.number<uint8_t>();
  ret_field.quality = reader.number<uint8_t>();
  const auto name_size = reader.number<uint16_t>();
  const auto unit_size = reader.number<uint16_t>();
  ret_field.name = text(reader.take(name_size));
  ret_field.unit = text(reader.take(unit_size));
  return ret_field.quality <= CULVERT_BAD && take_value(reader, ret_field) && !reader.failed();
}

bool take_property(ByteReader& reader, culvert_property& ret_property) noexcept {
  const auto name_size = reader.number<uint16_t>();
  const auto value_size = reader.number<uint16_t>();
  const std::string_view name = reader.take(name_size);
  const std::string_view value = reader.take(value_size);
  ret_property = {sizeof ret_property, 0, text(name), text(value)};
  return !reader.failed();
}

/// A text of JSON has no time of its own beside the entry's.
bool are_flags(uint32_t flags, uint32_t kind) noexcept {
  constexpr uint32_t json_needs = CULVERT_TIME_UNSYNCED | from_boot_flag;
  if ((flags & json_from_boot_flag) != 0 && (kind != CULVERT_PAYLOAD || (flags & json_needs) != json_needs)) {
    return false;
  }
  if ((flags & from_boot_flag) != 0 && (flags & CULVERT_TIME_UNSYNCED) == 0) { return false; }
  return (flags & ~(message_flags | from_boot_flag | json_from_boot_flag | unfollowed_flag)) == 0;
}

struct EntrySizes {
  std::size_t topic = 0;
  std::size_t content_type = 0;
  std::size_t payload = 0;
};

/// Reads what has its place, and checks it. Whether the sizes fit the entry is still open.
bool take_header(std::string_view entry, culvert_message& ret_message, EntrySizes& ret_sizes) noexcept {
  if (entry.size() < min_entry_size || entry.size() > max_entry_bytes) { return false; }
  const char* const header = entry.data();
  if (load_le<uint32_t>(header) != entry.size() - sizeof(uint32_t)) { return false; }
  ret_message.seq = load_le<uint64_t>(header + 4);
  ret_message.time_ns = static_cast<int64_t>(load_le<uint64_t>(header + 12));
  ret_message.flags = load_le<uint32_t>(header + 20);
  ret_message.kind = static_cast<unsigned char>(header[24]);
  ret_message.property_count = static_cast<unsigned char>(header[25]);
  ret_message.field_count = load_le<uint16_t>(header + 26);
  ret_sizes.topic = load_le<uint16_t>(header + 28);
  ret_sizes.content_type = load_le<uint16_t>(header + 30);
  ret_sizes.payload = load_le<uint32_t>(header + 32);
  if (!are_flags(ret_message.flags, ret_message.kind)) { return false; }
  if (ret_message.property_count > CULVERT_MAX_PROPERTIES) { return false; }
  switch (ret_message.kind) {
    case CULVERT_RECORD:
      return ret_message.field_count <= CULVERT_MAX_FIELDS && ret_sizes.content_type == 0 && ret_sizes.payload == 0;
    case CULVERT_PAYLOAD:
      return ret_message.field_count == 0 && ret_sizes.payload <= CULVERT_MAX_PAYLOAD;
    default:
      return false;
  }
}

}  // namespace

std::size_t entry_size(const culvert_message& message) noexcept {
  const MessageView view{message};
  std::size_t size = entry_header_size + message.topic.size;
  for (uint32_t i = 0; i < message.property_count; ++i) {
    const culvert_property& property = view.properties()[i];
    size += property_header_size + property.name.size + property.value.size;
  }
  if (message.kind == CULVERT_PAYLOAD) { return size + message.content_type.size + message.payload.size; }
  for (uint32_t i = 0; i < message.field_count; ++i) {
    const culvert_field& field = view.fields()[i];
    size += field_header_size + field.name.size + field.unit.size + value_size(field);
  }
  return size;
}

void write_entry(const culvert_message& message, uint64_t seq, std::string& out) {
  const MessageView view{message};
  const bool is_payload = message.kind == CULVERT_PAYLOAD;
  const std::size_t size = entry_size(message);
  assert(size <= max_entry_bytes);
  if (out.capacity() - out.size() < size) { out.reserve(std::max(out.size() + size, 2 * out.capacity())); }
  char bytes[entry_header_size];
  store_le(bytes, static_cast<uint32_t>(size - sizeof(uint32_t)));
  store_le(bytes + 4, seq);
  store_le(bytes + 12, static_cast<uint64_t>(message.time_ns));
  store_le(bytes + 20, message.flags);
  bytes[24] = static_cast<char>(message.kind);
  bytes[25] = static_cast<char>(message.property_count);
  store_le(bytes + 26, static_cast<uint16_t>(is_payload ? 0 : message.field_count));
  store_le(bytes + 28, static_cast<uint16_t>(message.topic.size));
  store_le(bytes + 30, static_cast<uint16_t>(is_payload ? message.content_type.size : 0));
  store_le(bytes + 32, static_cast<uint32_t>(is_payload ? message.payload.size : 0));
  out.append(bytes, sizeof bytes);
  append(out, message.topic);
  if (is_payload) { append(out, message.content_type); }
  for (uint32_t i = 0; i < message.property_count; ++i) { append_property(view.properties()[i], out); }
  if (is_payload) { return append(out, message.payload); }
  for (uint32_t i = 0; i < message.field_count; ++i) { append_field(view.fields()[i], out); }
}

uint64_t entry_seq(std::string_view entry) noexcept {
  return entry.size() < entry_header_size ? 0 : load_le<uint64_t>(entry.data() + 4);
}

void set_entry_seq(std::string& entry, uint64_t seq) noexcept { store_le(entry.data() + 4, seq); }

uint32_t entry_flags(std::string_view entry) noexcept {
  return entry.size() < entry_header_size ? 0 : load_le<uint32_t>(entry.data() + 20);
}

void add_entry_flags(std::string& entry, uint32_t flags) noexcept {
  store_le(entry.data() + 20, entry_flags(entry) | flags);
}

std::size_t entry_length(std::string_view entries) noexcept {
  return sizeof(uint32_t) + load_le<uint32_t>(entries.data());
}

bool EntryReader::open(std::string_view frame) {
  rest_ = {};
  count_ = 0;
  const auto header = read_header(frame);
  if (!header || header->kind != FrameKind::messages || frame.size() < messages_header_size) { return false; }
  const auto count = load_le<uint32_t>(frame.data() + frame_header_size);
  if (count < 1 || count > max_frame_messages) { return false; }
  if (frame.size() > max_frame_bytes && count > 1) { return false; }
  const std::string_view entries = frame.substr(messages_header_size);
  ByteReader reader{entries};
  uint64_t last_seq = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const std::size_t size = reader.number<uint32_t>();
    if (size < min_entry_size - sizeof(uint32_t) || size > max_entry_bytes - sizeof(uint32_t)) { return false; }
    const std::string_view body = reader.take(size);
    if (reader.failed()) { return false; }
    const auto seq = load_le<uint64_t>(body.data());
    if (i > 0 && seq <= last_seq) { return false; }
    last_seq = seq;
  }
  if (!reader.ended_well()) { return false; }
  rest_ = entries;
  count_ = count;
  return true;
}

std::string_view EntryReader::next() noexcept {
  if (rest_.empty()) { return {}; }
  const std::string_view entry = rest_.substr(0, entry_length(rest_));
  rest_.remove_prefix(entry.size());
  return entry;
}

bool DecodedMessage::decode(std::string_view entry) {
  const uint64_t run_id = message_.run_id;
  message_ = {};
  message_.size = sizeof message_;
  message_.run_id = run_id;
  culvert_message read = message_;
  EntrySizes sizes;
  if (!take_header(entry, read, sizes)) { return false; }

  ByteReader reader{entry.substr(entry_header_size)};
  read.topic = text(reader.take(sizes.topic));
  read.content_type = text(reader.take(sizes.content_type));
  if (reader.failed() || !topic_problem(view(read.topic)).empty()) { return false; }
  properties_.resize(read.property_count);
  for (auto& property : properties_) {
    if (!take_property(reader, property)) { return false; }
  }
  fields_.resize(read.field_count);
  for (auto& field : fields_) {
    if (!take_field(reader, field)) { return false; }
  }
  read.payload = text(reader.take(sizes.payload));
  if (!reader.ended_well()) { return false; }
  read.properties = properties_.data();
  read.fields = fields_.data();
  message_ = read;
  return true;
}

}  // namespace culvert
