// SPDX-License-Identifier: MIT
/// Entries whose payload is a JSON array: what a batch is made of. A whole array at any time; to join two, a comma
/// takes the place of the brackets between them. Pure functions, any thread.
#pragma once

#include <culvert/plugin.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert {

/// Appends a payload as one element of a JSON array. What is called JSON (application/json or +json), or is called
/// nothing, stays as it is when it is one JSON text; any other UTF-8 text becomes a string of JSON. False, and nothing
/// is appended, when it is no UTF-8.
bool append_json_element(std::string_view content_type, std::string_view payload, std::string& out);

/// The topic and the payload of an entry that write_entry made; of a record the payload is empty.
std::string_view entry_topic(std::string_view entry) noexcept;
std::string_view entry_payload(std::string_view entry) noexcept;

/// Whether two entries differ in nothing but number, time and payload.
bool differ_in_body_only(std::string_view one, std::string_view other) noexcept;

/// Puts the elements of `more` behind those of `entry`. Both payloads are arrays with an element at least.
void join_arrays(std::string& entry, std::string_view more);
/// How many bytes longer that makes `entry`.
std::size_t joined_growth(std::string_view more) noexcept;

}  // namespace culvert
