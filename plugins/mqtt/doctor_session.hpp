// SPDX-License-Identifier: MIT
/// What a broker says to CONNECT, SUBSCRIBE and PUBLISH, step by step. A session of its own that ends with the visit:
/// the node's session, its subscriptions and its will are left alone. Main thread.
#pragma once

#include "connect.hpp"
#include "doctor_exchange.hpp"
#include "doctor_report.hpp"
#include "doctor_way.hpp"
#include "options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::mqtt {

class DoctorSession {
 public:
  struct Visitor {
    std::string client_id;  ///< its own, not the node's
    std::string topic;      ///< where it may publish
    bool is_clear = false;  ///< others on the way can read along
  };
  DoctorSession(const Options& options, Visitor visitor, DoctorReport& report)
      : options_{options},
        client_id_{std::move(visitor.client_id)},
        topic_{std::move(visitor.topic)},
        is_clear_{visitor.is_clear},
        report_{report} {}

  static std::vector<std::string_view> steps(const Options& options);
  /// Tells CONNECT, SUBSCRIBE and PUBLISH. `way` is there for a broker that knows MQTT 3.1.1 only.
  void visit(Upstream upstream, DoctorWay& way);

 private:
  bool connect(Upstream upstream, DoctorWay& way);
  std::optional<Connack> ask(Upstream upstream, Version version);
  void tell_refusal();
  void tell_accepted(const std::string& took) const;
  void warn_of_clear_text() const;
  void subscribe();
  void subscribe_to(const Subscription& wanted);
  void publish();
  /// The code of SUBACK. Throws ExchangeError.
  uint8_t ask_for(const Subscription& wanted);
  void leave() noexcept;
  int64_t until() const;

  const Options& options_;
  std::string client_id_, topic_;
  bool is_clear_;
  DoctorReport& report_;
  Version version_ = Version::v5;
  Connack connack_;
  std::optional<Exchange> exchange_;
  uint16_t next_id_ = 1;
};

}  // namespace culvert::mqtt
