// SPDX-License-Identifier: MIT
/// The brokers of a node in the order of `url`, what is known of each, and which is to be tried when. For the node
/// thread.
#pragma once

#include "backoff.hpp"
#include "reasons.hpp"
#include "relay.hpp"
#include "repeats.hpp"
#include "url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culvert::mqtt {

class Endpoints {
 public:
  /// `version`: empty for 5, and 3.1.1 with a broker that demands it. `min_ns`, `max_ns`: of the back-off.
  Endpoints(const std::vector<Url>& urls, std::optional<Version> version, int64_t min_ns, int64_t max_ns);

  /// The one that is connected to, or is tried next.
  const Url& url() const noexcept { return at().url; }
  std::size_t index() const noexcept { return current_; }
  bool is_first() const noexcept { return current_ == 0; }
  const Url& first() const noexcept { return all_.front().url; }
  /// Until when the first one is to be left alone.
  int64_t first_retry_ns() const noexcept { return all_.front().retry_ns; }
  void go_to_first() noexcept { current_ = 0; }
  /// With which version to try it next.
  Version version() const noexcept;
  /// Whether it has accepted this node before.
  bool was_accepted() const noexcept { return at().accepted; }
  void accept(Version version, const Connack& connack);
  /// What it is known to take, of a will among others.
  bool retains() const noexcept { return at().retains; }
  uint8_t maximum_qos() const noexcept { return at().maximum_qos; }

  struct Failure {
    const Ending& ending;
    Version version;    ///< that was spoken
    bool was_up, held;  ///< whether it had been up, and so long that the back-off begins anew
    const std::string& client_id;
    bool may_lower_will = false;  ///< the will need not be retained, nor of QoS 1
  };
  /// What comes next: the current one may be another from here on.
  struct Next {
    int64_t at_ns = 0;  ///< on the monotonic clock
    std::string words;  ///< " (a hint), next try in 4 s"
  };
  Next fail(const Failure& failure, int64_t now_ns);

 private:
  struct Endpoint {
    Url url;
    Backoff backoff;
    std::optional<Version> known{};  // what it accepted last
    bool accepted = false, tries_v3 = false, retains = true;
    uint8_t maximum_qos = 2;
    int64_t retry_ns = 0;  // not to be tried before that
    Repeats takeovers{}, hang_ups{};
  };
  const Endpoint& at() const noexcept { return all_[current_]; }
  bool fall_back(Endpoint& failed, const Failure& failure) const;
  static bool lower_will(Endpoint& failed, const Failure& failure);
  int64_t wait_ns(Endpoint& failed, Wait wait) const;
  std::size_t next_of(std::size_t failed, int64_t now_ns) const noexcept;

  std::vector<Endpoint> all_;
  std::optional<Version> version_;
  int64_t max_ns_;
  std::size_t current_ = 0;
};

}  // namespace culvert::mqtt
