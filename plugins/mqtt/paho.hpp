// SPDX-License-Identifier: MIT
/// The only code that knows Paho: the owner of one client handle. It connects, subscribes and publishes; messages of
/// the broker end at the relay. Its functions are for the node thread, no lock may be held around them; its listener is
/// called on Paho's threads, under Paho's process-wide lock.
#pragma once

#include "packet.hpp"
#include "subscription.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::mqtt {

/// Copies, enqueues and returns: anything else would hold up every client of the process.
class PahoListener {
 public:
  virtual void on_connected() noexcept = 0;
  /// No connection any more, or none was made.
  virtual void on_disconnected() noexcept = 0;
  /// The publish `slot` ended: acknowledged, or given up together with the session.
  virtual void on_published(uint32_t slot, bool acknowledged) noexcept = 0;
  virtual void on_subscribed(uint32_t index, uint8_t reason) noexcept = 0;
  virtual void on_unsubscribed(uint32_t index, uint8_t reason) noexcept = 0;

 protected:
  ~PahoListener() = default;
};

/// Properties of a PUBLISH. 3.1.1 has no place for any of them. Refers to the texts that it is given.
struct PublishProperties {
  std::string_view content_type, response_topic, correlation_data;
  std::optional<uint32_t> expiry_s;
  bool is_text = false;  ///< the payload is text in UTF-8
  std::vector<std::pair<std::string_view, std::string_view>> user;

  void clear() noexcept {
    content_type = response_topic = correlation_data = {};
    expiry_s.reset();
    is_text = false;
    user.clear();
  }
};

struct Publish {
  const std::string& topic;
  std::string_view payload;
  const PublishProperties& properties;
  uint8_t qos = 1;
  bool retain = false;
};

class Paho {
 public:
  static constexpr int not_now = -1, never = -2;
  /// Every index and slot is below.
  static constexpr uint32_t max_index = 1024;

  /// The broker's side is always 127.0.0.1:`relay_port`. Throws std::runtime_error.
  Paho(uint16_t relay_port, PahoListener& listener);
  ~Paho();
  Paho(const Paho&) = delete;
  Paho& operator=(const Paho&) = delete;

  /// Follows with `on_connected` or `on_disconnected`. `keeps_session`: what is in flight outlives the connection,
  /// until a CONNACK says that the session is new. Once `version` was 3.1.1 it stays so.
  void connect(Version version, bool keeps_session);
  /// Follows with `on_subscribed(index, ...)`, unless the connection ends.
  /// Answers the packet id, or `not_now`.
  int subscribe(const Subscription& wanted, uint32_t index);
  /// Follows with `on_unsubscribed(index, ...)`, unless the connection ends.
  bool unsubscribe(const std::string& filter, uint32_t index);
  /// Follows with `on_published(slot, ...)` once, over reconnects too. Answers the packet id (0 for QoS 0); `not_now`
  /// when there is no connection; `never` when this message cannot be sent at all.
  int publish(const Publish& message, uint32_t slot);
  /// Sends DISCONNECT. False when there is no connection.
  bool disconnect();

 private:
  struct Handle;
  struct Callbacks;
  std::unique_ptr<Handle> handle_;
};

}  // namespace culvert::mqtt
