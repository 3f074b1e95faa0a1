// SPDX-License-Identifier: MIT
#include "words.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace culvert::mqtt {

namespace {

using namespace std::string_view_literals;

// MQTT 5.0, section 2.4.
constexpr std::array reasons{
    std::pair{0x00, "success"sv},
    std::pair{0x04, "disconnected, will message sent"sv},
    std::pair{0x10, "no matching subscribers"sv},
    std::pair{0x11, "no subscription existed"sv},
    std::pair{0x80, "unspecified error"sv},
    std::pair{0x81, "malformed packet"sv},
    std::pair{0x82, "protocol error"sv},
    std::pair{0x83, "implementation specific error"sv},
    std::pair{0x84, "unsupported protocol version"sv},
    std::pair{0x85, "client id not valid"sv},
    std::pair{0x86, "bad user name or password"sv},
    std::pair{0x87, "not authorized"sv},
    std::pair{0x88, "server unavailable"sv},
    std::pair{0x89, "server busy"sv},
    std::pair{0x8a, "banned"sv},
    std::pair{0x8b, "server shutting down"sv},
    std::pair{0x8c, "bad authentication method"sv},
    std::pair{0x8d, "keep alive timeout"sv},
    std::pair{0x8e, "session taken over by another client with this client id"sv},
    std::pair{0x8f, "topic filter invalid"sv},
    std::pair{0x90, "topic name invalid"sv},
    std::pair{0x91, "packet id in use"sv},
    std::pair{0x92, "packet id not found"sv},
    std::pair{0x93, "receive maximum exceeded"sv},
    std::pair{0x94, "topic alias invalid"sv},
    std::pair{0x95, "packet too large"sv},
    std::pair{0x96, "message rate too high"sv},
    std::pair{0x97, "quota exceeded"sv},
    std::pair{0x98, "administrative action"sv},
    std::pair{0x99, "payload format invalid"sv},
    std::pair{0x9a, "retain not supported"sv},
    std::pair{0x9b, "QoS not supported"sv},
    std::pair{0x9c, "use another server"sv},
    std::pair{0x9d, "server moved"sv},
    std::pair{0x9e, "shared subscriptions not supported"sv},
    std::pair{0x9f, "connection rate exceeded"sv},
    std::pair{0xa0, "maximum connect time"sv},
    std::pair{0xa1, "subscription ids not supported"sv},
    std::pair{0xa2, "wildcard subscriptions not supported"sv},
};

// MQTT 3.1.1, section 3.2.2.3.
constexpr std::array returns{
    "accepted"sv,           "unacceptable protocol version"sv, "client id rejected"sv,
    "server unavailable"sv, "bad user name or password"sv,     "not authorized"sv,
};

std::string numbered(std::string_view words, int code) {
  return std::string{words} + " (" + std::to_string(code) + ')';
}

}  // namespace

std::string reason_words(uint8_t code) {
  for (const auto& [known, words] : reasons) {
    if (known == code) { return numbered(words, code); }
  }
  return numbered("reason unknown to MQTT 5", code);
}

std::string connack_words(Version version, uint8_t code) {
  if (version == Version::v5) { return reason_words(code); }
  return numbered(code < returns.size() ? returns[code] : "return code unknown to MQTT 3.1.1"sv, code);
}

Refusal refusal_of(Version version, uint8_t code) {
  if (code == (version == Version::v5 ? 0x84 : 1)) { return Refusal::version; }
  // A broker that knows 3.1.1 only may answer a CONNECT of MQTT 5 with a code of its own.
  if (version == Version::v5 && code == 1) { return Refusal::version; }
  const bool credentials =
      version == Version::v5 ? code == 0x86 || code == 0x87 || code == 0x8a || code == 0x8c : code == 4 || code == 5;
  return credentials ? Refusal::credentials : Refusal::transient;
}

bool may_publish_again(uint8_t code) { return code == 0x80 || code == 0x83 || code == 0x91 || code == 0x97; }

std::string duration_words(int64_t duration_ns) {
  const int64_t ms = (duration_ns + 999'999) / 1'000'000;
  if (ms < 1000) { return std::to_string(ms) + " ms"; }
  const int64_t seconds = (ms + 500) / 1000;
  return seconds < 120 ? std::to_string(seconds) + " s" : std::to_string((seconds + 30) / 60) + " min";
}

}  // namespace culvert::mqtt
