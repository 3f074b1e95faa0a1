// SPDX-License-Identifier: MIT
#include "core/control/journal_json.hpp"

#include "core/message/base64.hpp"
#include "core/message/encode.hpp"

#include <utility>

namespace culvert::control {
namespace {

std::string base64(const std::string& bytes) {
  std::string text;
  append_base64(bytes, text);
  return text;
}

Json item_json(const journal::Row& row) {
  return {{"seq", row.seq}, {"messages", row.messages}, {"entry", base64(row.entry)}};
}

Json item_json(const journal::Dead& dead) {
  return {{"seq", dead.seq}, {"ended_ns", dead.ended_ns}, {"reason", dead.reason}, {"entry", base64(dead.entry)}};
}

template <class Item>
Json part_json(const journal::Part<Item>& part) {
  Json json{{"after", part.after}, {"is_last", part.is_last}, {"damaged", part.damaged}, {"items", Json::array()}};
  for (const Item& item : part.items) { json["items"].push_back(item_json(item)); }
  return json;
}

std::string entry_in(const Json& json) {
  auto bytes = from_base64(json.at("entry").get_ref<const std::string&>());
  if (!bytes) { throw Refusal{"the answer holds what is no base64"}; }
  return *std::move(bytes);
}

void read(const Json& json, journal::Row& ret_row) {
  json.at("seq").get_to(ret_row.seq);
  json.at("messages").get_to(ret_row.messages);
  ret_row.entry = entry_in(json);
}

void read(const Json& json, journal::Dead& ret_dead) {
  json.at("seq").get_to(ret_dead.seq);
  json.at("ended_ns").get_to(ret_dead.ended_ns);
  json.at("reason").get_to(ret_dead.reason);
  ret_dead.entry = entry_in(json);
}

template <class Item>
journal::Part<Item> read_part(const Json& json, int64_t after) {
  journal::Part<Item> part;
  try {
    json.at("after").get_to(part.after);
    json.at("is_last").get_to(part.is_last);
    json.at("damaged").get_to(part.damaged);
    for (const Json& each : json.at("items")) { read(each, part.items.emplace_back()); }
  } catch (const Json::exception&) {
    throw Refusal{"the answer cannot be read, another version of Culvert runs there"};
  }
  if (part.after <= after && !part.is_last) { throw Refusal{"the answer leads nowhere"}; }
  return part;
}

}  // namespace

Json to_json(const journal::Part<journal::Row>& part) { return part_json(part); }
Json to_json(const journal::Part<journal::Dead>& part) { return part_json(part); }

journal::Part<journal::Row> read_messages(const Json& json, int64_t after) {
  return read_part<journal::Row>(json, after);
}
journal::Part<journal::Dead> read_dead(const Json& json, int64_t after) {
  return read_part<journal::Dead>(json, after);
}

}  // namespace culvert::control
