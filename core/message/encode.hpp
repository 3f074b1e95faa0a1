// SPDX-License-Identifier: MIT
/// Records as bytes for sinks that take payloads only. Any thread. All functions append to `out`.
#pragma once

#include <culvert/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace culvert {

/// A record of one field named "value" is flat:
///
///     {"time":"2026-11-23T10:00:00.123Z","value":41.2,"unit":"Cel","quality":"good"}
///
/// Any other has one object for each field, under its name and in the record's order:
///
///     {"time":"2026-11-23T10:00:00.123Z","temperature":{"value":41.2,"unit":"Cel","quality":"good"},"open":{...}}
///
/// - "unit" is left out when the field has none; "quality" is "good", "uncertain" or "bad".
/// - NaN and infinity are null with quality "bad"; a null field keeps its own quality.
/// - Bytes are base64 with padding (RFC 4648, section 4). 64-bit integers are written out in full; doubles are the
///   shortest decimal that reads back the same.
/// - In names, units and strings each byte that belongs to no well-formed UTF-8 character becomes U+FFFD.
/// - While the clock is not set `"time_unsynced":true` stands behind the time (CULVERT_TIME_UNSYNCED).
/// - A field named "time" is written as "time_", since the record's own time has that key. Names that occur twice are
///   written twice.
void encode_json(const culvert_message& record, std::string& out);
/// How such a text begins, before its time; and what follows the time of a message that is marked.
inline constexpr std::string_view json_time_key = "{\"time\":\"", json_unsynced = ",\"time_unsynced\":true";

/// `41.2 Cel` for a record of one field named "value"; of others `name=41.2 Cel other=3`. A value that is bad, NaN or
/// infinite has ` (bad)` behind it; null is `-`; strings are as they are.
void encode_text(const culvert_message& record, std::string& out);

/// One value as text: shortest form that reads back the same, with an exponent only below 1e-5 and from 1e15 on;
/// `true`, `false`, `nan`, `inf`, `-inf`; strings as they are, bytes in base64, null `-`.
void append_value(const culvert_field& field, std::string& out);

/// A string of JSON, in its quotes. Each byte that belongs to no well-formed UTF-8 character becomes U+FFFD.
void append_json_string(std::string_view text, std::string& out);

/// Base64 with padding (RFC 4648, section 4).
void append_base64(std::string_view bytes, std::string& out);

/// RFC 3339 in UTC with milliseconds, rounded down: 2026-11-23T10:00:00.123Z.
void append_time(int64_t time_ns, std::string& out);

}  // namespace culvert
