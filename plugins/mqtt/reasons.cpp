// SPDX-License-Identifier: MIT
#include "reasons.hpp"

#include <array>

namespace culvert::mqtt {

namespace {

using namespace std::string_view_literals;
using enum Wait;
using enum Fate;

struct Row {
  uint8_t code;
  std::string_view words;
  Fate publish = dead_letter;  // in PUBACK and PUBREC
  Reaction connack{}, disconnect{};
};

constexpr Reaction credentials{.wait = patient};
constexpr Reaction busy{.wait = longest};
constexpr Reaction elsewhere{.wait = five_minutes, .elsewhere = true};
// What was sent would be sent again as it was: no hurry.
constexpr Reaction ours{.wait = patient};
constexpr Reaction hinted(Wait wait, std::string_view hint) { return {.wait = wait, .elsewhere = false, .hint = hint}; }

constexpr auto lower_rate = hinted(longest, "set 'max_rate' to what the broker allows"sv);
constexpr auto other_id = hinted(five_minutes, "set another 'client_id'"sv);
constexpr auto no_wildcards = hinted(patient, "remove the wildcards from 'subscribe'"sv);
constexpr auto no_shared = hinted(patient, "remove the filters with '$share' from 'subscribe'"sv);

constexpr std::array rows{
    Row{.code = 0x00, .words = "success"sv},
    Row{.code = 0x04, .words = "disconnected, will message sent"sv},
    Row{.code = 0x10, .words = "no matching subscribers"sv},
    Row{.code = 0x11, .words = "no subscription existed"sv},
    Row{.code = 0x80, .words = "unspecified error"sv, .publish = again_later},
    Row{.code = 0x81, .words = "malformed packet"sv, .connack = ours, .disconnect = ours},
    Row{.code = 0x82, .words = "protocol error"sv, .connack = ours, .disconnect = ours},
    Row{.code = 0x83, .words = "implementation specific error"sv, .publish = again_later},
    Row{.code = 0x84, .words = "unsupported protocol version"sv, .connack = ours, .disconnect = ours},
    Row{.code = 0x85, .words = "client id not valid"sv, .connack = other_id, .disconnect = other_id},
    Row{.code = 0x86, .words = "bad user name or password"sv, .connack = credentials, .disconnect = credentials},
    Row{.code = 0x87, .words = "not authorized"sv, .connack = credentials, .disconnect = credentials},
    Row{.code = 0x88, .words = "server unavailable"sv, .connack = busy, .disconnect = busy},
    Row{.code = 0x89, .words = "server busy"sv, .connack = busy, .disconnect = busy},
    Row{.code = 0x8a, .words = "banned"sv, .connack = credentials, .disconnect = credentials},
    Row{.code = 0x8b, .words = "server shutting down"sv},
    Row{.code = 0x8c, .words = "bad authentication method"sv, .connack = credentials, .disconnect = credentials},
    Row{.code = 0x8d, .words = "keep alive timeout"sv, .disconnect = {.wait = brief}},
    Row{.code = 0x8e, .words = "session taken over by another client with this client id"sv},
    Row{.code = 0x8f,
        .words = "topic filter invalid"sv,
        .disconnect = hinted(patient, "the broker does not like a filter of 'subscribe'"sv)},
    Row{.code = 0x90,
        .words = "topic name invalid"sv,
        .connack = hinted(patient, "the broker does not like the topic of the will"sv),
        .disconnect = hinted(patient, "the broker does not like the topic of a message"sv)},
    Row{.code = 0x91, .words = "packet id in use"sv, .publish = again},
    Row{.code = 0x92, .words = "packet id not found"sv},
    Row{.code = 0x93,
        .words = "receive maximum exceeded"sv,
        .disconnect = hinted(longest, "set 'window' to what the broker allows"sv)},
    Row{.code = 0x94, .words = "topic alias invalid"sv, .disconnect = hinted(patient, "set 'topic_alias' to false"sv)},
    Row{.code = 0x95,
        .words = "packet too large"sv,
        .connack = hinted(patient, "the will is larger than the broker takes"sv),
        .disconnect = hinted(patient, "a message is larger than the broker takes"sv)},
    Row{.code = 0x96, .words = "message rate too high"sv, .connack = busy, .disconnect = lower_rate},
    Row{.code = 0x97, .words = "quota exceeded"sv, .publish = again_later, .connack = busy, .disconnect = lower_rate},
    Row{.code = 0x98, .words = "administrative action"sv, .connack = credentials, .disconnect = credentials},
    Row{.code = 0x99, .words = "payload format invalid"sv, .connack = ours, .disconnect = ours},
    Row{.code = 0x9a,
        .words = "retain not supported"sv,
        .connack = hinted(patient, "set 'will.retain' to false"sv),
        .disconnect = hinted(patient, "set 'retain' to false"sv)},
    Row{.code = 0x9b,
        .words = "QoS not supported"sv,
        .connack = hinted(patient, "set 'will.qos' to less"sv),
        .disconnect = hinted(patient, "set 'qos' to less"sv)},
    Row{.code = 0x9c, .words = "use another server"sv, .connack = elsewhere, .disconnect = elsewhere},
    Row{.code = 0x9d, .words = "server moved"sv, .connack = elsewhere, .disconnect = elsewhere},
    Row{.code = 0x9e, .words = "shared subscriptions not supported"sv, .disconnect = no_shared},
    Row{.code = 0x9f, .words = "connection rate exceeded"sv, .connack = busy, .disconnect = busy},
    Row{.code = 0xa0, .words = "maximum connect time"sv, .disconnect = {.wait = brief}},
    Row{.code = 0xa1, .words = "subscription identifiers not supported"sv, .disconnect = ours},
    Row{.code = 0xa2, .words = "wildcard subscriptions not supported"sv, .disconnect = no_wildcards},
};

struct ReturnRow {
  std::string_view words;
  Reaction connack{};
};
// By their number.
constexpr std::array returns{
    ReturnRow{.words = "accepted"sv},
    ReturnRow{.words = "unacceptable protocol version"sv, .connack = ours},
    ReturnRow{.words = "client id rejected"sv, .connack = other_id},
    ReturnRow{.words = "server unavailable"sv, .connack = busy},
    ReturnRow{.words = "bad user name or password"sv, .connack = credentials},
    ReturnRow{.words = "not authorized"sv, .connack = credentials},
};

// A broker that knows 3.1.1 only answers a CONNECT of MQTT 5 with the codes that it knows.
bool is_return_code(Version version, uint8_t code) {
  return version == Version::v3 || (code > 0 && code < returns.size());
}

const Row* find(uint8_t code) noexcept {
  for (const Row& row : rows) {
    if (row.code == code) { return &row; }
  }
  return nullptr;
}

std::string numbered(std::string_view words, int code) {
  return std::string{words} + " (" + std::to_string(code) + ')';
}

}  // namespace

std::string reason_words(uint8_t code) {
  const Row* row = find(code);
  return numbered(row == nullptr ? "reason unknown to MQTT 5"sv : row->words, code);
}

std::string connack_words(Version version, uint8_t code) {
  if (is_return_code(version, code)) {
    return numbered(code < returns.size() ? returns[code].words : "return code unknown to MQTT 3.1.1"sv, code);
  }
  return reason_words(code);
}

Reaction reaction_to_connack(Version version, uint8_t code) {
  if (is_return_code(version, code)) { return code < returns.size() ? returns[code].connack : Reaction{}; }
  const Row* row = find(code);
  return row == nullptr ? Reaction{} : row->connack;
}

std::string_view advice_on_connack(Version version, uint8_t code) {
  const Reaction reaction = reaction_to_connack(version, code);
  if (!reaction.hint.empty()) { return reaction.hint; }
  if (reaction.elsewhere) { return "put the broker's other address into 'url'"; }
  if (reaction.wait == busy.wait) {
    return "it takes nobody more at the moment: try again later, and see its log and its quotas";
  }
  if (refuses_version(version, code)) { return "set 'version' to what the broker speaks"; }
  const bool is_old = is_return_code(version, code);
  for (const int known : {0x86, 0x87, 0x8a, 0x8c, 4, 5}) {
    if (code != known || is_old != (known < 0x80)) { continue; }
    return "see 'username' and 'password'; a broker that knows each client by its id may refuse the doctor's own";
  }
  return "the broker's log may say more";
}

Reaction reaction_to_disconnect(uint8_t code) {
  const Row* row = find(code);
  return row == nullptr ? Reaction{} : row->disconnect;
}

bool refuses_version(Version version, uint8_t code) {
  return code == 1 || (version == Version::v5 && code == reason::unsupported_version);
}

Fate fate_of_publish(uint8_t code) {
  if (code < 0x80) { return delivered; }
  const Row* row = find(code);
  return row == nullptr ? dead_letter : row->publish;
}

}  // namespace culvert::mqtt
