// SPDX-License-Identifier: MIT
/// Records as bytes for sinks that take payloads only. Any thread.
#pragma once

#include <culvert/plugin.h>

#include <cstdint>
#include <string>

namespace culvert {

/// `{"time":"2026-11-23T10:00:00.123Z","value":41.2,"unit":"Cel","quality":"good"}` for a record of one field named
/// "value"; of several fields each has an object under its name, beside "time". NaN and infinity are null with quality
/// bad, bytes are base64, 64-bit integers are exact. Text that is not UTF-8 has U+FFFD for what is wrong. Appends to
/// `out`.
void encode_json(const culvert_message& record, std::string& out);

/// `41.2 Cel`; of several fields `name=41.2 Cel other=3`. A value that is bad has ` (bad)` behind it, null is `-`.
void encode_text(const culvert_message& record, std::string& out);

/// One value as text: shortest form that reads back the same; bytes in base64.
void append_value(const culvert_field& field, std::string& out);

/// RFC 3339 in UTC with milliseconds: 2026-11-23T10:00:00.123Z.
void append_time(int64_t time_ns, std::string& out);

}  // namespace culvert
