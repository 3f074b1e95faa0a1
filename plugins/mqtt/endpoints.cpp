// SPDX-License-Identifier: MIT
#include "endpoints.hpp"

#include "client_id.hpp"
#include "words.hpp"

#include <algorithm>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr int64_t five_minutes_ns = 300'000'000'000;

Reaction reaction_to(const Ending& ending, Version version) {
  if (ending.reason == 0) { return {}; }
  return ending.accepted ? reaction_to_disconnect(ending.reason) : reaction_to_connack(version, ending.reason);
}

}  // namespace

Endpoints::Endpoints(const std::vector<Url>& urls, std::optional<Version> version, int64_t min_ns, int64_t max_ns)
    : version_{version}, max_ns_{max_ns} {
  for (const Url& url : urls) { all_.push_back({.url = url, .backoff = Backoff{min_ns, max_ns}}); }
}

Version Endpoints::version() const noexcept {
  if (version_) { return *version_; }
  return at().tries_v3 ? Version::v3 : at().known.value_or(Version::v5);
}

void Endpoints::accept(Version version, const Connack& connack) {
  Endpoint& current = all_[current_];
  current.known = version;
  current.accepted = true;
  current.retains = connack.retain_available;
  current.maximum_qos = connack.maximum_qos;
}

// A broker that knows 3.1.1 only says so, or closes on a CONNECT that it cannot read. One that only restarts closes
// too: 3.1.1 is kept where it was accepted.
bool Endpoints::fall_back(Endpoint& failed, const Failure& failure) const {
  failed.tries_v3 = false;
  if (version_ || failure.version != Version::v5 || failed.known) { return false; }
  const Ending& ending = failure.ending;
  failed.tries_v3 = ending.silent_on_connect || (!ending.accepted && refuses_version(failure.version, ending.reason));
  return failed.tries_v3;
}

// A broker says only after CONNECT what it does not take in a will.
bool Endpoints::lower_will(Endpoint& failed, const Failure& failure) {
  if (!failure.may_lower_will || failure.ending.accepted || failure.version == Version::v3) { return false; }
  if (failure.ending.reason == reason::retain_not_supported) { return std::exchange(failed.retains, false); }
  return failure.ending.reason == reason::qos_not_supported && std::exchange(failed.maximum_qos, 0) > 0;
}

int64_t Endpoints::wait_ns(Endpoint& failed, Wait wait) const {
  const uint64_t random = random_number();
  switch (wait) {
    case Wait::brief:
      return failed.backoff.shortest_ns(random);
    case Wait::usual:
      break;
    case Wait::longest:
      return failed.backoff.longest_ns(random);
    case Wait::patient:
      return failed.backoff.next_ns(random, std::max(max_ns_, five_minutes_ns));
    case Wait::five_minutes:
      // A little less at random, so that many boxes do not come back at once.
      return Backoff::between(five_minutes_ns / 10 * 9, five_minutes_ns, random);
  }
  return failed.backoff.next_ns(random);
}

// The first in the list that may be tried now, else the one that may be tried first.
std::size_t Endpoints::next_of(std::size_t failed, int64_t now_ns) const noexcept {
  std::size_t best = failed;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].retry_ns <= now_ns) { return i; }
    if (all_[i].retry_ns < all_[best].retry_ns) { best = i; }
  }
  return best;
}

Endpoints::Next Endpoints::fail(const Failure& failure, int64_t now_ns) {
  Endpoint& failed = all_[current_];
  if (failure.held) { failed.backoff.reset(); }
  if (fall_back(failed, failure)) { return {now_ns, ", trying once with MQTT 3.1.1"}; }
  if (lower_will(failed, failure)) { return {now_ns, ", trying again with a will that it takes"}; }
  Reaction reaction = reaction_to(failure.ending, failure.version);
  std::string hint{reaction.hint};
  const bool taken_over = failure.ending.accepted && failure.ending.reason == reason::session_taken_over;
  if (taken_over && failed.takeovers.note(now_ns)) {
    reaction.wait = Wait::five_minutes;
    hint = "another client uses the client id '" + failure.client_id + "' as well";
  } else if (failure.ending.hung_up && failed.hang_ups.note(now_ns)) {
    hint = "again and again: does another client use the client id '" + failure.client_id + "'?";
  }
  if (!failure.ending.server_reference.empty()) {
    hint += (hint.empty() ? "it names '" : ", it names '") + told(failure.ending.server_reference) + '\'';
  }
  if (!hint.empty()) { hint = " (" + hint + ')'; }

  const int64_t wait = wait_ns(failed, reaction.wait);
  failed.retry_ns = now_ns + wait;
  // A connection that was lost is sought where it was, unless that broker is to be left alone.
  const bool soon = reaction.wait == Wait::usual || reaction.wait == Wait::brief;
  const std::size_t before = current_;
  if (!failure.was_up || !soon) { current_ = next_of(before, now_ns); }
  if (all_[current_].retry_ns <= now_ns) { return {now_ns, hint + ", trying '" + url().text + "' now"}; }
  const int64_t left = all_[current_].retry_ns - now_ns;
  return {now_ns + left,
          hint + (current_ == before ? ", next try in " : ", trying '" + url().text + "' in ") + duration_words(left)};
}

}  // namespace culvert::mqtt
