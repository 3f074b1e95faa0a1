// SPDX-License-Identifier: MIT
#include "doctor_session.hpp"

#include "client_id.hpp"
#include "clock.hpp"
#include "doctor_packets.hpp"
#include "reasons.hpp"
#include "words.hpp"

#include <algorithm>

namespace culvert::mqtt {

namespace {

constexpr int64_t second_ns = 1'000'000'000;
// How long an answer may take, and all subscriptions together.
constexpr int64_t answer_ns = 10 * second_ns;
constexpr int64_t subscribing_ns = 60 * second_ns;
constexpr int64_t return_ns = 5 * second_ns;

std::string in_ticks(const std::string& text) { return '\'' + text + '\''; }

std::string took(int64_t begun_ns) { return " (" + duration_words(now_ns() - begun_ns) + ")"; }

const char* name_of(Version version) { return version == Version::v5 ? "MQTT 5" : "MQTT 3.1.1"; }

std::string limits_of(const Connack& connack) {
  std::string words = "takes QoS " + std::to_string(connack.maximum_qos);
  words += connack.receive_maximum == 65535 ? ", any number of messages in flight"
                                            : ", " + std::to_string(connack.receive_maximum) + " messages in flight";
  words += connack.maximum_packet == 0xffffffff
               ? ""
               : ", packets up to " + std::to_string(connack.maximum_packet) + " bytes";
  words += connack.retain_available ? "" : ", no retained messages";
  words += connack.wildcard_available ? "" : ", no wildcards";
  words += connack.shared_available ? "" : ", no shared subscriptions";
  if (connack.server_keep_alive_s) {
    words += ", keep-alive " + std::to_string(*connack.server_keep_alive_s) + " s by its own wish";
  }
  return words;
}

// A message of a shared group goes to one of its members: the visitor must not be one of the node's.
Subscription apart(Subscription wanted) {
  if (!wanted.is_shared()) { return wanted; }
  const auto group = wanted.filter.find('/', std::string_view{"$share/"}.size());
  wanted.filter = "$share/culvert-doctor-" + std::to_string(random_number()) + wanted.filter.substr(group);
  return wanted;
}

}  // namespace

std::vector<std::string_view> DoctorSession::steps(const Options& options) {
  std::vector<std::string_view> all{step::connect};
  if (!options.subscriptions.empty()) { all.push_back(step::subscribe); }
  all.push_back(step::publish);
  return all;
}

int64_t DoctorSession::until() const { return now_ns() + std::min(answer_ns, options_.connect_timeout_ns); }

void DoctorSession::visit(Upstream upstream, DoctorWay& way) {
  warn_of_clear_text();
  if (!connect(std::move(upstream), way)) { return report_.abandon_after(step::connect); }
  std::string_view at = step::subscribe;
  try {
    subscribe();
    at = step::publish;
    publish();
    leave();
  } catch (const ExchangeError& error) {
    constexpr std::string_view hint =
        "some brokers do that over a topic that a client may not use: see its ACL, and --topic";
    const bool harmless = at == step::publish && error.closed();
    harmless ? report_.warning(at, error.what(), hint)
             : report_.failed(at, error.what(), error.closed() ? hint : "the broker's log may say more");
    report_.abandon_after(at);
  }
  exchange_->close();
}

void DoctorSession::warn_of_clear_text() const {
  if (is_clear_ && options_.password) {
    report_.warning(step::connect, "user and password go to the broker in clear", "let 'url' begin with mqtts://");
  }
}

/// Sends CONNECT. Nothing when the broker closed on it without a word. Throws ExchangeError.
std::optional<Connack> DoctorSession::ask(Upstream upstream, Version version) {
  version_ = version;
  ConnectFields fields;
  fields.version = version;
  fields.client_id = client_id_;
  fields.username = options_.username;
  fields.password = options_.password;
  fields.keep_alive_s = options_.keep_alive_s;
  exchange_.emplace(std::move(upstream), version);
  try {
    exchange_->send(encode_connect(fields), until());
    const std::string answer = exchange_->await(PacketType::connack, until());
    Packet packet;
    std::size_t size = 0;
    cut_packet(answer, packet, size);
    std::string why;
    auto connack = parse_connack(packet, version, why);
    if (!connack) { throw ExchangeError{"the broker broke the protocol: " + why, false}; }
    return connack;
  } catch (const ExchangeError& error) {
    exchange_->close();
    if (error.closed()) { return std::nullopt; }
    throw;
  }
}

bool DoctorSession::connect(Upstream upstream, DoctorWay& way) {
  const int64_t begun_ns = now_ns();
  try {
    auto connack = ask(std::move(upstream), options_.version.value_or(Version::v5));
    const bool unknown = !connack || refuses_version(version_, connack->code);
    if (unknown && !options_.version) {
      exchange_->close();
      connack = ask(way.walk_again(), Version::v3);
    }
    if (!connack) {
      report_.failed(step::connect, "the broker closed the connection without an answer", "is this its port for MQTT?");
      return false;
    }
    connack_ = std::move(*connack);
  } catch (const std::runtime_error& error) {
    report_.failed(step::connect, error.what(), "is this a broker for MQTT?");
    return false;
  }
  connack_.code == 0 ? tell_accepted(took(begun_ns)) : tell_refusal();
  return connack_.code == 0;
}

void DoctorSession::tell_refusal() {
  report_.failed(
      step::connect,
      "refused " + in_ticks(client_id_) + ": " + connack_words(version_, connack_.code) + quoted(connack_.reason),
      advice_on_connack(version_, connack_.code));
  exchange_->close();
}

void DoctorSession::tell_accepted(const std::string& took) const {
  const std::string id = connack_.assigned_client_id.empty() ? client_id_ : told(connack_.assigned_client_id);
  const std::string words =
      std::string{name_of(version_)} + ", client id " + in_ticks(id) + ", the broker " + limits_of(connack_) + took;
  std::string hint;
  if (options_.qos > connack_.maximum_qos) {
    hint = "'qos' asks for more: messages go with QoS " + std::to_string(connack_.maximum_qos);
  } else if (options_.retain && !connack_.retain_available) {
    hint = "'retain' asks for what it refuses: messages are set aside";
  } else if (version_ == Version::v3 && !options_.version) {
    hint = "it knows nothing newer: with MQTT 3.1.1 a broker may acknowledge what it drops";
  }
  hint.empty() ? report_.ok(step::connect, words) : report_.warning(step::connect, words, hint);
}

uint8_t DoctorSession::ask_for(const Subscription& wanted) {
  const uint16_t id = next_id_++;
  exchange_->send(encode_subscribe(version_, id, wanted), until());
  const std::string answer = exchange_->await(PacketType::suback, until());
  return static_cast<uint8_t>(answer.back());
}

void DoctorSession::subscribe() {
  const int64_t until_ns = now_ns() + subscribing_ns;
  for (const Subscription& each : options_.subscriptions) {
    if (now_ns() > until_ns) { throw ExchangeError{"the subscriptions take more than a minute", false}; }
    subscribe_to(apart(each));
  }
}

// What a subscription brings is not wanted: it ends as soon as its answer is there.
void DoctorSession::subscribe_to(const Subscription& wanted) {
  const uint8_t code = ask_for(wanted);
  const std::string filter = in_ticks(wanted.filter);
  if (code >= 0x80) {
    const std::string who = options_.username.empty() ? "this client" : "user " + in_ticks(options_.username);
    return report_.failed(step::subscribe, filter + " refused: " + reason_words(code),
                          "may " + who + " read it? see the broker's ACL");
  }
  const std::string granted = filter + " with QoS " + std::to_string(code);
  if (code < wanted.qos) {
    report_.warning(step::subscribe, granted + " instead of " + std::to_string(wanted.qos), "the broker gives no more");
  } else {
    report_.ok(step::subscribe, granted);
  }
  exchange_->send(encode_unsubscribe(version_, next_id_++, wanted.filter), until());
  exchange_->await(PacketType::unsuback, until());
}

void DoctorSession::publish() {
  const std::string payload = "culvert doctor " + std::to_string(random_number());
  const std::string topic = in_ticks(topic_);
  const uint8_t qos = std::min<uint8_t>(1, connack_.maximum_qos);
  constexpr std::string_view elsewhere = "give it a topic that it may use with --topic";
  Subscription back;
  back.filter = topic_;
  back.qos = qos;
  const uint8_t granted = ask_for(back);
  exchange_->look_out_for(topic_, payload);
  const int64_t begun_ns = now_ns();
  exchange_->send(encode_publish(version_, next_id_, qos, topic_, payload), until());
  if (qos > 0) {
    const std::string answer = exchange_->await(PacketType::puback, until());
    Packet packet;
    std::size_t size = 0;
    cut_packet(answer, packet, size);
    const uint8_t code = ack_reason(packet);
    if (fate_of_publish(code) != Fate::delivered) {
      return report_.warning(step::publish, "on " + topic + " refused: " + reason_words(code), elsewhere);
    }
  }
  const std::string acknowledged = qos > 0 ? ", acknowledged" + took(begun_ns) : "";
  if (granted >= 0x80) {
    return report_.warning(step::publish,
                           "on " + topic + acknowledged + ", but reading it back is refused: " + reason_words(granted),
                           elsewhere);
  }
  if (!exchange_->await_message(now_ns() + std::min(return_ns, options_.connect_timeout_ns))) {
    return report_.warning(step::publish, "on " + topic + acknowledged + ", but it did not come back",
                           "may this client use the topic? see the broker's ACL, or --topic");
  }
  report_.ok(step::publish, "on " + topic + ", and back" + took(begun_ns));
}

// So that the broker forgets the visit at once. What it answers plays no part any more.
void DoctorSession::leave() noexcept {
  try {
    exchange_->send(encode_unsubscribe(version_, ++next_id_, topic_), until());
    exchange_->await(PacketType::unsuback, until());
    exchange_->send(encode_disconnect(), until());
  } catch (const ExchangeError&) {}
}

}  // namespace culvert::mqtt
