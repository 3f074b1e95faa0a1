// SPDX-License-Identifier: MIT
/// As much of MQTT 3.1.1 as a benchmark needs: packets as bytes, and a walk over those that come.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

inline void put_u16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8U);
  out += static_cast<char>(value & 255U);
}
inline void put_text(std::string& out, std::string_view text) {
  put_u16(out, text.size());
  out += text;
}
inline std::string packet(uint8_t head, std::string_view body) {
  std::string out(1, static_cast<char>(head));
  std::size_t left = body.size();
  do {
    out += static_cast<char>((left & 127U) | (left > 127 ? 128U : 0U));
    left >>= 7U;
  } while (left > 0);
  return out += body;
}
inline std::string connect_packet(std::string_view client_id) {
  std::string body;
  put_text(body, "MQTT");
  body += '\4';      // 3.1.1
  body += '\2';      // a clean session
  put_u16(body, 0);  // no keep-alive
  put_text(body, client_id);
  return packet(0x10, body);
}
inline std::string subscribe_packet(std::string_view filter) {
  std::string body;
  put_u16(body, 1);
  put_text(body, filter);
  return packet(0x82, body += '\0');
}
/// A PUBACK, PUBREC, PUBREL or PUBCOMP.
inline std::string answer_packet(uint8_t head, std::string_view id) { return packet(head, id); }

/// Where in a ready-made PUBLISH the parts are that differ between two messages.
struct Publish {
  std::string bytes;
  std::size_t id_at = 0, payload_at = 0;
  Publish(std::string_view topic, int64_t qos, std::size_t size) {
    std::string body;
    put_text(body, topic);
    const std::size_t id_in_body = body.size();
    if (qos > 0) { put_u16(body, 0); }
    const std::size_t payload_in_body = body.size();
    body.append(size, '.');
    bytes = packet(static_cast<uint8_t>(0x30U | static_cast<unsigned>(qos) << 1U), body);
    id_at = bytes.size() - body.size() + id_in_body;
    payload_at = bytes.size() - body.size() + payload_in_body;
  }
};

/// Takes bytes as they come, and hands out whole packets: `each(head, body)`.
class Walk {
 public:
  template <class Each>
  void take(std::string_view bytes, Each each) {
    if (!rest_.empty()) {
      rest_ += bytes;
      bytes = rest_;
    }
    std::size_t at = 0;
    while (at + 2 <= bytes.size()) {
      std::size_t size = 0, used = 1;
      unsigned shift = 0;
      bool more = true;
      for (; more && at + used < bytes.size(); ++used, shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes[at + used]);
        size |= static_cast<std::size_t>(byte & 127U) << shift;
        more = (byte & 128U) != 0;
      }
      if (more || at + used + size > bytes.size()) { break; }
      each(static_cast<uint8_t>(bytes[at]), bytes.substr(at + used, size));
      at += used + size;
    }
    rest_ = std::string{bytes.substr(at)};
  }

 private:
  std::string rest_;
};

/// Of a PUBLISH: what is behind topic and packet id.
inline std::string_view payload_of(uint8_t head, std::string_view body) {
  const std::size_t topic =
      static_cast<std::size_t>(static_cast<unsigned char>(body[0])) << 8U | static_cast<unsigned char>(body[1]);
  return body.substr(2 + topic + ((head & 6U) != 0 ? 2 : 0));
}

}  // namespace bench
